"""What a step created: a job, a model or another resource, and how the service describes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..language.step_types import STEP_TYPES
from .answers import says_nothing

_OF_KIND = {row.resource: row.api for row in STEP_TYPES.values() if row.resource and row.api} | {
    "model-package": "ModelPackage",
    "endpoint": "Endpoint",
    "inference-component": "InferenceComponent",
}
"""By the kind in an ARN, what the API calls it."""
TRIALS = 50
"""How many of its jobs a tuning step has in its results."""
_BY_ARN = frozenset({"ModelPackage"})
_ARN = re.compile(r"arn:[^:]+:sagemaker:[^:]*:[^:]*:([^/]+)/(.+)")
_CHECK = "CheckJobArn"


def arn_of(record: Mapping[str, Any]) -> str | None:
    """The ARN of what a step created, from its record; None if it created nothing with an ARN."""
    for told in (record.get("Metadata") or {}).values():
        if isinstance(told, Mapping):
            found = told.get("Arn") or told.get(_CHECK)
            if found:
                return str(found)
    return None


def kind_of(arn: str | None) -> str | None:
    """The kind in the ARN of a resource of SageMaker, such as ``training-job``."""
    parts = _ARN.fullmatch(arn or "")
    return None if parts is None else parts[1]


def name_of(arn: str) -> str:
    """The name at the end of an ARN."""
    return arn.rpartition("/")[2]


def describe(client: Any, arn: str | None) -> Mapping[str, Any] | None:
    """The description of a resource of SageMaker; None for any other, and where it is gone or may not be read."""
    parts = _ARN.fullmatch(arn or "")
    api = _OF_KIND.get(parts[1]) if parts else None
    if parts is None or api is None:
        return None
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", api).lower()
    member = "ModelPackageName" if api in _BY_ARN else f"{api}Name"
    try:
        answer: Mapping[str, Any] = getattr(client, f"describe_{snake}")(
            **{member: arn if api in _BY_ARN else name_of(parts[2])}
        )
    except client.exceptions.ClientError as error:
        if says_nothing(error):
            raise
        return None
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def trials(client: Any, tuning: Mapping[str, Any]) -> list[Any]:
    """The ``TrainingJobSummaries`` of a tuning step, best first; empty where they may not be read.

    Its description does not have them.
    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListTrainingJobsForHyperParameterTuningJob.html
    """
    config = tuning.get("HyperParameterTuningJobConfig") or {}
    one: Mapping[str, Any] = tuning.get("TrainingJobDefinition") or next(
        iter(tuning.get("TrainingJobDefinitions") or []), {}
    )
    objective = config.get("HyperParameterTuningJobObjective") or one.get("TuningObjective") or {}
    try:
        answer = client.list_training_jobs_for_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=tuning["HyperParameterTuningJobName"],
            SortBy="FinalObjectiveMetricValue",
            SortOrder="Ascending" if objective.get("Type") == "Minimize" else "Descending",
            MaxResults=TRIALS,
        )
    except client.exceptions.ClientError as error:
        if says_nothing(error):
            raise
        return []
    return list(answer["TrainingJobSummaries"])


def metrics(job: Mapping[str, Any] | None) -> dict[str, float]:
    """The last value of each metric of a training job, or of the best one of a tuning."""
    if job is None:
        return {}
    best = job.get("BestTrainingJob", {}).get("FinalHyperParameterTuningJobObjectiveMetric")
    listed = [*job.get("FinalMetricDataList", []), *([best] if best else [])]
    return {str(item["MetricName"]): float(item["Value"]) for item in listed}
