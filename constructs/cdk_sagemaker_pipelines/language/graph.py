"""The order in which steps can run: edges from data, from ``DependsOn`` and from branches."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from .definition import BODY, COMPLETED, Definition, Step
from .errors import CycleError, PipelineError
from .expressions import Reference, references


@dataclass(frozen=True)
class Edge:
    """``target`` waits for ``source``.

    ``why``: ``DependsOn``, ``DependsOn, trigger Failed``, the argument that reads, or ``branch IfSteps``.
    """

    source: str
    target: str
    why: str


class StepGraph:
    """All steps of a definition, those in branches too, with what each waits for.

    A step inside of a condition waits for the condition; what the condition waits for, it waits for as well.
    A for-each ends with its body, so what waits for it comes after the steps of its body.
    References to steps that do not exist make no edge; a rule finds them.
    """

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.names = definition.step_names

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """The edges in the order of the document, each pair of steps once, with the first reason."""
        known = set(self.names)
        found: dict[tuple[str, str], Edge] = {}
        for step in self.definition.all_steps():
            for source, why in _reasons(step):
                if source in known:
                    found.setdefault((source, step.name), Edge(source, step.name, why))
        return tuple(found.values())

    @cached_property
    def _ends(self) -> tuple[Edge, ...]:
        """The edges, and those from the steps in a for-each to what waits for its end."""
        found = {(edge.source, edge.target): edge for edge in self.edges}
        for edge in self.edges:
            if edge.why == f"branch {BODY}":
                continue
            for child in self.definition.step(edge.source).body:
                for inner in child.descendants():
                    why = f"the body of '{edge.source}', {edge.why}"
                    found.setdefault((inner.name, edge.target), Edge(inner.name, edge.target, why))
        return tuple(found.values())

    @cached_property
    def _predecessors(self) -> dict[str, tuple[str, ...]]:
        return self._neighbours(self.edges, "target", "source")

    @cached_property
    def _successors(self) -> dict[str, tuple[str, ...]]:
        return self._neighbours(self.edges, "source", "target")

    @cached_property
    def _later(self) -> dict[str, tuple[str, ...]]:
        return self._neighbours(self._ends, "source", "target")

    def _neighbours(self, edges: Sequence[Edge], of: str, to: str) -> dict[str, tuple[str, ...]]:
        lists: dict[str, list[str]] = {name: [] for name in self.names}
        for edge in edges:
            lists[getattr(edge, of)].append(getattr(edge, to))
        return {name: tuple(neighbours) for name, neighbours in lists.items()}

    def predecessors(self, name: str) -> tuple[str, ...]:
        """The steps that the step waits for directly; raises ``DefinitionError`` for an unknown step."""
        return self._predecessors[self.definition.step(name).name]

    def successors(self, name: str) -> tuple[str, ...]:
        """The steps that wait for the step directly; raises ``DefinitionError`` for an unknown step."""
        return self._successors[self.definition.step(name).name]

    def order(self) -> tuple[str, ...]:
        """The steps so that each comes after all that it waits for, else as in the document.

        Raises ``CycleError`` with the path of a cycle.
        """
        position = {name: index for index, name in enumerate(self.names)}
        waiting = Counter(edge.target for edge in self._ends)
        ready = [position[name] for name in self.names if not waiting[name]]
        heapq.heapify(ready)
        ordered = []
        while ready:
            name = self.names[heapq.heappop(ready)]
            ordered.append(name)
            for successor in self._later[name]:
                waiting[successor] -= 1
                if not waiting[successor]:
                    heapq.heappush(ready, position[successor])
        if len(ordered) < len(self.names):
            cycle = self.cycle()
            assert cycle is not None  # what is left over waits for itself
            raise CycleError(cycle, self.describe_cycle(cycle))
        return tuple(ordered)

    def cycle(self) -> tuple[str, ...] | None:
        """The names along one cycle, the first again at the end; None where there is none."""
        done: set[str] = set()
        for start in self.names:
            if start in done:
                continue
            path = [start]
            on_path = {start: 0}
            stack = [(start, iter(self._later[start]))]
            while stack:
                name, rest = stack[-1]
                following = next(rest, None)
                if following is None:
                    stack.pop()
                    path.pop()
                    del on_path[name]
                    done.add(name)
                elif following in on_path:
                    return (*path[on_path[following] :], following)
                elif following not in done:
                    on_path[following] = len(path)
                    path.append(following)
                    stack.append((following, iter(self._later[following])))
        return None

    def describe_cycle(self, cycle: tuple[str, ...]) -> str:
        """The cycle in words, with what makes each edge."""
        why = {(edge.source, edge.target): edge.why for edge in self._ends}
        hops = ", ".join(
            f"'{target}' waits for '{source}' ({why[source, target]})" for source, target in itertools.pairwise(cycle)
        )
        return f"the steps wait for one another: {hops}"


def _reasons(step: Step) -> Iterator[tuple[str, str]]:
    """The steps that a step waits for, with why."""
    for dependency in step.depends_on:
        triggered = "" if dependency.trigger == COMPLETED else f", trigger {dependency.trigger}"
        yield dependency.step, f"DependsOn{triggered}"
    document = {key: value for key, value in step.json.items() if key not in ("Arguments", "DependsOn")}
    for where, get in references({"Arguments": step.own_arguments, **document}):
        try:
            reference = Reference.parse(get)
        except PipelineError:
            continue  # a rule finds it
        if reference.kind == "Steps":
            yield reference.name, where
    if step.parent is not None:
        yield step.parent.name, f"branch {step.branch}"
