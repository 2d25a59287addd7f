"""What a step created: a job, a model or another resource, and how the service describes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..language.instance_types import gpus
from ..language.step_types import STEP_TYPES

_OF_KIND = {row.resource: row.api for row in STEP_TYPES.values() if row.resource and row.api} | {
    "model-package": "ModelPackage",
    "endpoint": "Endpoint",
    "inference-component": "InferenceComponent",
}
"""By the kind in an ARN, what the API calls it."""
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
    except client.exceptions.ClientError:
        return None
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


@dataclass(frozen=True)
class Usage:
    """How long the instances of a job ran."""

    instance_type: str
    count: int
    seconds: float

    @property
    def instance_hours(self) -> float:
        """Hours of one instance, times their number."""
        return self.count * self.seconds / 3600

    @property
    def gpu_hours(self) -> float | None:
        """Hours of one GPU, times their number; None for a type of instances that is not known here."""
        number = gpus(self.instance_type)
        return None if number is None else number * self.instance_hours


_CLUSTERS = tuple(
    dict.fromkeys(row.job.cluster.split(".")[-1] for row in STEP_TYPES.values() if row.job and row.job.cluster)
)


def usage(job: Mapping[str, Any] | None, now: datetime) -> Usage | None:
    """The instances of a job from its description; None if it has none, or has not started.

    What is billed may be more, or less with spot instances.
    """
    if job is None:
        return None
    cluster = next((found for name in _CLUSTERS if (found := _find(job, name)) is not None), None)
    prefixes = ("Training", "Processing", "Transform")
    started = next((job[f"{each}StartTime"] for each in prefixes if job.get(f"{each}StartTime")), None)
    ended = next((job[f"{each}EndTime"] for each in prefixes if job.get(f"{each}EndTime")), None)
    if cluster is None or started is None or "InstanceType" not in cluster:
        return None
    seconds = max(((ended or now) - started).total_seconds(), 0.0)
    return Usage(str(cluster["InstanceType"]), int(cluster.get("InstanceCount", 1)), seconds)


def _find(job: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """The cluster, beside the other members of a description or in one of them."""
    inner = (value for value in job.values() if isinstance(value, Mapping))
    return next((found[name] for found in (job, *inner) if isinstance(found.get(name), Mapping)), None)


def metrics(job: Mapping[str, Any] | None) -> dict[str, float]:
    """The last value of each metric of a training job, or of the best one of a tuning."""
    if job is None:
        return {}
    best = job.get("BestTrainingJob", {}).get("FinalHyperParameterTuningJobObjectiveMetric")
    listed = [*job.get("FinalMetricDataList", []), *([best] if best else [])]
    return {str(item["MetricName"]): float(item["Value"]) for item in listed}
