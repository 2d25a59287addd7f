"""The events of SageMaker, as EventBridge tells them.

https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ..events.bus import Event

_PIPELINE = "SageMaker Model Building Pipeline Execution"
_JOBS = {
    "HyperParameterTuningJob": "HyperParameter Tuning Job",
    "ProcessingJob": "Processing Job",
    "TrainingJob": "Training Job",
    "TransformJob": "Transform Job",
}
"""The kinds of jobs that have events."""
_OF_PACKAGE = (
    "ModelPackageName", "ModelPackageGroupName", "ModelPackageArn", "ModelPackageVersion", "ModelPackageDescription",
    "CreationTime", "InferenceSpecification", "ModelPackageStatus", "ModelPackageStatusDetails", "ModelApprovalStatus",
    "CustomerMetadataProperties", "ModelLifeCycle", "MetadataProperties",
)  # fmt: skip
_UPDATED = {
    "ModelLifeCycle": "ModelLifeCycle", "ModelApprovalStatus": "ModelApprovalStatus",
    "ApprovalDescription": "ApprovalDescription", "SourceUri": "sourceUri",
    "CustomerMetadataProperties": "CustomerMetadataProperties", "InferenceSpecification": "InferenceSpecification",
}  # fmt: skip
"""The fields of a model package whose updates are told, and how."""
_OF_MODEL = (
    "ModelName", "ModelArn", "PrimaryContainer", "Containers", "ExecutionRoleArn", "VpcConfig",
    "EnableNetworkIsolation", "CreationTime", "Tags",
)  # fmt: skip
_OF_CONFIG = ("EndpointConfigName", "EndpointConfigArn", "ProductionVariants", "CreationTime", "Tags")
_OF_ENDPOINT = (
    "EndpointName", "EndpointArn", "EndpointConfigName", "ProductionVariants", "EndpointStatus", "FailureReason",
    "CreationTime", "LastModifiedTime", "Tags",
)  # fmt: skip
_FIRST_WORD = re.compile(r"^[A-Z]+(?=[A-Z][a-z])|^[A-Z]+$|^[A-Z]")


def of_execution(described: Mapping[str, Any], previous: str | None, end: datetime | None) -> Event:
    """The event of an execution's new status; ``described`` is its Describe response, ``end`` when it ended."""
    arns = described["PipelineArn"], described["PipelineExecutionArn"]
    detail = {
        "pipelineArn": arns[0],
        "pipelineExecutionArn": arns[1],
        "pipelineExecutionDisplayName": described.get("PipelineExecutionDisplayName"),
        "pipelineExecutionDescription": described.get("PipelineExecutionDescription"),
        "currentPipelineExecutionStatus": described["PipelineExecutionStatus"],
        "previousPipelineExecutionStatus": previous,
        "executionStartTime": _text(described["CreationTime"]),
        "executionEndTime": _text(end),
    }
    return Event(f"{_PIPELINE} Status Change", arns, _present(detail))


def of_step(arns: tuple[str, str], step_type: str, listed: Mapping[str, Any], previous: str | None) -> Event:
    """The event of a step's new status; ``arns`` are those of its pipeline and execution, ``listed`` is its entry in
    ListPipelineExecutionSteps.
    """
    detail = {
        "pipelineArn": arns[0],
        "pipelineExecutionArn": arns[1],
        "stepName": listed["StepName"],
        "stepType": step_type,
        "currentStepStatus": listed["StepStatus"],
        "previousStepStatus": previous,
        "stepStartTime": _text(listed.get("StartTime")),
        "stepEndTime": _text(listed.get("EndTime")),
        "metadata": _camel(listed.get("Metadata") or {}),
        "failureReason": listed.get("FailureReason"),
        "cacheHitResult": _camel(listed.get("CacheHitResult")),
    }
    return Event(f"{_PIPELINE} Step Status Change", arns, _present(detail))


def of_job(kind: str, job: Mapping[str, Any]) -> Event | None:
    """The event of a job's new status; None for a kind that has none. Times are in milliseconds."""
    if kind not in _JOBS:
        return None
    detail = {name: value for name, value in job.items() if name not in ("Tags", "TrainingJobSummaries")}
    return Event(f"SageMaker {_JOBS[kind]} State Change", [job[f"{kind}Arn"]], _milliseconds(_present(detail)))


def of_model(model: Mapping[str, Any]) -> Event:
    """The event of a new model."""
    return _of_resource("Model", _OF_MODEL, model)


def of_endpoint_config(config: Mapping[str, Any]) -> Event:
    """The event of a new endpoint configuration."""
    return _of_resource("EndpointConfig", _OF_CONFIG, config)


def of_endpoint(endpoint: Mapping[str, Any]) -> Event:
    """The event of an endpoint's new status, which is as in its Describe response."""
    return _of_resource("Endpoint", _OF_ENDPOINT, endpoint)


def _of_resource(kind: str, members: Sequence[str], described: Mapping[str, Any]) -> Event:
    detail = {name: described[name] for name in members if name in described}
    named = {"EndpointConfig": "Endpoint Config"}.get(kind, kind)
    return Event(f"SageMaker {named} State Change", [described[f"{kind}Arn"]], _milliseconds(_present(detail)))


def updated_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What an update of a model package changed, as its event calls it."""
    return [told for name, told in _UPDATED.items() if (before.get(name) or None) != (after.get(name) or None)]


def of_package(package: Mapping[str, Any], updated: Sequence[str] = ()) -> Event:
    """The event of a new model package, or of the fields that were updated."""
    detail = {name: package[name] for name in _OF_PACKAGE if name in package}
    if updated:
        detail["UpdatedModelPackageFields"] = list(updated)
    return Event("SageMaker Model Package State Change", [package["ModelPackageArn"]], _milliseconds(_present(detail)))


def _present(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in detail.items() if value is not None}


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _milliseconds(value: Any) -> Any:
    if isinstance(value, datetime):
        return int(value.timestamp() * 1000)
    if isinstance(value, Mapping):
        return {name: _milliseconds(item) for name, item in value.items()}
    return [_milliseconds(item) for item in value] if isinstance(value, (list, tuple)) else value


def _camel(value: Any) -> Any:
    """A structure whose names begin in lower case, such as ``processingJob`` and ``emrServerless``."""
    if isinstance(value, Mapping):
        return {_FIRST_WORD.sub(lambda word: word[0].lower(), name): _camel(item) for name, item in value.items()}
    return [_camel(item) for item in value] if isinstance(value, (list, tuple)) else value
