"""Steps that name what is described elsewhere: registries, hubs, MLflow, versions of models, agents, access points."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk

from cdk_sagemaker_pipelines import (
    AutoMLStep,
    ContinuousRange,
    Image,
    JobStep,
    Objective,
    Pipeline,
    ProcessingStep,
    S3Location,
    TrainingDefinition,
    TrainingStep,
    Trust,
    TuningStep,
)
from tests.permissions.calls import HERE, SAGEMAKER

from .case import Case, Synthesized, Use, Uses
from .jobs import KEYS, below, bucket

SKLEARN = Image.sklearn("1.2-1")
XGBOOST: dict[str, Any] = {"image": Image.xgboost("1.7-1"), "instance_type": "ml.m5.large"}
JOB: dict[str, Any] = {"image": SKLEARN, "container_entrypoint": ["go"], "instance_type": "ml.m5.large"}
CONTENT = SAGEMAKER + "hub-content/team/ModelReference/forest/1.0.0"
HUB = {"hub": SAGEMAKER + "hub/team", "hub_content": CONTENT}
SERVER, APP = SAGEMAKER + "mlflow-tracking-server/runs", SAGEMAKER + "mlflow-app/app-1A2B3C"
FUNCTION = f"arn:aws:lambda:{HERE['r']}:{HERE['a']}:function:"
POINT = f"arn:aws:s3:{HERE['r']}:{HERE['a']}:accesspoint/orders"
WRITTEN = SAGEMAKER + "hub-content/results/DataSet/learnt/1.0.0"
AGENT = f"arn:aws:bedrock-agentcore:{HERE['r']}:{HERE['a']}:runtime/shop-1A2b3C4d5E"


def _channel(name: str, uri: str, **more: Any) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, **more}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def _registry(kind: str) -> dict[str, Any]:
    function = FUNCTION + "credentials"
    if kind == "Training":
        credentials = {"TrainingRepositoryCredentialsProviderArn": function}
        config = {"TrainingRepositoryAccessMode": "Vpc", "TrainingRepositoryAuthConfig": credentials}
        return {"AlgorithmSpecification": {"TrainingImageConfig": config}}
    credentials = {"RepositoryCredentialsProviderArn": function}
    return {"ImageConfig": {"RepositoryAccessMode": "Vpc", "RepositoryAuthConfig": credentials}}


def _written(what: str) -> dict[str, str]:
    """The variables of a folder that a job writes to, in a bucket without a key."""
    return {"output_bucket": what, "output_object": "a/b.csv"}


def _read(what: str, folder: str = "a/") -> dict[str, str]:
    """The variables of a folder that is read, in a bucket without a key."""
    return {"input_bucket": what, "input_object": f"{folder}b.csv", "input_prefix": folder}


def _training(stack: cdk.Stack) -> Uses:
    """Trainings that call what jobs can call, and one that a tuning makes of a hub's content."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Name-Others", trust=Trust.everything())
    hub = {"HubAccessConfig": {"HubContentArn": CONTENT}}
    TrainingStep(
        pipeline,
        "Hub",
        output="s3://hub/a/",
        overrides={
            **_registry("Training"),
            "InputDataConfig": [_channel("model", "s3://raw/a/", **hub)],
            "RemoteDebugConfig": {"EnableRemoteDebug": True},
            "MlflowConfig": {"MlflowResourceArn": SERVER},
            "SessionChainingConfig": {"EnableSessionTagChaining": True},
        },
        **XGBOOST,
    )
    base = "arn:aws:sagemaker:eu-west-1:aws:hub-content/SageMakerPublicHub/Model/llama/1.0.0"
    custom = {"BaseModelArn": base, "JobType": "FineTuning", "EvaluatorArn": FUNCTION + "judge"}
    TrainingStep(
        pipeline,
        "Custom",
        output="s3://custom/a/",
        overrides={
            "MlflowConfig": {"MlflowResourceArn": APP},
            "ServerlessJobConfig": custom,
            "ModelPackageConfig": {
                "ModelPackageGroupArn": SAGEMAKER + "model-package-group/customized",
                "SourceModelPackageArn": SAGEMAKER + "model-package/forests/3",
            },
            "InputDataConfig": [_channel("data", "s3://orders--euw1-az1--x-s3/a/")],
        },
        **XGBOOST,
    )
    TuningStep(
        pipeline,
        "Tune",
        training=TrainingDefinition(
            output="s3://tuned/a/",
            objective=Objective.minimize("validation:rmse"),
            ranges={"eta": ContinuousRange(0.1, 0.5)},
            **XGBOOST,
        ),
        max_jobs=2,
        overrides={"TrainingJobDefinition": {"InputDataConfig": [_channel("model", "s3://raw/a/", **hub)]}},
    )
    ProcessingStep(pipeline, "Through", inputs={"data": f"s3://{POINT}/a/"}, outputs={"o": "s3://through/a/"}, **JOB)
    through = {"InputDataConfig": [_channel("data", f"s3://{POINT}/a/")]}
    TrainingStep(pipeline, "Point", output="s3://point/a/", overrides=through, **XGBOOST)
    features = {"AutoMLJobConfig": {"CandidateGenerationConfig": {"FeatureSpecificationS3Uri": "s3://features/f.json"}}}
    AutoMLStep(
        pipeline, "Search", training="s3://raw/a/", target_attribute="age", output="s3://found/a/", overrides=features
    )

    def uses(s: Synthesized) -> Iterator[Use]:
        def use(kind: str, step: str, values: dict[str, str], *has: str) -> Use:
            role = values.pop("job_role", None) or s.argument(step, "RoleArn")
            known = {"step": step, "job_role": role, **values}
            return Use(kind, {"pipeline": s.pipeline_role, "job": role}, known, frozenset(has))

        called = {**HUB, "registry_function": FUNCTION + "credentials", "mlflow_server": SERVER}
        yield use("Training", "Hub", {**called, **_read("raw"), **_written("hub")}, "hub", "remote debugging")
        named = {
            "base_model": base.rpartition("/")[0],
            "evaluator": FUNCTION + "judge",
            "mlflow_app": APP,
            "source_package": SAGEMAKER + "model-package/forests/3",
            "target_group": SAGEMAKER + "model-package-group/customized",
            "target_packages": SAGEMAKER + "model-package/customized",
            "directory_bucket": "orders--euw1-az1--x-s3",
        }
        custom_role = s.argument("Custom", "RoleArn")
        yield use("Training", "Custom", {**named, **_written("custom")})
        # the hub is looked up by the job alone: the service trains what it is told by ARN
        public = {"hub": "arn:aws:sagemaker:eu-west-1:aws:hub/SageMakerPublicHub"}
        yield Use("Training", {"job": custom_role}, public, frozenset({"hub"}))
        role = s.argument("Tune", "TrainingJobDefinition", "RoleArn")
        tuned = {"tuning": "l040kjgtiq4n-Tune-eQlNAJKWnc", "job_role": role}
        yield use("Tuning", "Tune", {**tuned, **HUB, **_read("raw"), **_written("tuned")}, "hub")
        point = {"access_point": POINT, "point_object": "a/b.csv", "point_prefix": "a/"}
        yield use("Processing", "Through", {**point, **_written("through")})
        yield use("Training", "Point", {**point, **_written("point")})
        found = {"search": "l040kjgtiq4n-Search-eQlNAJKWnc", "trial": "l040kjgtiq4n-Sea-trial-7", "output_prefix": "a/"}
        file = {"features_bucket": "features", "features_file": "f.json"}
        yield use("AutoML", "Search", {**found, **file, **_read("raw"), **_written("found")})

    return uses


def _jobs(stack: cdk.Stack) -> Uses:
    """Jobs of the service's own: one with all that a document can name."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Name-In-Documents")
    data = {"ChannelName": "tasks", "DataSource": {"S3DataSource": {"S3Uri": "s3://tasks/a/"}}}
    JobStep(
        pipeline,
        "Learn",
        category="AgentRFT",
        schema_version="1.0.0",
        document={
            "InputDataConfig": [data],
            "OutputDataConfig": {
                "S3OutputPath": "s3://learnt/a/",
                "KmsKeyArn": KEYS + "kept",
                "DatasetArn": WRITTEN,
            },
            "BaseModelArn": CONTENT,
            "AgentConfig": {"AgentRuntimeArn": AGENT, "LambdaArn": FUNCTION + "forward"},
            "ModelPackageConfig": {
                "ModelPackageGroupArn": SAGEMAKER + "model-package-group/customized",
                "SourceModelPackageArn": SAGEMAKER + "model-package/forests/3",
            },
            "MlflowConfig": {"MlflowResourceArn": APP},
            "VpcConfig": {"Subnets": ["subnet-0123abcd"], "SecurityGroupIds": ["sg-0123abcd"]},
        },
    )

    # so that the buckets are known to have keys
    known = {name: S3Location(bucket(stack, name, keyed=True), "a/") for name in ("tasks", "learnt")}
    ProcessingStep(pipeline, "Look", inputs=known, **JOB)

    def uses(s: Synthesized) -> Iterator[Use]:
        role = s.argument("Learn", "RoleArn")
        roles = {"pipeline": s.pipeline_role, "job": role}
        names = {"step": "Learn", "category": "AgentRFT", "job_role": role}
        written = {"hub": SAGEMAKER + "hub/results", "hub_content": WRITTEN}
        yield Use(
            "Job",
            roles,
            {
                **names,
                **HUB,
                **below("input", "tasks", "a/"),
                **below("output", "learnt", "a/"),
                "document_key": KEYS + "kept",
                "written_hub": written["hub"],
                "written_content": written["hub_content"],
                "agent": AGENT,
                "agent_function": FUNCTION + "forward",
                "mlflow_app": APP,
                "source_package": SAGEMAKER + "model-package/forests/3",
                "target_group": SAGEMAKER + "model-package-group/customized",
                "target_packages": SAGEMAKER + "model-package/customized",
            },
            frozenset({"hub", "vpc"}),
        )
        job = s.argument("Look", "RoleArn")
        for name in ("tasks", "learnt"):
            read = {"step": "Look", "job_role": job, **below("input", name, "a/")}
            read |= {"input_key": KEYS + "kept"} if name == "learnt" else {}
            yield Use("Processing", {"pipeline": s.pipeline_role, "job": job}, read)
        # what it writes to a hub it looks up there too
        yield Use("Job", roles, {**names, **written}, frozenset({"hub"}))

    return uses


CASES = (Case("named-by-trainings", _training), Case("named-by-documents", _jobs))
