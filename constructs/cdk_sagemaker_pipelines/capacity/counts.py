"""How much the jobs of a pipeline can use at most at once, such as GPUs."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..iam.needs import member
from ..language import Definition, StepGraph, StepView
from ..language.instance_types import gpus
from ..language.step_types import row_of
from .branches import Branch, Branches, branches, never
from .jobs import Instances, Job, jobs
from .values import Possible, greatest, possible
from .width import heaviest

_AT_ONCE_IN_A_BODY = 50
"""The most that a for-each runs at once."""


@dataclass(frozen=True)
class Doubt:
    """What could not be counted; ``bounded`` if a default was counted instead."""

    step: StepView
    where: str
    text: str
    bounded: bool = False


@dataclass
class Count:
    """A count over a definition, with what is in doubt."""

    definition: Definition
    doubts: list[Doubt] = field(default_factory=list)
    measure: Callable[[Count, StepView, Instances], float] = field(default=lambda *_: 1.0)
    """What instances count for, for each hour."""

    def doubt(self, step: StepView, where: str, text: str, *, bounded: bool = False) -> None:
        """Notes what could not be counted."""
        self.doubts.append(Doubt(step, where, text, bounded))

    def number(self, step: StepView, value: Any, where: str) -> float:
        """The greatest number that a value can be; 0, with a doubt, if it is unknown."""
        return self._greatest(step, possible(self.definition, value), where)

    def items(self, loop: StepView) -> float:
        """For how many items a for-each runs its body; 0, with a doubt, if it is unknown."""
        given = loop.arguments.get("IterableItems")
        if isinstance(given, (list, tuple)):
            return len(given)
        found = possible(self.definition, given)
        lengths = tuple(len(items) for items in map(_parsed, found.known) if isinstance(items, list))
        return self._greatest(loop, Possible(lengths, found.why_more), "Arguments.IterableItems")

    def _greatest(self, step: StepView, found: Possible, where: str) -> float:
        number = greatest(found)
        if number is None:
            self.doubt(step, where, found.why_more or "is not a number")
        elif found.why_more:
            self.doubt(step, where, f"{found.why_more}; counted as {number:g}", bounded=True)
        return number or 0


def gpus_at_once(definition: Definition, parallelism: int | None) -> tuple[int, dict[str, int], list[Doubt]]:
    """The most GPUs that can run at once, those of the steps that then run, and what is in doubt.

    Steps that do not wait for one another run together, at most ``parallelism`` of them, but not those in opposite
    branches of a condition. A tuning runs several jobs at once, a for-each its body for several items.
    Raises ``CycleError`` for steps that wait for one another.
    """
    count = Count(definition)
    total, running = at_once(count, parallelism, _gpus)
    return total, running, count.doubts


def at_once(
    count: Count, parallelism: int | None, of_step: Callable[[Count, StepView], float]
) -> tuple[int, dict[str, int]]:
    """The most of something that can be in use at once, and what the steps use that then run. ``of_step``: of one."""
    definition = count.definition
    needed = {step.name: of_step(count, step) * _bodies_at_once(count, step) for step in definition.all_steps()}
    graph = StepGraph(definition)
    ways = branches(definition, graph)
    by_step = {name: int(number) for name, number in needed.items() if number and not never(ways[name])}
    names = list(by_step)
    after, exclusive = _order(definition, graph, names), _exclusive(names, ways)
    total, mask = heaviest(list(by_step.values()), after, exclusive, parallelism)
    return total, {name: by_step[name] for bit, name in enumerate(names) if mask >> bit & 1}


def chooses(count: Count, step: StepView) -> None:
    """Notes a step whose instances the service chooses."""
    if row_of(step.type).chooses_instances or step.arguments.get("ServerlessJobConfig") is not None:
        count.doubt(step, "Arguments", "the definition does not say which instances it uses")


def _gpus(count: Count, step: StepView) -> float:
    """The GPUs that a step's jobs use at once."""
    chooses(count, step)
    most = max((of_clusters(count, job, gpus_of) for job in jobs(step)), default=0)
    return most and most * jobs_at_once(count, step)


def jobs_at_once(count: Count, step: StepView) -> float:
    """How many jobs a step has at once: a tuning may have several."""
    if step.type != "Tuning":
        return 1
    where = "HyperParameterTuningJobConfig.ResourceLimits.MaxParallelTrainingJobs"
    return count.number(step, member(step.arguments, *where.split(".")), f"Arguments.{where}")


def of_clusters(count: Count, job: Job, measure: Callable[[Count, StepView, Instances], float]) -> float:
    """The greatest sum over the instances of a job, of one of the clusters that it may get, and of Debugger's rules."""

    def of(instances: list[Instances]) -> float:
        return sum(measure(count, job.step, one) for one in instances)

    return max((of(cluster) for cluster in job.clusters()), default=0) + of(job.debuggers())


def gpus_of(count: Count, step: StepView, instances: Instances) -> float:
    """The GPUs of instances, of several types the most."""
    where = f"{instances.where}.InstanceType"
    types = possible(count.definition, instances.type)
    known = [(name, gpus(str(name))) for name in types.known if name is not None]
    unknown = [name for name, number in known if number is None]
    most = max((number for _, number in known if number is not None), default=0)
    if unknown:
        count.doubt(step, where, f"how many GPUs {unknown[0]!r} has is not known here")
    if types.why_more:
        counted = f"; counted with {most} GPUs" if known and not unknown else ""
        count.doubt(step, where, types.why_more + counted, bounded=bool(counted))
    return most * number_of(count, step, instances) if most else 0


def number_of(count: Count, step: StepView, instances: Instances) -> float:
    """How many instances there are at most."""
    return count.number(step, instances.count, f"{instances.where}.InstanceCount")


def _bodies_at_once(count: Count, step: StepView) -> float:
    """For how many items at once a step in the body of a for-each runs."""
    loop = step.parent
    if loop is None or loop.type != "ForEach":
        return 1
    most = greatest(possible(count.definition, loop.arguments.get("MaxConcurrency"))) or _AT_ONCE_IN_A_BODY
    items = loop.arguments.get("IterableItems")
    return min(most, len(items)) if isinstance(items, (list, tuple)) else most


def _order(definition: Definition, graph: StepGraph, names: list[str]) -> list[int]:
    """What comes after each of the steps, in the form that ``width`` takes."""
    bits = {name: 1 << index for index, name in enumerate(names)}
    later: dict[str, int] = {}
    for name in reversed(graph.order()):
        later[name] = 0
        for follower in _followers(definition, graph, name):
            later[name] |= later[follower] | bits.get(follower, 0)
    return [later[name] for name in names]


def _exclusive(names: list[str], ways: Branches) -> list[tuple[int, int]]:
    """The steps that need either branch of a condition, in the form that ``width`` takes."""
    sides: dict[Branch, int] = defaultdict(int)
    for index, name in enumerate(names):
        for branch in ways[name]:
            sides[branch] |= 1 << index
    pairs = {name: (sides.get((name, "IfSteps"), 0), sides.get((name, "ElseSteps"), 0)) for name, _ in sides}
    return [pair for pair in pairs.values() if all(pair)]


def _followers(definition: Definition, graph: StepGraph, name: str) -> Iterator[str]:
    """What waits for a step; what waits for a for-each waits for the steps of its body as well."""
    yield from graph.successors(name)
    for loop in definition.step(name).ancestors():
        if loop.type == "ForEach":
            inside = {step.name for step in loop.descendants()}
            yield from (follower for follower in graph.successors(loop.name) if follower not in inside)


def _parsed(value: Any) -> Any:
    try:
        return json.loads(value)
    except (TypeError, ValueError, RecursionError):
        return None


def shares(by_step: Mapping[str, float], limit: int = 5) -> str:
    """``"'Train' 8, 'Tune' 4 and 2 more"``: the steps with the most first."""
    ordered = sorted(((amount, name) for name, amount in by_step.items() if amount), key=lambda share: -share[0])
    listed = [f"'{name}' {amount:,.5g}" for amount, name in ordered]
    more = f" and {len(listed) - limit} more" if len(listed) > limit else ""
    return ", ".join(listed[:limit]) + more
