"""A step of each class with the fewest fields, named Step."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from cdk_sagemaker_pipelines import (
    AutoMLStep,
    CallbackStep,
    ClarifyCheckStep,
    ClarifyFacet,
    CleanupStep,
    ConditionStep,
    DataBiasCheck,
    DataQualityCheck,
    DatasetFormat,
    EMRServerlessStep,
    EMRStep,
    EndpointConfigStep,
    EndpointStep,
    FailStep,
    ForEachStep,
    Image,
    InferenceComponentStep,
    IntegerRange,
    JobStep,
    LambdaStep,
    LineageContext,
    LineageStep,
    ModelStep,
    NotebookJobStep,
    Objective,
    Parameter,
    ProcessingStep,
    ProductionVariant,
    QualityCheckStep,
    QueuedTrainingStep,
    RegisterModelStep,
    RepackModelStep,
    SourceDir,
    SparkSubmit,
    Step,
    TrainingDefinition,
    TrainingPool,
    TrainingStep,
    TransformStep,
    TuningStep,
)
from tests.steps.support import IMAGE, JOB

FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:notify"
PLACE = "s3://bucket/in"
_CHECKED: dict[str, Any] = {"dataset": PLACE, "instance_type": "ml.m5.large", "model_package_group": "group"}
_IMAGE: dict[str, Any] = {"image": Image.from_uri(IMAGE)}
_TUNED = TrainingDefinition(**JOB, objective=Objective("loss"), ranges={"x": IntegerRange(1, 2)})
_FIELDS: dict[type[Step], dict[str, Any]] = {
    AutoMLStep: {"training": PLACE, "target_attribute": "y"},
    CallbackStep: {},
    ClarifyCheckStep: {"check": DataBiasCheck([1], [ClarifyFacet("a")]), **_CHECKED},
    ConditionStep: {"condition": Parameter.integer("N", default=1) > 0},
    EMRServerlessStep: {"application_id": "00f1abcdefghij0l", "driver": SparkSubmit("s3://bucket/a.py")},
    EMRStep: {"cluster_id": "j-1ABCDEFGHIJKL"},
    EndpointConfigStep: {"variants": [ProductionVariant("model", instance_type="ml.m5.large")]},
    EndpointStep: {"endpoint_name": "endpoint", "config": "config"},
    FailStep: {},
    ForEachStep: {"items": ["a"], "max_concurrency": 1},
    InferenceComponentStep: {
        "inference_component_name": "component",
        "endpoint": "endpoint",
        "model": "model",
        "min_memory_in_mb": 1024,
    },
    JobStep: {"category": "AgentRFT", "schema_version": "1.0.0", "document": {}},
    LineageStep: {"contexts": [LineageContext("project", "Project", PLACE)]},
    ModelStep: _IMAGE,
    # of the folder that the fixture working_directory makes
    NotebookJobStep: {**JOB, "notebook": "code/train.py"},
    ProcessingStep: JOB,
    QualityCheckStep: {"check": DataQualityCheck(), "dataset_format": DatasetFormat.csv(), **_CHECKED},
    QueuedTrainingStep: {**JOB, "team": "vision"},
    RegisterModelStep: {**_IMAGE, "model_package_group": "group"},
    RepackModelStep: {"model_data": "s3://bucket/model.tar.gz", "source": SourceDir("code", entry_point="train.py")},
    TrainingStep: JOB,
    TransformStep: {"model": "model", "input": PLACE, "instance_type": "ml.m5.large"},
    TuningStep: {"training": _TUNED, "max_jobs": 4},
}


def least(kind: type[Step], scope: Any, **more: Any) -> Step:
    """The step, with more fields."""
    given = dict(_FIELDS.get(kind, {}))
    if kind is CleanupStep and "sources" not in more:
        given["sources"] = [TrainingStep(scope, "Left", **JOB)]
    if kind is LambdaStep:
        given["function"] = lambda_.Function.from_function_arn(scope, "Function", FUNCTION)
    if kind is QueuedTrainingStep and "pool" not in more:
        given["pool"] = pool(scope)
    made = kind(scope, "Step", **{**given, **more})
    if isinstance(made, ForEachStep):
        TrainingStep(made.body, "Inside", **JOB)
    return made


def pool(scope: Any) -> TrainingPool:
    """A pool in a stack of its own, with a team whose jobs nobody stops."""
    stack = cdk.Stack.of(scope)
    place = cdk.Environment(account=stack.account, region=stack.region)
    pools = cdk.Stack(scope.node.root, f"Pool-{scope.node.path.replace('/', '-')}", env=place)
    made = TrainingPool(pools, "Pool", capacity={JOB["instance_type"]: 2})
    made.add_team("vision", guaranteed={JOB["instance_type"]: 2}, borrow=0)
    return made


CLASSES: list[type[Step]] = sorted([*_FIELDS, CleanupStep, LambdaStep], key=lambda kind: kind.__name__)
