"""The order in which steps can run: edges from data, from ``DependsOn`` and from branches."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from .definition import BODY, COMPLETED, Definition, StepView
from .errors import CycleError
from .references import Reference


class End(NamedTuple):
    """The node that represents the end of a for-each in the graph."""

    of: str


class Edge(NamedTuple):
    """``target`` waits for ``source``.

    ``why``: ``DependsOn``, ``DependsOn, trigger Failed``, the argument that reads, or ``branch IfSteps``.
    """

    source: str
    target: str
    why: str


class StepGraph:
    """All steps of a definition, including those in branches, with what each waits for.

    ```python
    graph = StepGraph(Definition(definition))
    assert graph.order() == ("T",)
    assert graph.predecessors("T") == ()
    ```

    A step inside a condition waits for the condition and for whatever the condition waits for. A for-each ends with its
    body, so what waits for it comes after the steps of its body; it begins with its body, too, so it waits for whatever
    a step of its body waits for outside of it. References to steps that do not exist make no edge; a rule finds them.

    Args:
        definition: The definition whose steps are the nodes.
    """

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        """The definition whose steps are the nodes."""
        self.names = definition.step_names
        """The names of all steps, in the order of the document."""
        self._after: dict[str, frozenset[str]] = {}

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """The edges in the order of the document, each pair of steps once, with the first reason."""
        known = set(self.names)
        found: dict[tuple[str, str], Edge] = {}
        for step in self.definition.all_steps():
            target = step.name
            for source, why in _reasons(step):
                if source in known and (source, target) not in found:
                    found[source, target] = Edge(source, target, why)
        return tuple(found.values())

    @cached_property
    def _predecessors(self) -> dict[str, tuple[str, ...]]:
        return self._neighbours(self.edges, "target", "source")

    @cached_property
    def _successors(self) -> dict[str, tuple[str, ...]]:
        return self._neighbours(self.edges, "source", "target")

    @cached_property
    def _later(self) -> dict[str | End, tuple[str | End, ...]]:
        """What waits for a step, and for the end of a for-each, which waits for all steps of its body.

        So there are only as many edges as there are reasons, however many steps a body has and whatever waits for it.
        """
        later: dict[str | End, list[str | End]] = {name: [] for name in self.names}
        for step in map(self.definition.step, self.names):
            for child in step.body:
                for inner in child.descendants():
                    later[inner.name].append(End(step.name))
                later[End(step.name)] = []
        for edge in [*self.edges, *itertools.chain.from_iterable(self._from_outside.values())]:
            end = End(edge.source)
            later[edge.source if edge.why == f"branch {BODY}" or end not in later else end].append(edge.target)
        return {name: tuple(neighbours) for name, neighbours in later.items()}

    @cached_property
    def _from_outside(self) -> dict[str, tuple[Edge, ...]]:
        """By for-each, what the steps of its body wait for outside of it, and so the for-each itself."""
        own = {(edge.source, edge.target) for edge in self.edges}
        found: dict[str, dict[str, Edge]] = {}
        for edge in self.edges:
            if edge.why.startswith("branch "):
                continue
            around = {step.name: step for step in self.definition.step(edge.target).ancestors()}
            for loop in (name for name, step in around.items() if step.body):
                inside = edge.source in around or self._stands_in(edge.source, loop)
                if not inside and (edge.source, loop) not in own:
                    why = f"its step '{edge.target}', {edge.why}"
                    found.setdefault(loop, {}).setdefault(edge.source, Edge(edge.source, loop, why))
        return {loop: tuple(edges.values()) for loop, edges in found.items()}

    def _stands_in(self, name: str, loop: str) -> bool:
        return any(step.name == loop for step in self.definition.step(name).ancestors())

    def _neighbours(self, edges: Sequence[Edge], of: str, to: str) -> dict[str, tuple[str, ...]]:
        lists: dict[str, list[str]] = {name: [] for name in self.names}
        for edge in edges:
            lists[getattr(edge, of)].append(getattr(edge, to))
        return {name: tuple(neighbours) for name, neighbours in lists.items()}

    def predecessors(self, name: str) -> tuple[str, ...]:
        """The steps that a step waits for directly.

        Args:
            name: The name of the step that waits.

        Raises:
            DefinitionError: There is no such step.
        """
        return self._predecessors[self.definition.step(name).name]

    def successors(self, name: str) -> tuple[str, ...]:
        """The steps that wait for a step directly.

        Args:
            name: The name of the step that is waited for.

        Raises:
            DefinitionError: There is no such step.
        """
        return self._successors[self.definition.step(name).name]

    def order(self) -> tuple[str, ...]:
        """The steps in an order in which each comes after all that it waits for, otherwise as in the document.

        Raises:
            CycleError: Steps wait for one another; it has the path.
        """
        position: dict[str | End, float] = {name: index for index, name in enumerate(self.names)}
        position |= {node: position[node.of] - 0.5 for node in self._later if isinstance(node, End)}
        waiting = Counter(later for neighbours in self._later.values() for later in neighbours)
        ready = [(position[node], node) for node in self._later if not waiting[node]]
        heapq.heapify(ready)
        ordered = []
        while ready:
            _, node = heapq.heappop(ready)
            if isinstance(node, str):
                ordered.append(node)
            for successor in self._later[node]:
                waiting[successor] -= 1
                if not waiting[successor]:
                    heapq.heappush(ready, (position[successor], successor))
        if len(ordered) < len(self.names):
            cycle = self.cycle()
            assert cycle is not None  # what is left over waits for itself
            raise CycleError(cycle, self.describe_cycle(cycle))
        return tuple(ordered)

    def after(self, name: str) -> frozenset[str]:
        """The steps that wait for a step, directly or by way of others.

        Args:
            name: The name of the step that is waited for.
        """
        if name not in self._after:
            seen: set[str | End] = set()
            pending: list[str | End] = [name]
            while pending:
                news = [later for later in self._later[pending.pop()] if later not in seen]
                seen.update(news)
                pending += news
            self._after[name] = frozenset(node for node in seen if isinstance(node, str))
        return self._after[name]

    def cycle(self) -> tuple[str, ...] | None:
        """The names along one cycle, the first again at the end; None where there is none."""
        return next(self.cycles(), None)

    def cycles(self) -> Iterator[tuple[str, ...]]:
        """Cycles of several steps that have no step in common, and steps that wait for themselves.

        If any steps wait for one another, there is at least one cycle.
        """
        done: set[str | End] = set()
        told: set[str | End] = set()
        for start in self.names:
            if start in done:
                continue
            path: list[str | End] = [start]
            on_path: dict[str | End, int] = {start: 0}
            stack: list[tuple[str | End, Iterator[str | End]]] = [(start, iter(self._later[start]))]
            while stack:
                node, rest = stack[-1]
                following = next(rest, None)
                if following is None:
                    stack.pop()
                    path.pop()
                    del on_path[node]
                    done.add(node)
                elif following in on_path:
                    cycle = path[on_path[following] :]
                    if told.isdisjoint(cycle):
                        told.update(cycle if len(cycle) > 1 else ())
                        names = [node for node in cycle if isinstance(node, str)]
                        yield (*names, names[0])
                elif following not in done:
                    on_path[following] = len(path)
                    path.append(following)
                    stack.append((following, iter(self._later[following])))

    def why(self, source: str, target: str) -> str:
        """What makes one step wait for another, directly or as a step in the body of a for-each.

        Args:
            source: The name of the step that is waited for.
            target: The name of the step that waits.
        """
        edges = self._why
        if (source, target) in edges:
            return edges[source, target]
        loops = (step.name for step in self.definition.step(source).ancestors() if (step.name, target) in edges)
        return next((f"the body of '{loop}', {edges[loop, target]}" for loop in loops), "the end of a for-each")

    @cached_property
    def _why(self) -> dict[tuple[str, str], str]:
        edges = [*itertools.chain.from_iterable(self._from_outside.values()), *self.edges]
        return {(edge.source, edge.target): edge.why for edge in edges}

    def describe_cycle(self, cycle: tuple[str, ...]) -> str:
        """A cycle in words, with what makes each edge.

        Args:
            cycle: The names along the cycle, with the first again at the end.
        """
        hops = ", ".join(
            f"'{target}' waits for '{source}' ({self.why(source, target)})"
            for source, target in itertools.pairwise(cycle)
        )
        return f"the steps wait for one another: {hops}"


def _reasons(step: StepView) -> Iterator[tuple[str, str]]:
    """The steps that a step waits for, with why."""
    for dependency in step.depends_on:
        triggered = "" if dependency.trigger == COMPLETED else f", trigger {dependency.trigger}"
        yield dependency.step, f"DependsOn{triggered}"
    for where, get in step.gets:
        if where.startswith("DependsOn"):
            continue
        reference = Reference.of(get)
        if reference is not None and reference.kind == "Steps":
            yield reference.name, where
    if step.parent is not None:
        yield step.parent.name, f"branch {step.branch}"
