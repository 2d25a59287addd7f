"""Selective executions: some steps run, and what they need from others comes from an earlier execution.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-selective-ex.html
Documented: a step on a path between two selected steps must be selected as well; the selected steps are a connected
part of the graph; the source is an execution of the same pipeline that succeeded or failed (or, in the SDK's words, was
stopped), and is required where a selected step needs one that is not selected.
Our interpretation: the body of a selected for-each is selected with it. A step within a branch can be selected; if its
condition is not, the source must have taken the branch. Steps that were reused have the time of the start.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ...language import CycleError, Definition, StepGraph, StepView, did_you_mean
from ..errors import StartError, UnsupportedDefinitionError
from .assumptions import Assumptions
from .record import History, StepRecord, restored

MAX_SELECTED = 50
SOURCES = ("Succeeded", "Failed", "Stopped", "CompletedWithFailures")


class SelectionError(StartError):
    """The steps of a selective execution cannot be selected, or their source cannot be used.

    ```python
    try:
        run(definition, only=["Trian"])
    except SelectionError as error:
        print(error)
    ```
    """


class SourceMissingError(SelectionError):
    """A selected step needs the result of another, and no source is given."""

    def __init__(self, waiting: Collection[str], needed: Collection[str]) -> None:
        super().__init__(
            "Invalid SourcePipelineExecutionArn: null. "
            f"The selected steps {_listed(waiting)} have dependencies on {_listed(needed)}"
        )


@dataclass(frozen=True)
class Resolved:
    """The steps that take part in a selective execution."""

    names: frozenset[str]
    """Those that run, and those that are reused."""
    reused: Mapping[str, StepRecord]
    """The records of those that are reused, by name, in the order in which they had started."""


@dataclass(frozen=True)
class Selection:
    """The selected steps, and the execution whose results the others have."""

    steps: Sequence[str]
    source: History | None = None

    def resolved(self, definition: Definition, assumptions: Assumptions, now: datetime) -> Resolved:
        """The steps that take part, at the time ``now``. Raises ``SelectionError`` with what is wrong."""
        graph = StepGraph(definition)
        try:
            graph.order()
        except CycleError as error:
            raise UnsupportedDefinitionError(str(error)) from error
        selected = self._selected(definition, assumptions)
        _refuse_gaps(selected, graph)
        _refuse_parts(selected, graph)
        needed = _needed(selected, graph)
        if not needed:
            return Resolved(frozenset(selected), {})
        reused = self._reused(needed, definition, now)
        _refuse_other_branches([definition.step(name) for name in selected], reused)
        if assumptions.reused_steps == "all":
            reused = self._found({*needed, *_before(needed, graph)}, definition, now)
        return Resolved(frozenset({*selected, *reused}), reused)

    def resumed(self, definition: Definition, assumptions: Assumptions, history: History) -> Resolved:
        """The steps that take part in a selective execution that has begun; it has what it reused, without a source."""
        reused = {
            saved["name"]: restored(saved, definition) for saved in history.steps if saved.get("selective_source")
        }
        return Resolved(frozenset({*self._selected(definition, assumptions), *reused}), reused)

    def _selected(self, definition: Definition, assumptions: Assumptions) -> dict[str, None]:
        """The names of the selected steps and of those that are selected with them, each once."""
        if not 1 <= len(self.steps) <= MAX_SELECTED:
            raise SelectionError(f"{len(self.steps)} steps are selected; 1 to {MAX_SELECTED} are allowed")
        selected: dict[str, None] = {}
        for name in self.steps:
            step = definition.find(name)
            if step is None:
                close = did_you_mean(name, definition.step_names)
                raise SelectionError(f"the selected step {name!r} is not in the pipeline{close}")
            if step.branch == "ForEachBody" and step.parent is not None and step.parent.name not in self.steps:
                raise SelectionError(
                    f"the selected step {name!r} is in the body of the for-each {step.parent.name!r}; "
                    "select the for-each"
                )
            with_inner = step.body or assumptions.selected_condition == "with-branches"
            for inner in step.descendants() if with_inner else (step,):
                selected[inner.name] = None
        return selected

    def _reused(self, needed: Mapping[str, list[str]], definition: Definition, now: datetime) -> dict[str, StepRecord]:
        source = self.source
        if source is None:
            waiting = list(dict.fromkeys(name for names in needed.values() for name in names))
            raise SourceMissingError(waiting, needed)
        if source.status not in SOURCES:
            raise SelectionError(f"the source execution {source.execution_arn} is {source.status}; it must have ended")
        reused = self._found(needed, definition, now)
        for name, selected in needed.items():
            if name not in reused:
                ended = {step["name"]: step["status"] for step in source.steps}
                how = f"ended as {ended[name]}" if name in ended else "did not run"
                raise SelectionError(
                    f"the selected step {selected[0]!r} needs {name!r}, which {how} in the source execution "
                    f"{source.execution_arn}; select {name!r} as well, or choose another source"
                )
        return reused

    def _found(self, names: Collection[str], definition: Definition, now: datetime) -> dict[str, StepRecord]:
        found: dict[str, StepRecord] = {}
        if self.source is None:
            return found
        for saved in self.source.steps:
            if saved["name"] in names and saved["status"] == "Succeeded":
                record = restored(saved, definition)
                record.number = len(found)
                record.start_time = record.end_time = now
                record.cache_source, record.selective_source = None, self.source.execution_arn
                found[record.step.name] = record
        return found


def _refuse_gaps(selected: Collection[str], graph: StepGraph) -> None:
    between = _before(selected, graph)
    for earlier in selected:
        for name in sorted(between & graph.after(earlier) - set(selected)):
            later = next(later for later in selected if later in graph.after(name))
            raise SelectionError(
                f"the selection leaves out {name!r}, which is between the selected steps {earlier!r} and {later!r}; "
                f"select {name!r} as well"
            )


def _refuse_parts(selected: Collection[str], graph: StepGraph) -> None:
    """Refuses steps of which some are not connected with the others, by whatever path."""
    part: set[str] = set()
    pending = [next(iter(selected))]
    while pending:
        name = pending.pop()
        if name not in part:
            part.add(name)
            pending += [other for other in selected if other in graph.after(name) or name in graph.after(other)]
    apart = [name for name in selected if name not in part]
    if apart:
        together = [name for name in selected if name in part]
        raise SelectionError(
            f"the selected steps {_listed(together)} and {_listed(apart)} are not connected; "
            "select a connected part of the pipeline"
        )


def _refuse_other_branches(selected: Iterable[StepView], reused: Mapping[str, StepRecord]) -> None:
    """Refuses steps of a branch that the source execution did not take."""
    for step in selected:
        condition = reused.get(step.parent.name) if step.parent is not None else None
        if condition is not None and condition.branch not in (None, step.branch):
            raise SelectionError(
                f"the selected step {step.name!r} is in a branch that the condition {condition.step.name!r} did not "
                "take in the source execution; select the condition as well"
            )


def _before(names: Iterable[str], graph: StepGraph) -> set[str]:
    """The steps that ``names`` wait for, directly or by way of others."""
    found: set[str] = set()
    pending = list(names)
    while pending:
        news = [earlier for earlier in graph.predecessors(pending.pop()) if earlier not in found]
        found.update(news)
        pending += news
    return found


def _needed(selected: Collection[str], graph: StepGraph) -> dict[str, list[str]]:
    """The steps that are not selected and that selected ones wait for directly, with those that wait."""
    needed: dict[str, list[str]] = {}
    for name in selected:
        for earlier in graph.predecessors(name):
            if earlier not in selected:
                needed.setdefault(earlier, []).append(name)
    return needed


def _listed(names: Iterable[str]) -> str:
    return f"[{', '.join(names)}]"
