"""How long the instances of a step's jobs ran, also those of the jobs that a tuning or an AutoML job starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from ..language.instance_types import gpus
from ..language.step_types import STEP_TYPES
from . import jobs
from .answers import pages, says_nothing

MOST_JOBS = 200
"""Jobs of one step that are described one by one."""
_OF_ONE = {"processing-job": "Processing", "training-job": "Training", "transform-job": "Transform"}
"""By the kind in the ARN of a job with instances of its own, how the members with its times begin."""
_TUNING, _AUTO_ML, _SERVICE = "hyper-parameter-tuning-job", "automl-job", "job"
_CLUSTERS = tuple(
    dict.fromkeys(row.job.cluster.split(".")[-1] for row in STEP_TYPES.values() if row.job and row.job.cluster)
)


@dataclass(frozen=True)
class Usage:
    """How long instances of one type ran. What is billed may be more, or less with spot instances."""

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


class Used(NamedTuple):
    """The instances of a step. ``complete``: whether they are all that ran; the service may not say so."""

    usages: tuple[Usage, ...]
    complete: bool = True

    @property
    def instance_hours(self) -> float:
        """Hours of all instances that are known."""
        return sum((each.instance_hours for each in self.usages), 0.0)

    @property
    def gpu_hours(self) -> float | None:
        """Hours of all GPUs; None if a type of instances is not known here."""
        found = [each.gpu_hours for each in self.usages]
        return None if None in found else sum((hours for hours in found if hours is not None), 0.0)

    @property
    def types(self) -> list[str]:
        """The types of instances, each once."""
        return list(dict.fromkeys(each.instance_type for each in self.usages))


def used(client: Any, arn: str | None, job: Mapping[str, Any] | None, now: datetime) -> Used | None:
    """What ran for a job, given its ARN and description; None for what has no instances."""
    kind = jobs.kind_of(arn)
    if kind not in {*_OF_ONE, _TUNING, _AUTO_ML, _SERVICE}:
        return None
    if job is None or kind == _SERVICE:  # the service does not say what a job of its own code runs on
        return Used((), False)
    if kind in _OF_ONE:
        return _of_one(job, _OF_ONE[kind], now)
    try:
        parts = list(islice(_tuned(client, job, now) if kind == _TUNING else _tried(client, job, now), MOST_JOBS + 1))
    except client.exceptions.ClientError as error:
        if says_nothing(error):
            raise
        return Used((), False)
    known = parts[:MOST_JOBS]
    complete = len(known) == len(parts) and all(part is not None and part.complete for part in known)
    return Used(tuple(usage for part in known if part for usage in part.usages), complete)


def _of_one(job: Mapping[str, Any], prefix: str, now: datetime) -> Used:
    """The instances of one job from its description; none if it has not started."""
    started = job.get(f"{prefix}StartTime")
    if started is None:
        return Used(())
    cluster = next((found for name in _CLUSTERS if (found := _find(job, name)) is not None), {})
    return _ran(cluster, max(((job.get(f"{prefix}EndTime") or now) - started).total_seconds(), 0.0))


def _ran(cluster: Mapping[str, Any], seconds: float) -> Used:
    groups = [
        (each.get("InstanceType"), each.get("InstanceCount", 1)) for each in cluster.get("InstanceGroups") or [cluster]
    ]
    if cluster.get("SelectedInstanceType"):  # of several that the job could have
        groups = [(cluster["SelectedInstanceType"], cluster.get("SelectedInstanceCount", 1))]
    known = tuple(Usage(str(type), int(count), seconds) for type, count in groups if type)
    return Used(known, bool(known) and len(known) == len(groups))


def _find(job: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """The cluster, beside the other members of a description or in one of them."""
    inner = (value for value in job.values() if isinstance(value, Mapping))
    return next((found[name] for found in (job, *inner) if isinstance(found.get(name), Mapping)), None)


def _tuned(client: Any, tuning: Mapping[str, Any], now: datetime) -> Iterator[Used | None]:
    """Those of the training jobs of a tuning."""
    one, several = tuning.get("TrainingJobDefinition"), tuning.get("TrainingJobDefinitions") or []
    clusters = {
        each.get("DefinitionName"): each.get("HyperParameterTuningResourceConfig") or each.get("ResourceConfig") or {}
        for each in ([one] if one else several)
    }
    listed = pages(
        client, "list_training_jobs_for_hyper_parameter_tuning_job", "TrainingJobSummaries",
        HyperParameterTuningJobName=tuning["HyperParameterTuningJobName"],
    )  # fmt: skip
    for summary in listed:
        cluster = next(iter(clusters.values())) if one else clusters.get(summary.get("TrainingJobDefinitionName"), {})
        if cluster.get("InstanceType") or cluster.get("InstanceGroups"):
            yield _of_one({**summary, "ResourceConfig": cluster}, "Training", now)
        else:
            yield _described(client, str(summary["TrainingJobArn"]), now)


def _tried(client: Any, search: Mapping[str, Any], now: datetime) -> Iterator[Used | None]:
    """Those of the candidates of an AutoML job; nothing else says what it ran on."""
    name = search["AutoMLJobName"]
    candidates = pages(client, "list_candidates_for_auto_ml_job", "Candidates", AutoMLJobName=name)
    arns = dict.fromkeys(str(step["CandidateStepArn"]) for each in candidates for step in each["CandidateSteps"])
    if not arns:
        yield None
    yield from (_described(client, arn, now) for arn in arns)


def _described(client: Any, arn: str, now: datetime) -> Used | None:
    job, prefix = jobs.describe(client, arn), _OF_ONE.get(jobs.kind_of(arn) or "")
    return None if job is None or prefix is None else _of_one(job, prefix, now)
