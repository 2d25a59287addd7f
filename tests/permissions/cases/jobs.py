"""Pipelines with the jobs of SageMaker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import (
    AutoMLStep,
    Checkpoints,
    ConditionStep,
    ContinuousRange,
    FailStep,
    Image,
    JobDefaults,
    ModelStep,
    Network,
    Objective,
    Pipeline,
    ProcessingStep,
    S3Location,
    Script,
    SourceDir,
    TrainingDefinition,
    TrainingStep,
    TransformStep,
    TuningStep,
)
from tests.permissions.calls import HERE

from .case import Case, Synthesized, Use, Uses

SOURCES = Path(__file__).parent / "sources"
SCRIPT = Script(SOURCES / "main.py")
CODE = SourceDir(SOURCES, entry_point="main.py")
KEYS = f"arn:aws:kms:{HERE['r']}:{HERE['a']}:key/"


def key(stack: cdk.Stack, name: str) -> kms.IKey:
    """A key that exists already; its ARN ends with the name."""
    return kms.Key.from_key_arn(stack, f"{name}Key", KEYS + name)


def bucket(stack: cdk.Stack, name: str, *, keyed: bool = False) -> s3.IBucket:
    """A bucket that exists already, with a key of the same name or without."""
    given = key(stack, name) if keyed else None
    return s3.Bucket.from_bucket_attributes(stack, f"{name}Bucket", bucket_name=name, encryption_key=given)


def private_image(stack: cdk.Stack) -> Image:
    """An image of the account's own."""
    return Image.from_ecr_repository(ecr.Repository.from_repository_name(stack, "Repository", "team/own"), "1")


def private_network(stack: cdk.Stack) -> dict[str, Any]:
    """A network that exists already, as the fields of a job."""
    vpc = ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-0123abcd", availability_zones=["eu-west-1a"], private_subnet_ids=["subnet-0123abcd"]
    )
    return {"vpc": vpc, "security_groups": [ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0123abcd")]}


def _processing(stack: cdk.Stack) -> Uses:
    """Two jobs: one with all that a job can have, one that only reads what the other wrote."""
    artifacts = bucket(stack, "artifacts", keyed=True)
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Prepare-And-Judge", artifacts=artifacts)
    raw = bucket(stack, "raw-data", keyed=True)
    prepare = ProcessingStep(
        pipeline,
        "Prepare",
        image=private_image(stack),
        script=SCRIPT,
        instance_type="ml.m5.large",
        inputs={"raw": S3Location(raw, "orders/")},
        outputs={"clean": S3Location(bucket(stack, "clean-data", keyed=True), "orders/")},
        output_kms_key=key(stack, "output"),
        volume_kms_key=key(stack, "volume"),
        **private_network(stack),
    )
    judge = ProcessingStep(
        pipeline,
        "Judge",
        image=Image.sklearn("1.2-1"),
        script=SCRIPT,
        instance_type="ml.m5.large",
        inputs={"clean": prepare.output("clean")},
        outputs=["report", "notes"],
    )
    score = judge.property_file("report", "scores/all.json").number("score")
    check = ConditionStep(pipeline, "Check", condition=score > 1)
    FailStep(check.if_steps, "TooHigh", message="too high")

    def uses(s: Synthesized) -> Iterator[Use]:
        code = s.argument("Prepare", "ProcessingInputs", 1, "S3Input", "S3Uri")
        yield Use(
            "Processing",
            {"pipeline": s.pipeline_role, "job": s.argument("Prepare", "RoleArn")},
            {
                "step": "Prepare",
                "job_role": s.argument("Prepare", "RoleArn"),
                "input_bucket": "raw-data",
                "input_object": "orders/2026/a.csv",
                "input_prefix": "orders/",
                "input_bucket_key": KEYS + "raw-data",
                "output_bucket": "clean-data",
                "output_object": "orders/part-0.csv",
                "output_bucket_key": KEYS + "clean-data",
                "repository": "team/own",
                "output_key": KEYS + "output",
                "volume_key": KEYS + "volume",
                **s.asset("code", code),
            },
            frozenset({"vpc", "private image", "code as input"}),
        )
        report = s.place("output", "Judge", "ProcessingOutputConfig", "Outputs", 0, "S3Output", "S3Uri")
        notes = s.place("output", "Judge", "ProcessingOutputConfig", "Outputs", 1, "S3Output", "S3Uri")
        clean = {"input_bucket": "clean-data", "input_object": "orders/part-0.csv", "input_prefix": "orders/"}
        clean["input_key"] = KEYS + "output"
        for output in (report, notes):
            yield Use(
                "Processing",
                {"pipeline": s.pipeline_role, "job": s.argument("Judge", "RoleArn")},
                {
                    "step": "Judge",
                    "job_role": s.argument("Judge", "RoleArn"),
                    **clean,
                    "input_bucket_key": KEYS + "clean-data",
                    **output,
                    "output_bucket_key": KEYS + "artifacts",
                    **s.asset("code", s.argument("Judge", "ProcessingInputs", 1, "S3Input", "S3Uri")),
                },
                frozenset({"code as input"}),
                near={"output_object": (output["output_object"].replace("/Judge/", "/Prepare/"),)},
            )
        below = s.text(s.argument("Judge", "ProcessingOutputConfig", "Outputs", 0, "S3Output", "S3Uri"))
        file = s.file("json", f"{below}/scores/all.json")
        file["json_bucket_key"] = KEYS + "artifacts"
        yield Use("Condition", {"pipeline": s.pipeline_role}, file, near={"json_file": (f"{file['json_file']}.old",)})
        yield Use("Fail", {"pipeline": s.pipeline_role})

    return uses


def _chain(stack: cdk.Stack) -> Uses:
    """A job that reads what another wrote to its default place, beside a third whose output has the same name."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Chain", artifacts=bucket(stack, "artifacts", keyed=True))
    common: dict[str, Any] = {
        "image": Image.sklearn("1.2-1"),
        "container_entrypoint": ["run"],
        "instance_type": "ml.m5.large",
    }
    clean = ProcessingStep(pipeline, "Clean", outputs=["data", "notes"], **common)
    ProcessingStep(pipeline, "Other", outputs=["data"], **common)
    ProcessingStep(pipeline, "Read", inputs={"data": clean.output("data")}, outputs=["done"], **common)

    def uses(s: Synthesized) -> Iterator[Use]:
        def output(step: str, index: int = 0, *, what: str = "output") -> dict[str, str]:
            path = ("ProcessingOutputConfig", "Outputs", index, "S3Output", "S3Uri")
            return {**s.place(what, step, *path), f"{what}_bucket_key": KEYS + "artifacts"}

        def use(step: str, near: dict[str, tuple[str, ...]], **values: str) -> Use:
            role = s.argument(step, "RoleArn")
            return Use(
                "Processing",
                {"pipeline": s.pipeline_role, "job": role},
                {"step": step, "job_role": role, **values},
                near=near,
            )

        written = [output("Clean", 0), output("Clean", 1), output("Other"), output("Read")]
        for step, own in zip(("Clean", "Clean", "Other", "Read"), written, strict=True):
            others = tuple(one["output_object"] for one in written if one is not own)
            read = output("Clean", what="input") if step == "Read" else {}
            near = {"output_object": others}
            if read:
                unread = [one for one in written if one["output_object"] != read["input_object"]]
                near["input_object"] = tuple(one["output_object"] for one in unread)
                near["input_prefix"] = tuple(one["output_prefix"] for one in unread)
            yield use(step, near, **own, **read)

    return uses


def below(what: str, bucket_name: str, folder: str) -> dict[str, str]:
    """The variables of a folder in a bucket of ``bucket(..., keyed=True)``."""
    return {
        f"{what}_bucket": bucket_name,
        f"{what}_object": f"{folder}2026/a.csv",
        f"{what}_prefix": folder,
        f"{what}_bucket_key": KEYS + bucket_name,
    }


def _everything(stack: cdk.Stack) -> dict[str, Any]:
    """Fields of a training job with all that it can have."""
    return {
        "image": private_image(stack),
        "source": CODE,
        "instance_type": "ml.m5.large",
        "inputs": {"train": S3Location(bucket(stack, "train-data", keyed=True), "orders/")},
        "output": S3Location(bucket(stack, "models", keyed=True), "orders/"),
        "checkpoints": Checkpoints(S3Location(bucket(stack, "checkpoints", keyed=True), "orders/")),
        "output_kms_key": key(stack, "output"),
        "volume_kms_key": key(stack, "volume"),
        **private_network(stack),
    }


EVERYTHING = {
    **below("input", "train-data", "orders/"),
    **below("output", "models", "orders/"),
    **below("checkpoint", "checkpoints", "orders/"),
    "repository": "team/own",
    "output_key": KEYS + "output",
    "volume_key": KEYS + "volume",
}


def _code(s: Synthesized, hyperparameters: Any) -> dict[str, str]:
    return s.asset("code", hyperparameters["sagemaker_submit_directory"].strip('"'))


def _training(stack: cdk.Stack) -> Uses:
    """A job with all that it can have and names of its own; one of an algorithm; one that reads what the first made."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Train")
    names = {"TrainingJobName": "team-train"}
    train = TrainingStep(pipeline, "Train", overrides=names, **_everything(stack))
    specification = {"AlgorithmName": "forest", "TrainingImage": None}
    TrainingStep(
        pipeline,
        "Bought",
        image=Image.xgboost("1.7-1"),
        instance_type="ml.m5.large",
        output="s3://forests/orders/",
        overrides={"AlgorithmSpecification": specification},
    )
    ProcessingStep(
        pipeline,
        "Look",
        image=Image.sklearn("1.2-1"),
        container_entrypoint=["look"],
        instance_type="ml.m5.large",
        inputs={"model": train.model_artifacts},
    )

    def uses(s: Synthesized) -> Iterator[Use]:
        role = s.argument("Train", "RoleArn")
        yield Use(
            "Training",
            {"pipeline": s.pipeline_role, "job": role},
            {
                "prefix": "team-train",
                "step": "Train",
                "job_role": role,
                **EVERYTHING,
                **_code(s, s.argument("Train", "HyperParameters")),
            },
            frozenset({"vpc", "private image"}),
        )
        role = s.argument("Bought", "RoleArn")
        yield Use(
            "Training",
            {"pipeline": s.pipeline_role, "job": role},
            {
                "step": "Bought",
                "job_role": role,
                "algorithm": "forest",
                "output_bucket": "forests",
                "output_object": "orders/a/output/model.tar.gz",
            },
        )
        role, model = s.argument("Look", "RoleArn"), "orders/team-train-l040kjgtiq4n-eQlNAJKWnc/output/model.tar.gz"
        yield Use(
            "Processing",
            {"pipeline": s.pipeline_role, "job": role},
            {
                "step": "Look",
                "job_role": role,
                "input_bucket": "models",
                "input_object": model,
                "input_prefix": model,
                "input_bucket_key": KEYS + "models",
                "input_key": KEYS + "output",
            },
            near={"input_object": (f"{model}.other", model.replace("output/", ""))},
        )

    return uses


def _company(stack: cdk.Stack) -> Uses:
    """A job that has its network and its key from what the pipeline says of all jobs."""
    company = JobDefaults(network=Network(**private_network(stack)), key=key(stack, "output"), isolation=True)
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Company", job_defaults=company)
    TrainingStep(
        pipeline,
        "Train",
        image=private_image(stack),
        source=CODE,
        instance_type="ml.m5.large",
        inputs={"train": S3Location(bucket(stack, "train-data", keyed=True), "orders/")},
        output=S3Location(bucket(stack, "models", keyed=True), "orders/"),
        checkpoints=Checkpoints(S3Location(bucket(stack, "checkpoints", keyed=True), "orders/")),
    )

    def uses(s: Synthesized) -> Iterator[Use]:
        role = s.argument("Train", "RoleArn")
        (code,) = (
            channel["DataSource"]["S3DataSource"]["S3Uri"]
            for channel in s.argument("Train", "InputDataConfig")
            if channel["ChannelName"] == "code"
        )
        yield Use(
            "Training",
            {"pipeline": s.pipeline_role, "job": role},
            {
                "step": "Train",
                "job_role": role,
                **EVERYTHING,
                "volume_key": KEYS + "output",
                **s.asset("code", code),
            },
            frozenset({"vpc", "private image", "code as input"}),
        )

    return uses


def _tuning(stack: cdk.Stack) -> Uses:
    """Two definitions, each with a role of its own: one with all that it can have, one with hardly anything."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Tune")
    settings: dict[str, Any] = {
        "objective": Objective.minimize("loss"),
        "ranges": {"rate": ContinuousRange(0.1, 0.5)},
        "metric_definitions": {"loss": "loss=(.*)"},
    }
    TuningStep(
        pipeline,
        "Tune",
        training={
            "much": TrainingDefinition(**_everything(stack), **settings),
            "little": TrainingDefinition(
                image=Image.sklearn("1.2-1"),
                source=CODE,
                instance_type="ml.m5.large",
                output="s3://little/orders/",
                **settings,
            ),
        },
        max_jobs=2,
    )

    def uses(s: Synthesized) -> Iterator[Use]:
        much, little = s.argument("Tune", "TrainingJobDefinitions")
        known = {"tuning": "l040kjgtiq4n-Tune-eQlNAJKWnc"}
        yield Use(
            "Tuning",
            {"pipeline": s.pipeline_role, "job": much["RoleArn"]},
            {**known, "job_role": much["RoleArn"], **EVERYTHING, **_code(s, much["StaticHyperParameters"])},
            frozenset({"vpc", "private image"}),
        )
        yield Use(
            "Tuning",
            {"pipeline": s.pipeline_role, "job": little["RoleArn"]},
            {
                **known,
                "job_role": little["RoleArn"],
                "output_bucket": "little",
                "output_object": "orders/a/output/model.tar.gz",
                **_code(s, little["StaticHyperParameters"]),
            },
        )

    return uses


def _auto_ml(stack: cdk.Stack) -> Uses:
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Search")
    AutoMLStep(
        pipeline,
        "Search",
        training=S3Location(bucket(stack, "train-data", keyed=True), "orders/"),
        target_attribute="age",
        output=S3Location(bucket(stack, "models", keyed=True), "orders/"),
        output_kms_key=key(stack, "output"),
        volume_kms_key=key(stack, "volume"),
        **private_network(stack),
    )

    def uses(s: Synthesized) -> Iterator[Use]:
        role = s.argument("Search", "RoleArn")
        known = {"search": "l040kjgtiq4n-Search-eQlNAJKWnc", "trial": "l040kjgtiq4n-Sea-trial-7", "job_role": role}
        has = frozenset({"vpc"})
        yield Use("AutoML", {"pipeline": s.pipeline_role, "job": role}, {**EVERYTHING, **known}, has)

    return uses


def _model(stack: cdk.Stack) -> Uses:
    """A model in a network, and a transform that runs with the model's role."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Apply")
    model = ModelStep(
        pipeline,
        "Create",
        image=private_image(stack),
        model_data=S3Location(bucket(stack, "models", keyed=True), "orders/model.tar.gz"),
        source=CODE,
        **private_network(stack),
    )
    TransformStep(
        pipeline,
        "Apply",
        model=model,
        input=S3Location(bucket(stack, "train-data", keyed=True), "orders/"),
        output=S3Location(bucket(stack, "answers", keyed=True), "orders/"),
        instance_type="ml.m5.large",
        output_kms_key=key(stack, "output"),
        volume_kms_key=key(stack, "volume"),
    )

    def uses(s: Synthesized) -> Iterator[Use]:
        role = s.argument("Create", "ExecutionRoleArn")
        container = s.argument("Create", "PrimaryContainer")
        yield Use(
            "Model",
            {"pipeline": s.pipeline_role, "model": role},
            {
                "step": "create",
                "job_role": role,
                **s.file("model", container["ModelDataUrl"]),
                "model_bucket_key": KEYS + "models",
                **s.asset("code", container["Environment"]["SAGEMAKER_SUBMIT_DIRECTORY"]),
                "repository": "team/own",
            },
            frozenset({"vpc", "private image"}),
        )
        yield Use(
            "Transform",
            {"pipeline": s.pipeline_role, "model": role},
            {"step": "Apply", **EVERYTHING, **below("output", "answers", "orders/")},
        )

    return uses


CASES = (
    Case("processing", _processing),
    Case("chain", _chain),
    Case("training", _training),
    Case("job-defaults", _company),
    Case("tuning", _tuning),
    Case("auto-ml", _auto_ml),
    Case("model-and-transform", _model),
)
