"""The connections between the steps of a definition, and what passes along each of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..language import Definition, PipelineError, Reference, StepGraph, StepView, references
from . import words


class Link(NamedTuple):
    """``target`` waits for ``source``."""

    source: str
    target: str
    data: tuple[str, ...] = ()
    """What the target reads from the source; empty when it only waits."""
    trigger: str = "Completed"
    """The state of the source that it waits for: ``Completed`` (success), ``Failed``, ``Stopped`` or ``Any``."""
    branch: str | None = None
    """``IfSteps``, ``ElseSteps`` or ``ForEachBody`` if the target is in that branch of the source."""

    @property
    def label(self) -> str:
        """The connection in a few words; empty when there is nothing to say."""
        parts = [{"IfSteps": "true", "ElseSteps": "false", "ForEachBody": "each"}.get(self.branch or "", "")]
        parts.append(", ".join(self.data if len(self.data) < 4 else (*self.data[:2], f"{len(self.data) - 2} more")))
        parts.append("" if self.trigger == "Completed" else f"on {self.trigger.lower()}")
        return "; ".join(part for part in parts if part)


def links(definition: Definition) -> tuple[Link, ...]:
    """The links of all steps in document order; each pair of steps once."""
    found = []
    read = {step.name: _read(step) for step in definition.all_steps()}
    steps = {name: definition.step(name) for name in definition.step_names}
    triggers = {name: {each.step: each.trigger for each in step.depends_on} for name, step in steps.items()}
    for edge in StepGraph(definition).edges:
        target = steps[edge.target]
        inside = target.parent is not None and target.parent.name == edge.source
        found.append(
            Link(
                edge.source,
                edge.target,
                read[edge.target].get(edge.source, ()),
                triggers[edge.target].get(edge.source, "Completed"),
                target.branch if inside else None,
            )
        )
    return tuple(found)


def drawn(definition: Definition, everything: Sequence[Link] | None = None) -> tuple[Link, ...]:
    """The links, without those from a condition or a loop that another link in the same branch implies.

    ``everything``: the definition's ``links``, if they are already known.
    """
    everything = links(definition) if everything is None else everything
    places = {name: _place(definition.step(name)) for name in definition.step_names}
    siblings = {
        link.target for link in everything if places[link.source] != _TOP and places[link.source] == places[link.target]
    }
    return tuple(link for link in everything if not (link.branch and not link.data and link.target in siblings))


_TOP = (None, None)


def _place(step: StepView) -> tuple[str | None, str | None]:
    return (step.parent.name if step.parent else None, step.branch)


def _read(step: StepView) -> dict[str, tuple[str, ...]]:
    """What the step reads from each other step, not counting the steps inside it."""
    document = {key: value for key, value in step.json.items() if key not in ("Arguments", "DependsOn")}
    found: dict[str, dict[str, None]] = {}
    for _, get in references({"Arguments": step.own_arguments, **document}):
        try:
            reference = Reference.parse(get)
        except PipelineError:
            continue
        if reference.kind == "Steps":
            found.setdefault(reference.name, {})[words.of_output(reference)] = None
    return {name: tuple(outputs) for name, outputs in found.items()}
