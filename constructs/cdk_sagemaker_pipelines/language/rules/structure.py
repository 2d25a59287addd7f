"""Rules over what waits for what, and what stands in what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from .. import loops
from ..definition import COMPLETED, TRIGGERS, Step
from ..errors import choices, did_you_mean
from ..findings import Finding
from .references import near
from .subject import Subject


def dependencies(subject: Subject) -> Iterator[Finding]:
    """``DependsOn`` names steps that exist, and no fail step."""
    names = subject.definition.step_names
    for step in subject.definition.all_steps():
        listed = step.json.get("DependsOn", [])
        if not isinstance(listed, list) or len(step.depends_on) < len(listed):
            text = "it must be a list of step names, or of objects with Step and Trigger"
            yield Finding("shape", text, step=step.name, where="DependsOn")
        for dependency in step.depends_on:
            if dependency.step not in names:
                text = f"it depends on {dependency.step!r}, but the pipeline has no such step"
                text += near(dependency.step, names)
                yield Finding("unknown-step", text, step=step.name, where="DependsOn")
            elif subject.definition.step(dependency.step).type == "Fail":
                text = (
                    f"it depends on '{dependency.step}', a Fail step: the execution ends there and nothing can follow"
                )
                yield Finding("depends-on-fail", text, step=step.name, where="DependsOn")
            elif outside := loops.outside_problem(step, subject.definition.step(dependency.step)):
                text = f"it depends on '{dependency.step}', but {outside}; let it depend on the for-each"
                yield Finding("for-each-outside", text, step=step.name, where="DependsOn")


def triggers(subject: Subject) -> Iterator[Finding]:
    """A trigger is one of the service's, and a step has one for each other step."""
    for step in subject.definition.all_steps():
        listed = step.json.get("DependsOn")
        for index, entry in enumerate(listed if isinstance(listed, list) else []):
            where = f"DependsOn[{index}]"
            if not isinstance(entry, Mapping):
                continue
            for key in entry:
                if key not in ("Step", "Trigger"):
                    text = f"unknown key{did_you_mean(key, ('Step', 'Trigger'))}"
                    yield Finding("unknown-key", text, step=step.name, where=f"{where}.{key}")
            trigger = entry.get("Trigger", COMPLETED)
            if trigger not in TRIGGERS:
                hint = did_you_mean(trigger, TRIGGERS) if isinstance(trigger, str) else ""
                text = f"the trigger {trigger!r}; allowed are {choices(TRIGGERS)}{hint}"
                yield Finding("trigger", text, step=step.name, where=f"{where}.Trigger")
        seen: dict[str, str] = {}
        for dependency in step.depends_on:
            first = seen.setdefault(dependency.step, dependency.trigger)
            if first != dependency.trigger:
                text = f"it depends on '{dependency.step}' with the triggers {first!r} and {dependency.trigger!r}"
                text += "; a step has one trigger for another, 'Any' is for every end"
                yield Finding("two-triggers", text, step=step.name, where="DependsOn")
        for dependency, count in Counter(step.depends_on).items():
            if count > 1:
                text = f"it names '{dependency.step}' {count} times"
                yield Finding("duplicate-dependency", text, step=step.name, where="DependsOn", level="warning")


def untaken_branches(subject: Subject) -> Iterator[Finding]:
    """A step that waits for one in the other branch of its condition never runs."""
    for edge in subject.graph.edges:
        source, target = subject.definition.step(edge.source), subject.definition.step(edge.target)
        ways = {ancestor.name: one.branch for one, ancestor in _ways(source)}
        for one, ancestor in _ways(target):
            if ways.get(ancestor.name, one.branch) != one.branch:
                text = (
                    f"it waits for '{source.name}' ({edge.why}), which runs in the other branch of '{ancestor.name}': "
                    "it never runs"
                )
                yield Finding("untaken-branch", text, target.name, edge.why, level="warning")


def _ways(step: Step) -> Iterator[tuple[Step, Step]]:
    """The condition steps around a step, each with what leads into it: the step or an ancestor of it."""
    for inner in (step, *step.ancestors()):
        if inner.parent is not None and inner.parent.type == "Condition":
            yield inner, inner.parent


def nested_conditions(subject: Subject) -> Iterator[Finding]:
    """A condition inside of a condition: the developer guide says no, the SDK writes it; so it is a doubt."""
    for step in subject.definition.all_steps():
        if step.type == "Condition" and any(ancestor.type == "Condition" for ancestor in step.ancestors()):
            text = (
                "a condition inside of another one is not supported, says the developer guide; join them with "
                "'&' or '|'"
            )
            yield Finding("nested-condition", text, step=step.name, level="warning")


def for_each_bodies(subject: Subject) -> Iterator[Finding]:
    """See ``loops``."""
    yield from loops.bodies(subject.definition)


def cycles(subject: Subject) -> Iterator[Finding]:
    """No step waits for itself, directly or by way of others."""
    cycle = subject.graph.cycle()
    if cycle is not None:
        yield Finding("cycle", subject.graph.describe_cycle(cycle), step=cycle[0])
