"""The rules for for-each steps: what a body may contain, what can be read from its item, and from its results outside.

Source: the SageMaker SDK from 3.27 on, which documents what the service refuses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from .definition import BODY, Definition, StepView
from .errors import an, choices, did_you_mean
from .findings import Finding
from .references import Reference
from .step_types import row_of

FIELD = "Arguments.Selector.Field"


class PropertyModel(Protocol):
    """What the service's model says about properties."""

    def check_property(self, step_type: str, path: tuple[str | int, ...]) -> str | None:
        """What is wrong with a property path, or None."""
        ...


def loop_of(step: StepView) -> StepView | None:
    """The for-each whose body a step is in."""
    for inner in (step, *step.ancestors()):
        if inner.branch == BODY:
            return inner.parent
    return None


def result_of(step: StepView, path: tuple[str | int, ...]) -> tuple[StepView, tuple[str | int, ...]] | None:
    """The step of the body that a for-each's result comes from, and the path below it; None for any other path.

    ``IterationOutputs[0].Train.A`` is ``A`` of ``Train``, and so is ``Selected.A`` where the selector compares it.
    """
    name: Any = None
    if path[:1] == ("IterationOutputs",) and len(path) > 2:
        name, below = path[2], path[3:]
    elif path[:1] == ("Selected",):
        field = _field(step)
        name, below = field.name if field else None, path[1:]
    for inner in step.body:
        if inner.name == name:
            return inner, below
    return None


def source_of(definition: Definition, get: Any) -> tuple[StepView, tuple[str | int, ...]] | None:
    """The step that a ``Get`` reads, and the path in it; of a for-each's result the step of the body. Else None."""
    reference = Reference.of(get)
    step = definition.find(reference.name) if reference is not None and reference.kind == "Steps" else None
    if reference is None or step is None:
        return None
    return result_of(step, reference.path) or (step, reference.path)


def bodies(definition: Definition) -> Iterator[Finding]:
    """A body has no condition, fail or for-each step; a name covers all its runs; a selector reads an output."""
    names = {step.name: step for step in definition.all_steps()}
    for step in definition.all_steps():
        loop = loop_of(step)
        if loop is not None and step.branch == BODY and not row_of(step.type).in_a_body:
            text = f"{an(step.type)} step cannot be in the body of a for-each, as it is in '{loop.name}'"
            yield Finding("for-each-body", text, step=step.name)
        head, dash, number = step.name.rpartition("-")
        other = names.get(head) if dash and number.isascii() and number.isdigit() else None
        around = loop_of(other) if other is not None else None
        if around is not None:
            text = f"it has the name of a run: '{head}' is in the body of for-each '{around.name}' and runs as "
            yield Finding("duplicate-step", f"{text}'{head}-0', '{head}-1' and so on", step=step.name, where="Name")
        selector = step.arguments.get("Selector")
        if step.type == "ForEach" and isinstance(selector, dict) and _field(step) is None:
            text = "it must read an output of a body's step, IterationOutput.<step>.<path>, not"
            yield Finding("for-each-selector", f"{text} {selector.get('Field')!r}", step=step.name, where=FIELD)


def item_problem(
    definition: Definition, model: PropertyModel | None, reference: Reference, where: str, step: StepView | None
) -> str | None:
    """What is wrong with a ``ForEach`` or ``IterationOutput`` reference at ``where`` in a step."""
    if reference.kind == "ForEach":
        if reference.name != "CurrentItem":
            return "but a for-each only provides 'ForEach.CurrentItem'"
        if step is None or loop_of(step) is None:
            return "but it is not in the body of a for-each, and only there is a current item"
        return None
    if step is None or step.type != "ForEach" or where != FIELD:
        return "which only the selector of a for-each can do"
    names = [inner.name for inner in step.body]
    if reference.name not in names:
        return f"but the body has no step '{reference.name}'" + (
            did_you_mean(reference.name, names) or f"; it has {choices(names)}"
        )
    if not reference.path:
        return f"but must read one of the properties of '{reference.name}'"
    return _property(model, definition.step(reference.name), reference.path)


def result_problem(model: PropertyModel | None, step: StepView, reference: Reference) -> str | None:
    """What is wrong with a reference to a for-each's results."""
    path = reference.path
    names = [inner.name for inner in step.body]
    result = result_of(step, path)
    if path[:1] == ("IterationOutputs",):
        if len(path) < 4 or not isinstance(path[1], int):
            return "but results are read as IterationOutputs[0].<step of the body>.<property>"
        if result is None:
            return f"but the body of '{step.name}' has no step '{path[2]}'" + (
                did_you_mean(str(path[2]), names) or f"; it has {choices(names)}"
            )
        items = step.arguments.get("IterableItems")
        if isinstance(items, list) and path[1] >= len(items):
            return f"but '{step.name}' has {len(items)} items, counted from 0"
    if path[:1] == ("Selected",) and result is None:
        return f"but '{step.name}' has no selector"
    return _property(model, *result) if result else _property(model, step, path)


def outside_problem(step: StepView | None, target: StepView) -> str | None:
    """What is wrong when a step reads or waits for another: from outside, the runs of a body cannot be told apart."""
    loop = loop_of(target)
    if loop is None or (step is not None and loop_of(step) is loop):
        return None
    return f"'{target.name}' is in the body of for-each '{loop.name}' and runs once per item"


def _property(model: PropertyModel | None, step: StepView, path: tuple[str | int, ...]) -> str | None:
    problem = model.check_property(step.type, path) if model is not None and path else None
    return f"but {problem}" if problem else None


def _field(step: StepView) -> Reference | None:
    """What the selector compares."""
    selector = step.arguments.get("Selector")
    field = selector.get("Field") if isinstance(selector, dict) else None
    reference = Reference.of(field.get("Get")) if isinstance(field, dict) else None
    return reference if reference is not None and reference.kind == "IterationOutput" else None
