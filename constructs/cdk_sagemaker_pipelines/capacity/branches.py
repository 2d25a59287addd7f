"""Which branches must be taken for a step to run: those that it is in, and those of the steps that it waits for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from ..language import Definition, StepGraph

Branch = tuple[str, str]
"""The name of a condition step, and ``IfSteps`` or ``ElseSteps``."""
Branches = Mapping[str, frozenset[Branch]]
"""The branches by step, in an order in which each step comes after those it waits for."""


def branches(definition: Definition, graph: StepGraph) -> Branches:
    """The branches without which a step does not run. Raises ``CycleError`` for steps that wait for one another.

    Dependencies with a trigger do not count: whether a step runs when the other one does not is not documented.
    """
    waits: dict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        if ", trigger " not in edge.why:
            waits[edge.target].append(edge.source)
    found: dict[str, frozenset[Branch]] = {}
    for name in graph.order():
        parent, branch = definition.step(name).parent, definition.step(name).branch
        own = {(parent.name, str(branch))} if parent is not None and parent.type == "Condition" else set()
        found[name] = frozenset(own).union(*(found[source] for source in waits[name]))
    return found


def never(needed: frozenset[Branch]) -> bool:
    """Whether a step needs both branches of a condition, so that it never runs."""
    return len({condition for condition, _ in needed}) < len(needed)
