"""A step of each class with all that it can make around itself, named Step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aws_cdk import aws_ec2 as ec2

from cdk_sagemaker_pipelines import (
    AsyncInference,
    CallbackStep,
    ClarifyCheckStep,
    ClarifyFacet,
    ClarifyModel,
    CleanupStep,
    ClusterConfig,
    ConditionStep,
    EmrInstanceGroup,
    EMRServerlessStep,
    EMRStep,
    EndpointConfigStep,
    EndpointStep,
    Image,
    InferenceComponentStep,
    IntegerRange,
    JobStep,
    LambdaHandler,
    LambdaStep,
    LineageAction,
    LineageArtifact,
    LineageAssociation,
    LineageStep,
    ModelBiasCheck,
    ModelStep,
    Objective,
    Pipeline,
    ProcessingStep,
    ProductionVariant,
    QualityCheckStep,
    QueuedTrainingStep,
    RegisterModelStep,
    Script,
    SourceDir,
    SparkSubmit,
    Step,
    TrainingDefinition,
    TrainingStep,
    TransformStep,
    TuningStep,
)
from cdk_sagemaker_pipelines.language import JsonGet
from tests.steps.least import PLACE, least
from tests.steps.support import JOB

WRITTEN = "s3://bucket/out"
CODE = "def handler(event, context=None):\n    return {}\n"
"""What stands in the app's ``code/answer.py``."""
_SCRIPT = Script("code/answer.py")
_SOURCE = SourceDir("code", entry_point="answer.py")
_ACTION = "arn:aws:sagemaker:eu-west-1:111122223333:action/run"
_SERVED: dict[str, Any] = {"image": Image.sklearn("1.2-1"), "source": _SOURCE}


def beside(kind: type[Step], pipeline: Pipeline) -> Step | None:
    """What a step of the class is about, where that is another step."""
    if kind is CleanupStep:
        return TrainingStep(pipeline, "Beside", **JOB)
    if kind is TransformStep:
        return ModelStep(pipeline, "Beside", **_SERVED)
    if kind is InferenceComponentStep:
        variants = [ProductionVariant(instance_type="ml.m5.large")]
        config = EndpointConfigStep(pipeline, "Beside", variants=variants)
        return EndpointStep(pipeline, "Endpoint", endpoint_name="endpoint", config=config)
    return None


def full(kind: type[Step], pipeline: Pipeline, other: Step | None) -> Step:
    """The step. ``other``: what is ``beside`` it."""
    more = _MORE[kind](pipeline, other) if kind in _MORE else {}
    made = least(kind, pipeline, **more)
    if isinstance(made, CallbackStep):
        made.add_worker(LambdaHandler("code/answer.py"))
    return made


def _vpc(pipeline: Pipeline) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        pipeline,
        "Vpc",
        vpc_id="vpc-12345678",
        availability_zones=["eu-west-1a"],
        private_subnet_ids=["subnet-12345678"],
    )


def _cluster(pipeline: Pipeline) -> ClusterConfig:
    return ClusterConfig(
        release_label="emr-7.10.0",
        vpc=_vpc(pipeline),
        primary=EmrInstanceGroup(instance_type="m5.xlarge"),
        logs="s3://bucket/logs",
    )


_TUNED = TrainingDefinition(
    **JOB, source=_SOURCE, inputs={"train": PLACE}, objective=Objective("loss"), ranges={"x": IntegerRange(1, 2)},
    metric_definitions={"loss": "(.*)"},
)  # fmt: skip
_MORE: dict[type[Step], Callable[[Pipeline, Any], dict[str, Any]]] = {
    ClarifyCheckStep: lambda p, _: {
        "check": ModelBiasCheck([1], [ClarifyFacet("a")], predictor=ClarifyModel("model", "ml.m5.large")),
        "vpc": _vpc(p),
    },
    CleanupStep: lambda p, other: {"sources": [other]},
    ConditionStep: lambda p, _: {"condition": JsonGet[int]("a", s3_uri=f"{PLACE}/report.json") > 0},
    EMRServerlessStep: lambda p, _: {
        "application_id": None,
        "application_config": {"releaseLabel": "emr-7.10.0", "type": "SPARK"},
        "driver": SparkSubmit(_SCRIPT),
        "reads": [PLACE],
        "writes": [WRITTEN],
        "logs": "s3://bucket/logs",
    },
    EMRStep: lambda p, _: {
        "cluster_id": None,
        "cluster_config": _cluster(p),
        "args": ["spark-submit", _SCRIPT],
        "reads": [PLACE],
        "writes": [WRITTEN],
    },
    EndpointConfigStep: lambda p, _: {
        "variants": [ProductionVariant(instance_type="ml.m5.large")],
        "async_inference": AsyncInference(WRITTEN),
    },
    InferenceComponentStep: lambda p, other: {
        "endpoint": other,
        "model": None,
        "image": Image.sklearn("1.2-1"),
        "model_data": "s3://bucket/model.tar.gz",
    },
    JobStep: lambda p, _: {"document": {"InputDataConfig": [{"DataSource": {"S3DataSource": {"S3Uri": PLACE}}}]}},
    LambdaStep: lambda p, _: {"function": None, "handler": LambdaHandler("code/answer.py")},
    LineageStep: lambda p, _: {
        "actions": [LineageAction("run", "Run", PLACE)],
        "artifacts": [LineageArtifact("data", "DataSet", PLACE)],
        "associations": [LineageAssociation("arn:aws:sagemaker:eu-west-1:111122223333:artifact/a", _ACTION)],
    },
    ModelStep: lambda p, _: {**_SERVED, "model_data": "s3://bucket/model.tar.gz", "vpc": _vpc(p)},
    ProcessingStep: lambda p, _: {
        "script": _SCRIPT,
        "inputs": {"raw": PLACE},
        "outputs": ["found"],
        "vpc": _vpc(p),
    },
    QualityCheckStep: lambda p, _: {"post_analytics_processor_script": _SCRIPT, "vpc": _vpc(p)},
    QueuedTrainingStep: lambda p, _: {"source": _SOURCE, "inputs": {"train": PLACE}, "vpc": _vpc(p)},
    RegisterModelStep: lambda p, _: {**_SERVED, "model_data": "s3://bucket/model.tar.gz"},
    TrainingStep: lambda p, _: {"source": _SOURCE, "inputs": {"train": PLACE}, "vpc": _vpc(p)},
    TransformStep: lambda p, other: {"model": other},
    TuningStep: lambda p, _: {"training": {"a": _TUNED, "b": _TUNED}},
}
