"""Rules over which steps wait for which, and which are inside which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from .. import loops
from ..definition import COMPLETED, TRIGGERS, StepView
from ..errors import an, choices, did_you_mean, shown
from ..findings import Finding
from ..references import Reference
from ..step_types import row_of
from .references import near
from .subject import Subject


def dependencies(subject: Subject) -> Iterator[Finding]:
    """``DependsOn`` names existing steps after which another can run."""
    names = subject.definition.step_names
    for step in subject.definition.all_steps():
        listed = step.json.get("DependsOn", [])
        if not isinstance(listed, list) or len(step.depends_on) < len(listed):
            text = "it must be a list of step names, or of objects with Step and Trigger"
            yield Finding("shape", text, step=step.name, where="DependsOn")
        for dependency in step.depends_on:
            other = subject.definition.find(dependency.step)
            if other is None:
                text = f"it depends on {shown(dependency.step)}, but the pipeline has no such step"
                text += near(dependency.step, names)
                yield Finding("unknown-step", text, step=step.name, where="DependsOn")
            elif other.type == "Fail":
                text = (
                    f"it depends on '{dependency.step}', a Fail step: the execution ends there, so nothing can follow"
                )
                yield Finding("depends-on-fail", text, step=step.name, where="DependsOn")
            elif outside := loops.outside_problem(step, other):
                text = f"it depends on '{dependency.step}', but {outside}; let it depend on the for-each"
                yield Finding("for-each-outside", text, step=step.name, where="DependsOn")
            elif other.type == "Condition":
                text = (
                    f"it depends on '{dependency.step}', a Condition step, which users have seen refused; put it into "
                    "a branch, or let it depend on steps there"
                )
                yield Finding("depends-on-condition", text, step=step.name, where="DependsOn", level="warning")


def triggers(subject: Subject) -> Iterator[Finding]:
    """A trigger is one of the service's, and a step has only one for each other step."""
    for step in subject.definition.all_steps():
        listed = step.json.get("DependsOn")
        for index, entry in enumerate(listed if isinstance(listed, list) else []):
            where = f"DependsOn[{index}]"
            if not isinstance(entry, dict):
                continue
            for key in entry:
                if key not in ("Step", "Trigger"):
                    text = f"unknown key{did_you_mean(key, ('Step', 'Trigger'))}"
                    yield Finding("unknown-key", text, step=step.name, where=f"{where}.{key}")
            trigger = entry.get("Trigger", COMPLETED)
            if not isinstance(trigger, str) or trigger not in TRIGGERS:
                hint = did_you_mean(trigger, TRIGGERS) if isinstance(trigger, str) else ""
                text = f"the trigger {shown(trigger)}; allowed are {choices(TRIGGERS)}{hint}"
                yield Finding("trigger", text, step=step.name, where=f"{where}.Trigger")
        seen: dict[str, str] = {}
        for dependency in step.depends_on:
            first = seen.setdefault(dependency.step, dependency.trigger)
            if first != dependency.trigger:
                text = f"it depends on '{dependency.step}' with the triggers {first!r} and {dependency.trigger!r}"
                text += "; a step has one trigger for another, and 'Any' covers every end"
                yield Finding("two-triggers", text, step=step.name, where="DependsOn")
        for dependency, count in Counter(step.depends_on).items():
            if count > 1:
                text = f"it names '{dependency.step}' {count} times; name it once"
                yield Finding("duplicate-dependency", text, step=step.name, where="DependsOn", level="warning")


def idle_triggers(subject: Subject) -> Iterator[Finding]:
    """A trigger waits for an end that the other step can have, and that does not rule out the other dependencies."""
    for step in subject.definition.all_steps():
        triggers = {dependency.step: dependency.trigger for dependency in step.depends_on}
        for name, trigger in triggers.items():
            other = subject.definition.find(name)
            if other is None or trigger not in ("Failed", "Stopped"):
                continue
            if trigger == "Stopped" and not row_of(other.type).can_stop:
                text = f"it waits until '{name}' is stopped, but {an(other.type)} step cannot be stopped: it never runs"
                yield Finding("idle-trigger", text, step.name, "DependsOn", "warning")
            for third in subject.graph.predecessors(step.name):
                if triggers.get(third, COMPLETED) == COMPLETED and _needs_success(subject, name, third):
                    ended = {"Failed": "failed", "Stopped": "been stopped"}[trigger]
                    text = (
                        f"it waits until '{name}' has {ended} and until '{third}' has succeeded, which itself needs "
                        f"the success of '{name}': it never runs"
                    )
                    yield Finding("idle-trigger", text, step.name, "DependsOn", "warning")


def _needs_success(subject: Subject, name: str, of: str) -> bool:
    """Whether a step waits directly for the success of another."""
    waits = name in subject.graph.predecessors(of)
    listed = subject.definition.step(of).depends_on
    return waits and all(entry.trigger == COMPLETED for entry in listed if entry.step == name)


def triggered_reads(subject: Subject) -> Iterator[Finding]:
    """A step that runs after another one failed or stopped reads a property that may not exist."""
    for step in subject.definition.all_steps():
        around = [*step.ancestors()][::-1]
        triggers = {entry.step: entry.trigger for holder in (*around, step) for entry in holder.depends_on}
        for where, get in step.gets if _ENDED.keys() & triggers.values() else ():
            reference = Reference.of(get)
            if reference is None:
                continue
            ended = _ENDED.get(triggers.get(reference.name, COMPLETED)) if reference.kind == "Steps" else None
            other = subject.definition.find(reference.name)
            if ended and other is not None and other.type != "Fail" and not where.startswith("DependsOn"):
                text = f"it runs after '{other.name}' {ended}, and reads {shown(get)}, which may have no value then"
                yield Finding("triggered-read", text, step.name, where, "warning")


_ENDED = {"Failed": "has failed", "Stopped": "was stopped", "Any": "has ended, even without success"}


def branches(subject: Subject) -> Iterator[Finding]:
    """A step that waits for one in a branch only runs if the branch does: in the other branch it never runs.

    Steps inside a step that is reported never run either, and are not reported again.
    """
    told: set[tuple[str, str, str | None]] = set()
    for edge in subject.graph.edges:  # in which a step comes before those inside it
        source, target = subject.definition.step(edge.source), subject.definition.step(edge.target)
        around = {ancestor.name for ancestor in source.ancestors()}
        if not around or target.name in around:  # the former is fine, the latter a cycle
            continue
        taken = {condition.name: one.branch for one, condition in _ways(target)}
        where = "DependsOn" if edge.why.startswith("DependsOn") else edge.why
        holders = [holder.name for holder in target.ancestors()]
        ways = [
            (one, condition)
            for one, condition in _ways(source)
            if told.isdisjoint((holder, condition.name, one.branch) for holder in holders)
        ]
        for one, condition in ways:
            if taken.get(condition.name, one.branch) != one.branch:
                text = (
                    f"it waits for '{source.name}' ({edge.why}), which runs in the other branch of '{condition.name}': "
                    "it never runs"
                )
                told.add((target.name, condition.name, one.branch))
                yield Finding("untaken-branch", text, target.name, where, "warning")
                break
        else:
            for one, condition in ways:
                if condition.name not in taken:
                    text = (
                        f"it waits for '{source.name}', which runs only if '{condition.name}' takes {one.branch}; "
                        "otherwise this step does not run either"
                    )
                    told.add((target.name, condition.name, one.branch))
                    yield Finding("may-not-run", text, target.name, where, "warning")
                    break


def _ways(step: StepView) -> Iterator[tuple[StepView, StepView]]:
    """The condition steps around a step, each with the step directly inside it: this one or an ancestor."""
    for inner in (step, *step.ancestors()):
        if inner.parent is not None and inner.parent.type == "Condition":
            yield inner, inner.parent


def branch_lists(subject: Subject) -> Iterator[Finding]:
    """The branches of a condition and the body of a for-each are lists of steps."""
    for step in (*subject.by_type.get("Condition", ()), *subject.by_type.get("ForEach", ())):
        for branch in step.branches:
            listed = step.arguments[branch]
            if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
                yield Finding(
                    "shape", "it must be a list of steps, which are objects", step.name, f"Arguments.{branch}"
                )


def nested_conditions(subject: Subject) -> Iterator[Finding]:
    """Conditions inside a condition: the developer guide says no, but AWS runs them; so it is a warning, once per tree.

    Source: a system test of Airflow's Amazon provider, which nests 31 of them and runs on AWS.
    """
    for step in subject.by_type.get("Condition", ()):
        inner = [each.name for each in step.descendants() if each is not step and each.type == "Condition"]
        if inner and not any(ancestor.type == "Condition" for ancestor in step.ancestors()):
            which = f"'{inner[0]}' and {len(inner) - 1} more are" if len(inner) > 1 else f"'{inner[0]}' is"
            text = (
                f"{which} nested in it: sources disagree on whether a condition can be; the developer "
                "guide says no, but the SDK writes it and it has run on AWS. '&' and '|' combine conditions as well"
            )
            yield Finding("nested-condition", text, step=step.name, level="warning")


def idle_conditions(subject: Subject) -> Iterator[Finding]:
    """A condition decides something: it has a step in a branch, or something waits for it or reads its outcome."""
    for step in subject.by_type.get("Condition", ()):
        if not any(step.branches.values()) and not subject.graph.successors(step.name):
            text = "it has no step in either branch and nothing waits for it, so it decides nothing"
            yield Finding("idle-condition", text, step=step.name, level="warning")


def for_each_bodies(subject: Subject) -> Iterator[Finding]:
    """For-each steps and references to them are valid, as ``loops`` defines it."""
    yield from loops.bodies(subject.definition)


def cycles(subject: Subject) -> Iterator[Finding]:
    """No step waits for itself, directly or by way of others."""
    for edge in subject.graph.edges:
        if edge.source == edge.target:
            where = "DependsOn" if edge.why.startswith("DependsOn") else edge.why
            text = "it waits for itself, so it would never start"
            yield Finding("self-dependency", text, edge.source, where)
    for cycle in subject.graph.cycles():
        if len(cycle) > 2:
            yield Finding("cycle", subject.graph.describe_cycle(cycle), step=cycle[0])
        elif (why := subject.graph.why(*cycle)).startswith("the body of"):
            text = f"it waits for the end of the for-each whose body it is in ({why})"
            yield Finding("cycle", text, step=cycle[0])
