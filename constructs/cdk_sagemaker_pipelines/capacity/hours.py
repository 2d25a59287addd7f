"""How much the jobs of a pipeline can use at most in one execution: instance-hours, GPU-hours, money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping

from ..iam.needs import member
from ..language import Definition, StepGraph, StepView
from .branches import Branch, branches, never
from .counts import Count, Doubt, chooses, gpus_of, number_of, of_clusters
from .jobs import Instances, Job, jobs, retries
from .values import Possible, greatest, possible

_ATTEMPTS = 5
"""How often the service retries if a retry policy has neither a number nor a time."""


def cost(definition: Definition, prices: Mapping[str, float]) -> tuple[dict[str, float], list[Doubt]]:
    """The most that the instances of one execution cost, by step, and what is in doubt.

    ``prices``: of an hour, by instance type. Counted like ``instance_hours``; of several types the dearest.
    """

    def price_of(count: Count, step: StepView, instances: Instances) -> float:
        where = f"{instances.where}.InstanceType"
        types = possible(count.definition, instances.type)
        known = [prices[str(name)] for name in types.known if str(name) in prices]
        unknown = [name for name in types.known if name is not None and str(name) not in prices]
        if unknown:
            count.doubt(step, where, f"there is no price of {unknown[0]!r}")
        if types.why_more:
            count.doubt(step, where, types.why_more, bounded=bool(known))
        return max(known, default=0) * number_of(count, step, instances)

    return _hours(definition, price_of)


def instance_hours(definition: Definition, without: Collection[str] = ()) -> tuple[dict[str, float], list[Doubt]]:
    """The most instance-hours of one execution, by step, and what is in doubt.

    Instances times the time limit and the warm time after it, for each job of a tuning, each item of a for-each and
    each retry; of a condition the branch that takes more, with what only runs after it.
    ``without``: steps that do not run.
    Raises ``CycleError`` for steps that wait for one another.
    """
    return _hours(definition, number_of, without)


def gpu_hours(definition: Definition, without: Collection[str] = ()) -> tuple[dict[str, float], list[Doubt]]:
    """The most GPU-hours of one execution, counted like ``instance_hours``."""
    return _hours(definition, gpus_of, without)


def _hours(
    definition: Definition, measure: Callable[[Count, StepView, Instances], float], without: Collection[str] = ()
) -> tuple[dict[str, float], list[Doubt]]:
    def measured(count: Count, step: StepView, instances: Instances) -> float:
        return 0.0 if step.name in without else measure(count, step, instances)

    count = Count(definition, measure=measured)
    placed = _placed(definition)
    hours = _hours_of(count, placed[None], 1, placed)
    return hours, [doubt for doubt in count.doubts if doubt.step.name not in without]


def _placed(definition: Definition) -> Mapping[Branch | None, list[StepView]]:
    """The steps that can run, except those of bodies, each with one of the branches that it needs.

    Of several branches it is the last: its condition comes with another of them, if it needs that as well.
    """
    ways = branches(definition, StepGraph(definition))
    position = {name: place for place, name in enumerate(ways)}
    placed: dict[Branch | None, list[StepView]] = defaultdict(list)
    for step in definition.all_steps():
        if never(ways[step.name]) or (step.parent is not None and step.parent.type == "ForEach"):
            continue
        placed[max(ways[step.name], key=lambda branch: position[branch[0]], default=None)].append(step)
    return placed


def _hours_of(
    count: Count, steps: Iterable[StepView], times: float, placed: Mapping[Branch | None, list[StepView]]
) -> dict[str, float]:
    hours: dict[str, float] = {}
    for step in steps:
        if step.type == "Condition":
            yes, no = (
                _hours_of(count, placed.get((step.name, branch), ()), times, placed)
                for branch in ("IfSteps", "ElseSteps")
            )
            hours.update(yes if sum(yes.values()) >= sum(no.values()) else no)
        elif step.type == "ForEach":
            hours.update(_hours_of(count, step.body, times * count.items(step), placed))
        else:
            hours[step.name] = times * _instance_seconds(count, step) / 3600
    return hours


def _instance_seconds(count: Count, step: StepView) -> float:
    """The instance-seconds of a step that runs once."""
    chooses(count, step)
    found = list(jobs(step))
    if step.type == "Tuning":
        return _tuning_seconds(count, step, found)
    return sum(_job_seconds(count, step, job) for job in found if job.shape.cluster)


def _job_seconds(count: Count, step: StepView, job: Job) -> float:
    """The instance-seconds of a job with its retries."""
    path = job.shape.runtime
    if path is None:
        count.doubt(step, job.where, f"a {step.type} job has no time limit")
        return 0
    if job.get(path) is None:
        count.doubt(step, job.place(path), "is missing: the job itself has no time limit")
        return 0
    run = count.number(step, job.get(path), job.place(path))
    warm = f"{job.shape.cluster}.KeepAlivePeriodInSeconds"
    if job.get(warm) is not None:
        run += count.number(step, job.get(warm), job.place(warm))
    attempts, longer = _retries(step)
    return of_clusters(count, job, count.measure) * (run * attempts + longer)


def _tuning_seconds(count: Count, step: StepView, found: list[Job]) -> float:
    """The time of all jobs by their own limit, or of those at once by the tuning's limit, whichever is less."""
    where = "Arguments.HyperParameterTuningJobConfig.ResourceLimits"
    limits = member(step.arguments, "HyperParameterTuningJobConfig", "ResourceLimits")
    limits = limits if isinstance(limits, Mapping) else {}

    def limit(name: str) -> float:
        return count.number(step, limits.get(name), f"{where}.{name}")

    bounds = []
    if limits.get("MaxNumberOfTrainingJobs") is not None and all(job.get(job.shape.runtime or "") for job in found):
        longest = max((_job_seconds(count, step, job) for job in found), default=0)
        bounds.append(limit("MaxNumberOfTrainingJobs") * longest)
    if limits.get("MaxRuntimeInSeconds") is not None:
        attempts, longer = _retries(step)
        instances = max((of_clusters(count, job, count.measure) for job in found), default=0)
        run = limit("MaxRuntimeInSeconds") * attempts + longer
        bounds.append(limit("MaxParallelTrainingJobs") * instances * run)
    if not bounds:
        text = "is missing, and the number and time of its jobs are not limited"
        count.doubt(step, f"{where}.MaxRuntimeInSeconds", text)
    return min(bounds, default=0)


def _retries(step: StepView) -> tuple[float, float]:
    """How often a job can run, and for how many more seconds it can be retried.

    A step that fails with a 'Step.' exception has not created a job.
    """
    attempts, longer = 1.0, 0.0
    for policy, exceptions in retries(step):
        if any(name.startswith("SageMaker.") for name in exceptions):
            most, minutes = policy.get("MaxAttempts"), policy.get("ExpireAfterMin")
            unbounded = most is None and minutes is None
            attempts += greatest(Possible((_ATTEMPTS if unbounded else most,))) or 0
            longer += 60 * (greatest(Possible((minutes,))) or 0)
    return attempts, longer
