"""What connects the steps of a definition, with what passes along each connection."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..language import Definition, PipelineError, Reference, Step, StepGraph, references
from . import words


@dataclass(frozen=True)
class Link:
    """``target`` waits for ``source``."""

    source: str
    target: str
    data: tuple[str, ...] = field(default=())
    """What of the source the target reads; empty when it only waits."""
    trigger: str = "Completed"
    """After which end of the source: ``Completed`` (success), ``Failed``, ``Stopped`` or ``Any``."""
    branch: str | None = None
    """``IfSteps``, ``ElseSteps`` or ``ForEachBody`` where the target stands in that branch of the source."""

    @property
    def label(self) -> str:
        """The connection in few words; empty when there is nothing to say."""
        parts = [{"IfSteps": "true", "ElseSteps": "false", "ForEachBody": "each"}.get(self.branch or "", "")]
        parts.append(", ".join(self.data if len(self.data) < 4 else (*self.data[:2], f"{len(self.data) - 2} more")))
        parts.append("" if self.trigger == "Completed" else f"on {self.trigger.lower()}")
        return "; ".join(part for part in parts if part)


def links(definition: Definition) -> tuple[Link, ...]:
    """The links of all steps in the order of the document; each pair of steps once."""
    found = []
    read = {step.name: _read(step) for step in definition.all_steps()}
    for edge in StepGraph(definition).edges:
        target = definition.step(edge.target)
        triggers = {dependency.step: dependency.trigger for dependency in target.depends_on}
        inside = target.parent is not None and target.parent.name == edge.source
        found.append(
            Link(
                edge.source,
                edge.target,
                read[target.name].get(edge.source, ()),
                triggers.get(edge.source, "Completed"),
                target.branch if inside else None,
            )
        )
    return tuple(found)


def drawn(definition: Definition) -> tuple[Link, ...]:
    """The links without those from a condition or a loop that another link in the same branch implies."""
    everything = links(definition)
    siblings = {
        link.target
        for link in everything
        if definition.step(link.source).parent is not None
        and _place(definition.step(link.source)) == _place(definition.step(link.target))
    }
    return tuple(link for link in everything if not (link.branch and not link.data and link.target in siblings))


def _place(step: Step) -> tuple[str | None, str | None]:
    return (step.parent.name if step.parent else None, step.branch)


def _read(step: Step) -> dict[str, tuple[str, ...]]:
    """What the step reads of each other step, the steps inside of it left out."""
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
