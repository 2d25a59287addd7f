"""How many instances of each type a pipeline can have at once, by the names of SageMaker's quotas.

Source: AWS General Reference, "Amazon SageMaker endpoints and quotas": ``ml.g5.xlarge for training job usage``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from ..language import Definition, StepView, is_expression_json
from .counts import Count, Doubt, at_once, jobs_at_once, number_of
from .jobs import Instances, Job, jobs
from .values import possible

_TRAINING, _SPOT, _PROCESSING = "training job", "spot training job", "processing job"
_OF_TYPES: Mapping[str, str] = {
    **dict.fromkeys(("Training", "Tuning", "Callback"), _TRAINING),
    **dict.fromkeys(("Processing", "ClarifyCheck", "QualityCheck"), _PROCESSING),
    "Transform": "transform job",
}
"""What the service calls the jobs of a step in its quotas; a callback may queue a training job."""


class Use(NamedTuple):
    """The most instances that can run at once of what a quota limits, and those of the steps that then run."""

    total: int
    steps: Mapping[str, int]


def uses(definition: Definition, parallelism: int | None) -> tuple[dict[str, Use], list[Doubt]]:
    """The instances at once of one execution, by the name of the quota, and what is in doubt.

    Counted like ``gpus_at_once``. Raises ``CycleError`` for steps that wait for one another.
    """
    names = sorted({name for step in definition.all_steps() for name in _names(definition, step)})
    found, doubts = {}, []
    for name in names:
        count = Count(definition)
        found[name] = Use(*at_once(count, parallelism, partial(_of_step, name)))
        doubts += count.doubts
    return found, list(dict.fromkeys(doubts))


def _names(definition: Definition, step: StepView) -> Iterator[str]:
    for job, kind, instances in _all(step):
        for name in possible(definition, instances.type).known:
            if isinstance(name, str):
                yield from (_quota(name, one) for one in _kinds(job, kind))


def _quota(instance_type: str, kind: str) -> str:
    return f"{instance_type} for {kind} usage"


def _all(step: StepView) -> Iterator[tuple[Job, str, Instances]]:
    """All instances that the jobs of a step may have, each with what its job is called."""
    for job in jobs(step):
        kind = _OF_TYPES.get(step.type)
        for cluster in job.clusters() if kind is not None else ():
            yield from ((job, str(kind), instances) for instances in cluster)
        yield from ((job, _PROCESSING, instances) for instances in job.debuggers())


def _kinds(job: Job, kind: str) -> tuple[str, ...]:
    """Training on spot capacity has quotas of its own; whether it is may only be known at run time."""
    spot: Any = job.get("EnableManagedSpotTraining") if kind == _TRAINING else None
    return (_TRAINING, _SPOT) if is_expression_json(spot) else (_SPOT,) if spot is True else (kind,)


def _of_step(name: str, count: Count, step: StepView) -> float:
    """The instances of a step that a quota counts; of several clusters the service uses one."""
    most = max((_of_job(name, count, job) for job in jobs(step)), default=0)
    return most and most * jobs_at_once(count, step)


def _of_job(name: str, count: Count, job: Job) -> float:
    kind = _OF_TYPES.get(job.step.type)

    def of(instances: list[Instances], called: str) -> float:
        return sum(number_of(count, job.step, one) for one in instances if _is_of(name, count, job, called, one))

    clusters = [of(cluster, kind) for cluster in job.clusters()] if kind is not None else []
    return max(clusters, default=0) + of(job.debuggers(), _PROCESSING)


def _is_of(name: str, count: Count, job: Job, kind: str, instances: Instances) -> bool:
    types = possible(count.definition, instances.type)
    if types.why_more:
        count.doubt(job.step, f"{instances.where}.InstanceType", types.why_more, bounded=bool(types.known))
    return name in (_quota(str(one), called) for one in types.known for called in _kinds(job, kind))
