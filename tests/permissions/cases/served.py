"""Models and versions that are made of what is described elsewhere, and what serves them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns

from cdk_sagemaker_pipelines import (
    AsyncInference,
    EndpointConfigStep,
    Image,
    LatestModelPackageStep,
    ModelStep,
    Pipeline,
    ProcessingStep,
    ProductionVariant,
    RegisterModelStep,
    S3Location,
    Trust,
)

from .case import Case, Synthesized, Use, Uses
from .jobs import KEYS, below, bucket, key, private_image
from .named import FUNCTION, HUB
from .services import log_group

SKLEARN = Image.sklearn("1.2-1")
OTHERS = "arn:aws:sagemaker:eu-west-1:444455556666:"
LOOK: dict[str, Any] = {"image": SKLEARN, "container_entrypoint": ["go"], "instance_type": "ml.m5.large"}


def _models(stack: cdk.Stack) -> Uses:
    """Models of a hub, of several archives, of a version that the pipeline registers, and of another account's."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Make-Models", trust=Trust.everything())
    credentials = {"RepositoryCredentialsProviderArn": FUNCTION + "credentials"}
    registry = {"RepositoryAccessMode": "Vpc", "RepositoryAuthConfig": credentials}
    source = {"S3DataType": "S3Prefix", "CompressionType": "None", "S3Uri": "s3://hub-models/a/"}
    of_hub = {**source, "HubAccessConfig": {"HubContentArn": HUB["hub_content"]}}
    container = {"ImageConfig": registry, "ModelDataSource": {"S3DataSource": of_hub}}
    ModelStep(pipeline, "Hub", image=SKLEARN, overrides={"PrimaryContainer": container})
    many = S3Location(bucket(stack, "many", keyed=True), "a/")
    ModelStep(pipeline, "Many", image=SKLEARN, model_data=many, overrides={"PrimaryContainer": {"Mode": "MultiModel"}})
    register = RegisterModelStep(
        pipeline,
        "Register",
        model_package_group="forests",
        image=private_image(stack),
        model_data="s3://models/a/model.tar.gz",
    )
    for name, package in (
        ("Registered", register.properties.model_package_arn),
        ("Foreign", OTHERS + "model-package/churn/7"),
    ):
        ModelStep(pipeline, name, model_package=package)
    latest = LatestModelPackageStep(pipeline, "Latest", model_package_group="churn")
    ModelStep(pipeline, "Found", model_package=latest)

    def uses(s: Synthesized) -> Iterator[Use]:
        def use(step: str, values: dict[str, str], *has: str) -> Use:
            role = s.argument(step, "ExecutionRoleArn")
            known = {"step": step.lower(), "job_role": role, **values}
            return Use("Model", {"pipeline": s.pipeline_role, "model": role}, known, frozenset(has))

        files = {"models_bucket": "hub-models", "models_object": "a/b.bin", "models_prefix": "a/"}
        yield use("Hub", {**HUB, **files, "registry_function": FUNCTION + "credentials"}, "hub")
        yield use("Many", below("models", "many", "a/"))
        file = {"model_bucket": "models", "model_file": "a/model.tar.gz", "repository": "team/own"}
        yield use("Registered", {**file, "group": "forests"}, "private image")
        yield use("Foreign", {"package": OTHERS + "model-package/churn/7"})
        yield use("Found", {"group": "churn", "opened_group": "churn"})
        role = next(one["Role"] for _, one in s.template.of_type("AWS::Lambda::Function"))
        name, _, number = s.step("Latest")["FunctionArn"].rpartition(":")
        called = {"versioned": name, "function_version": number, "log_group": log_group(s, role)}
        yield Use("Lambda", {"pipeline": s.pipeline_role, "function": role}, {"found_group": "churn", **called})
        data = {"registered_bucket": "models", "registered_file": "a/model.tar.gz", "repository": "team/own"}
        yield Use("RegisterModel", {"pipeline": s.pipeline_role}, {"group": "forests", **data})

    return uses


def _registrations(stack: cdk.Stack) -> Uses:
    """A version of many files in another account's group, one of an algorithm, and one that is tried out."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Make-Versions", trust=Trust.everything())
    files = S3Location(bucket(stack, "files", keyed=True), "a/")
    group = OTHERS + "model-package-group/central"
    source = {"S3DataType": "S3Prefix", "CompressionType": "None", "S3Uri": "s3://files/a/"}
    container = {"Image": "public/image", "ModelDataSource": {"S3DataSource": source}}
    many = {"InferenceSpecification": {"Containers": [container]}}
    RegisterModelStep(pipeline, "Many", model_package_group=group, image=SKLEARN, overrides=many)
    algorithm = {"SourceAlgorithms": [{"AlgorithmName": "forest"}]}
    RegisterModelStep(
        pipeline,
        "Bought",
        model_package_group="bought",
        image=SKLEARN,
        overrides={"SourceAlgorithmSpecification": algorithm},
    )
    role = iam.Role(stack, "Validation", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    request = {
        "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://tries/a/"}}},
        "TransformOutput": {"S3OutputPath": "s3://tried/a/", "KmsKeyId": KEYS + "tried"},
        "TransformResources": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeKmsKeyId": KEYS + "volume",
        },
    }
    profiles = [{"ProfileName": "small", "TransformJobDefinition": request}]
    validation = {"ValidationRole": role.role_arn, "ValidationProfiles": profiles}
    RegisterModelStep(
        pipeline,
        "Tried",
        model_package_group="tried",
        image=private_image(stack),
        model_data=S3Location(bucket(stack, "models", keyed=True), "a/model.tar.gz"),
        overrides={"ValidationSpecification": validation},
    )
    # so that the buckets are known to have keys
    known = {name: S3Location(bucket(stack, name, keyed=True), "a/") for name in ("tries", "tried")}
    ProcessingStep(pipeline, "Look", inputs={"files": files, **known}, **LOOK)

    def uses(s: Synthesized) -> Iterator[Use]:
        roles = {"pipeline": s.pipeline_role}
        packages = {"foreign_packages": OTHERS + "model-package/central"}
        yield Use("RegisterModel", roles, {**packages, **below("registered_files", "files", "a/")})
        yield Use("RegisterModel", roles, {"group": "bought", "algorithm": "forest"})
        validation = s.of(role.role_arn)
        yield Use(
            "RegisterModel",
            {**roles, "validation": validation},
            {
                "group": "tried",
                "validation_role": validation,
                "registered_bucket": "models",
                "registered_file": "a/model.tar.gz",
                "registered_bucket_key": KEYS + "models",
                "model_bucket": "models",
                "model_file": "a/model.tar.gz",
                "model_bucket_key": KEYS + "models",
                "repository": "team/own",
                **below("input", "tries", "a/"),
                **below("output", "tried", "a/"),
                "output_key": KEYS + "tried",
                "volume_key": KEYS + "volume",
            },
            frozenset({"private image"}),
        )
        job = s.argument("Look", "RoleArn")
        for name in ("files", *known):
            values = {"step": "Look", "job_role": job, **below("input", name, "a/")}
            if name == "tried":
                values["input_key"] = KEYS + "tried"
            yield Use("Processing", {**roles, "job": job}, values)

    return uses


def _endpoints(stack: cdk.Stack) -> Uses:
    """A configuration with all that a model's role is asked for there."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Configure")
    topic = sns.Topic(stack, "Topic", master_key=kms.Key(stack, "Key"))
    model = ModelStep(pipeline, "Create", image=SKLEARN, model_data="s3://models/a/model.tar.gz")
    dump = {"DestinationS3Uri": "s3://dumps/a/", "KmsKeyId": KEYS + "dumped"}
    EndpointConfigStep(
        pipeline,
        "Config",
        endpoint_config_name="config",
        variants=[
            ProductionVariant(
                model, instance_type="ml.m5.large", overrides={"CoreDumpConfig": dump, "EnableSSMAccess": True}
            )
        ],
        async_inference=AsyncInference("s3://answers/a/", success_topic=topic, kms_key=key(stack, "answered")),
    )
    ProcessingStep(pipeline, "Look", inputs={"d": S3Location(bucket(stack, "dumps", keyed=True), "a/")}, **LOOK)

    def uses(s: Synthesized) -> Iterator[Use]:
        role = s.argument("Create", "ExecutionRoleArn")
        roles = {"pipeline": s.pipeline_role, "model": role}
        file = {"model_bucket": "models", "model_file": "a/model.tar.gz"}
        yield Use("Model", roles, {"step": "create", "job_role": role, **file})
        values = {"endpoint_config": "config", **below("dump", "dumps", "a/"), "dump_key": KEYS + "dumped"}
        answers = {"answers_bucket": "answers", "answers_object": "a/b.out", "answers_key": KEYS + "answered"}
        told = {"topic": s.of(topic.topic_arn), "topic_key": s.of(topic.master_key.key_arn if topic.master_key else "")}
        yield Use("EndpointConfig", roles, {**values, **answers, **told}, frozenset({"access by Systems Manager"}))
        job = s.argument("Look", "RoleArn")
        read = {"step": "Look", "job_role": job, **below("input", "dumps", "a/"), "input_key": KEYS + "dumped"}
        yield Use("Processing", {"pipeline": s.pipeline_role, "job": job}, read)

    return uses


CASES = (
    Case("models-of-others", _models),
    Case("registrations", _registrations),
    Case("endpoint-configuration", _endpoints),
)
