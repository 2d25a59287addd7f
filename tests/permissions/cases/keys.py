"""Data that a step encrypts with a key of its own: whoever reads it may decrypt with that key, and with no other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk

from cdk_sagemaker_pipelines import (
    AutoMLStep,
    ClarifyCheckStep,
    ClarifyDataset,
    ClarifyFacet,
    ConditionStep,
    ContinuousRange,
    DataBiasCheck,
    DataQualityCheck,
    DatasetFormat,
    EMRServerlessStep,
    FailStep,
    Image,
    JobStep,
    ModelStep,
    Objective,
    Pipeline,
    ProcessingStep,
    QualityCheckStep,
    RegisterModelStep,
    SparkSubmit,
    TrainingDefinition,
    TrainingStep,
    TransformStep,
    TuningStep,
)
from tests.permissions.calls import HERE

from .case import Case, Synthesized, Use, Uses
from .jobs import KEYS, bucket, key

SKLEARN = Image.sklearn("1.2-1")
XGBOOST: dict[str, Any] = {"image": Image.xgboost("1.7-1"), "instance_type": "ml.m5.large"}
JOB: dict[str, Any] = {"image": SKLEARN, "container_entrypoint": ["go"], "instance_type": "ml.m5.large"}
APPLICATION = "00f1abcdefghij0l"


def _written(stack: cdk.Stack, pipeline: Pipeline) -> ProcessingStep:
    """A job that encrypts what it writes, beside another with another key."""
    ProcessingStep(pipeline, "Other", outputs=["data"], output_kms_key=key(stack, "other"), **JOB)
    return ProcessingStep(pipeline, "Write", outputs=["data", "report"], output_kms_key=key(stack, "written"), **JOB)


def _input(pipeline: str) -> dict[str, str]:
    """The variables of the first output of that job."""
    below = f"{pipeline}/{HERE['execution']}/Write/output/data"
    return {
        "input_bucket": "artifacts",
        "input_object": f"{below}/{HERE['record']}",
        "input_prefix": below,
        "input_key": KEYS + "written",
    }


def _output(what: str) -> dict[str, str]:
    """The variables of a folder that a job writes to, in a bucket without a key."""
    return {"output_bucket": what, "output_object": "a/b.csv"}


def _writers(s: Synthesized, pipeline: str) -> Iterator[Use]:
    for step, index in (("Write", 0), ("Write", 1), ("Other", 0)):
        role = s.argument(step, "RoleArn")
        place = s.place("output", step, "ProcessingOutputConfig", "Outputs", index, "S3Output", "S3Uri")
        values = {"step": step, "job_role": role, "output_key": KEYS + ("other" if step == "Other" else "written")}
        yield Use("Processing", {"pipeline": s.pipeline_role, "job": role}, {**values, **place})


def _jobs(stack: cdk.Stack) -> Uses:
    """Readers that are jobs of SageMaker, and the pipeline itself."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Keyed", artifacts=bucket(stack, "artifacts"))
    write = _written(stack, pipeline)
    data = write.output("data")
    ProcessingStep(pipeline, "Read", inputs={"data": data}, outputs={"read": "s3://read/a/"}, **JOB)
    TuningStep(
        pipeline,
        "Tune",
        training=TrainingDefinition(
            inputs={"data": data},
            output="s3://tuned/a/",
            objective=Objective.minimize("validation:rmse"),
            ranges={"eta": ContinuousRange(0.1, 0.5)},
            **XGBOOST,
        ),
        max_jobs=2,
    )
    AutoMLStep(pipeline, "Search", training=data, target_attribute="age", output="s3://found/a/")
    # the first run, which has nothing to compare with
    first: dict[str, Any] = {"skip_check": True, "register_new_baseline": True}
    check: dict[str, Any] = {"image": SKLEARN, "instance_type": "ml.m5.large", **first}
    QualityCheckStep(
        pipeline,
        "Quality",
        check=DataQualityCheck(),
        dataset=data,
        dataset_format=DatasetFormat.csv(),
        output="s3://checked/a/",
        **check,
    )
    ClarifyCheckStep(
        pipeline,
        "Bias",
        check=DataBiasCheck(label_values_or_threshold=[1], facet=[ClarifyFacet("sex", ["F"])]),
        dataset=ClarifyDataset(data, headers=["age", "sex"], label="age"),
        output="s3://biased/a/",
        **check,
    )
    score = write.property_file("report", "scores.json").number("score")
    FailStep(ConditionStep(pipeline, "Check", condition=score > 1).if_steps, "TooHigh", message="too high")

    def uses(s: Synthesized) -> Iterator[Use]:
        yield from _writers(s, "Keyed")
        given = _input("Keyed")

        def use(kind: str, step: str, role: str, **values: str) -> Use:
            known = {"step": step, "job_role": role, **given, **values}
            has = frozenset({"config as input"}) if kind == "ClarifyCheck" else frozenset[str]()
            return Use(kind, {"pipeline": s.pipeline_role, "job": role}, known, has)

        for kind, step, place in (
            ("Processing", "Read", "read"),
            ("QualityCheck", "Quality", "checked"),
            ("ClarifyCheck", "Bias", "biased"),
        ):
            inputs = {one["InputName"]: one["S3Input"]["S3Uri"] for one in s.argument(step, "ProcessingInputs")}
            config = s.asset("config", inputs["analysis_config"]) if kind == "ClarifyCheck" else {}
            yield use(kind, step, s.argument(step, "RoleArn"), **_output(place), **config)
        role = s.argument("Tune", "TrainingJobDefinition", "RoleArn")
        yield use("Tuning", "Tune", role, tuning="l040kjgtiq4n-Tune-eQlNAJKWnc", **_output("tuned"))
        names = {"search": "l040kjgtiq4n-Search-eQlNAJKWnc", "trial": "l040kjgtiq4n-Sea-trial-7"}
        role = s.argument("Search", "RoleArn")
        yield use("AutoML", "Search", role, output_prefix="a/", **names, **_output("found"))
        report = s.text(s.argument("Write", "ProcessingOutputConfig", "Outputs", 1, "S3Output", "S3Uri"))
        file = s.file("json", f"{report}/scores.json")
        yield Use("Condition", {"pipeline": s.pipeline_role}, {**file, "json_key": KEYS + "written"})

    return uses


def _models(stack: cdk.Stack) -> Uses:
    """A training that reads and writes with keys, and who uses its model; readers outside of SageMaker."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Models", artifacts=bucket(stack, "artifacts"))
    data = _written(stack, pipeline).output("data")
    train = TrainingStep(
        pipeline, "Train", inputs={"data": data}, output="s3://models/a/", output_kms_key=key(stack, "model"), **XGBOOST
    )
    model = ModelStep(pipeline, "Create", image=SKLEARN, model_data=train.model_artifacts)
    TransformStep(pipeline, "Apply", model=model, input=data, output="s3://scores/a/", instance_type="ml.m5.large")
    RegisterModelStep(
        pipeline, "Register", model_package_group="forests", image=SKLEARN, model_data=train.model_artifacts
    )
    EMRServerlessStep(
        pipeline, "Spark", application_id=APPLICATION, driver=SparkSubmit("s3://tools/main.py"), reads=[data]
    )
    JobStep(
        pipeline,
        "Judge",
        category="DataQualityEvaluation",
        schema_version="1.0.0",
        document={"InputDataConfig": {"S3Uri": data}},
    )

    def uses(s: Synthesized) -> Iterator[Use]:
        yield from _writers(s, "Models")
        given = _input("Models")
        pipeline_role = s.pipeline_role
        archive = "a/pipelines-l040kjgtiq4n-Train-eQlNAJKWnc/output/model.tar.gz"
        role = s.argument("Train", "RoleArn")
        yield Use(
            "Training",
            {"pipeline": pipeline_role, "job": role},
            {"step": "Train", "job_role": role, **given, **_output("models"), "output_key": KEYS + "model"},
        )
        role = s.argument("Create", "ExecutionRoleArn")
        file = {"model_bucket": "models", "model_file": archive, "model_key": KEYS + "model"}
        yield Use("Model", {"pipeline": pipeline_role, "model": role}, {"step": "create", "job_role": role, **file})
        both = {"pipeline": pipeline_role, "model": role}
        yield Use("Transform", both, {"step": "Apply", **given, **_output("scores")})
        file = {"registered_bucket": "models", "registered_file": archive, "registered_key": KEYS + "model"}
        yield Use("RegisterModel", {"pipeline": pipeline_role}, {"group": "forests", **file})
        role = s.argument("Spark", "ExecutionRoleArn")
        code = {"main_bucket": "tools", "main_file": "main.py"}
        names = {"job_role": role, "application": APPLICATION, "run": "00f2"}
        yield Use("EMRServerless", {"pipeline": pipeline_role, "job": role}, {**names, **code, **given})
        role = s.argument("Judge", "RoleArn")
        names = {"step": "Judge", "category": "DataQualityEvaluation", "job_role": role}
        yield Use("Job", {"pipeline": pipeline_role, "job": role}, {**names, **given})

    return uses


CASES = (Case("keys-of-jobs", _jobs), Case("keys-of-models", _models))
