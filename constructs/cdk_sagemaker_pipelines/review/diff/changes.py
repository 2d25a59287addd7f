"""The differences in meaning between two definitions: the order of keys, steps and dependencies does not matter."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, Generic, NamedTuple, TypeVar

from ...language import Definition, StepView, is_expression_json
from ...language.definition import COMPLETED
from ...language.expressions import MISSING
from ...language.later import dataclass, later_pattern
from ..links import links

T = TypeVar("T")


class Change(NamedTuple):
    """A value that differs; ``MISSING`` if one side has none."""

    path: str
    old: Any
    new: Any


class Wait(NamedTuple):
    """A step that waits for another, and for which of its end states."""

    step: str
    waits_for: str
    trigger: str


class Position(NamedTuple):
    """A step's type, and where it is: ``the top`` or ``IfSteps of 'Check'``."""

    type: str
    inside: str


@dataclass(frozen=True)
class Items(Generic[T]):
    """The parameters or steps that differ, by name."""

    added: Mapping[str, T] = field(default_factory=dict)
    removed: Mapping[str, T] = field(default_factory=dict)
    changed: Mapping[str, Sequence[Change]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True)
class Difference:
    """All differences; false if there are none."""

    document: Sequence[Change] = ()
    """Changes of the definition's own keys, other than its parameters and steps."""
    parameters: Items[Any] = field(default_factory=Items)
    """With the declarations of those that were added or removed."""
    steps: Items[Position] = field(default_factory=Items)
    moved: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Where a step was before, and where it is after."""
    waits_added: Sequence[Wait] = ()
    waits_removed: Sequence[Wait] = ()
    """Without those of removed steps."""

    def __bool__(self) -> bool:
        return bool(
            self.document or self.parameters or self.steps or self.moved or self.waits_added or self.waits_removed
        )


def diff(old: Definition, new: Definition) -> Difference:
    """Compares two definitions. If a name occurs several times, the second is called ``Name (2)``."""
    before, after = _named(old.all_steps()), _named(new.all_steps())
    both = [name for name in before if name in after]
    inside = {name: (_inside(before[name]), _inside(after[name])) for name in both}
    waits_before, waits_after = _waits(old), _waits(new)
    return Difference(
        document=list(_compared("", _head(old), _head(new))),
        parameters=_parameters(_declared(old), _declared(new)),
        steps=Items(
            {name: Position(step.type, _inside(step)) for name, step in after.items() if name not in before},
            {name: Position(step.type, _inside(step)) for name, step in before.items() if name not in after},
            _changed({name: _step_changes(before[name], after[name]) for name in both}),
        ),
        moved={name: places for name, places in inside.items() if places[0] != places[1]},
        waits_added=[wait for wait in waits_after if wait not in waits_before],
        waits_removed=[wait for wait in waits_before if wait not in waits_after and wait.step in after],
    )


def value_changes(path: str, old: Any, new: Any) -> list[Change]:
    """The differences between two values at a path."""
    return list(_compared(path, old, new))


def _parameters(old: Mapping[str, Any], new: Mapping[str, Any]) -> Items[Any]:
    return Items(
        {name: declared for name, declared in new.items() if name not in old},
        {name: declared for name, declared in old.items() if name not in new},
        _changed({name: list(_compared("", old[name], new[name])) for name in old if name in new}),
    )


def _changed(changes: Mapping[str, list[Change]]) -> dict[str, list[Change]]:
    return {name: found for name, found in changes.items() if found}


# -- what is compared


def _head(definition: Definition) -> dict[str, Any]:
    """The definition without what is compared by name; an empty list counts as none."""
    head = dict(definition.json)
    for key in ("Parameters", "Steps"):
        if _unnamed(head.get(key, [])) == []:
            head.pop(key, None)
        else:
            head[key] = _unnamed(head[key])
    return head


def _unnamed(value: Any) -> Any:
    """The entries of a list of parameters or steps that are neither; the whole value if it is not a list."""
    return [item for item in value if not isinstance(item, Mapping)] if isinstance(value, list) else value


def _declared(definition: Definition) -> dict[str, Any]:
    listed = definition.json.get("Parameters")
    items = [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
    return _unique((str(item.get("Name", "")), item) for item in items)


def _named(steps: Iterable[StepView]) -> dict[str, StepView]:
    return _unique((step.name, step) for step in steps)


def _unique(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    count: dict[str, int] = {}
    for name, item in items:
        count[name] = count.get(name, 0) + 1
        found[name if count[name] == 1 else f"{name} ({count[name]})"] = item
    return found


def _step_changes(old: StepView, new: StepView) -> list[Change]:
    """The changes of a step, without the steps inside it; dependencies are a set."""
    before, after = _dependencies(old), _dependencies(new)
    return [
        *_compared("", _own(old), _own(new)),
        *(Change("DependsOn", MISSING, entry) for key, entry in after.items() if key not in before),
        *(Change("DependsOn", entry, MISSING) for key, entry in before.items() if key not in after),
    ]


def _own(step: StepView) -> dict[str, Any]:
    own = {key: value for key, value in step.json.items() if key != "DependsOn" or not isinstance(value, list)}
    if isinstance(own.get("Arguments"), Mapping):
        inner = {branch: _unnamed(step.arguments[branch]) for branch in step.branches}
        own["Arguments"] = {**step.own_arguments, **{branch: rest for branch, rest in inner.items() if rest != []}}
    return own


def _dependencies(step: StepView) -> dict[str, Any]:
    """The entries of ``DependsOn``; a bare name is the same as one with the trigger ``Completed``."""
    listed = step.json.get("DependsOn")
    return {
        f'{{"Step": {json.dumps(entry)}, "Trigger": "{COMPLETED}"}}'
        if isinstance(entry, str)
        else json.dumps(entry, sort_keys=True): entry
        for entry in (listed if isinstance(listed, list) else [])
    }


def _inside(step: StepView) -> str:
    return "the top" if step.parent is None else f"{step.branch} of '{step.parent.name}'"


def _waits(definition: Definition) -> dict[Wait, None]:
    """Which step waits for which, by data or ``DependsOn``; waiting for the step around it is part of the position."""
    return {
        Wait(link.target, link.source, link.trigger): None for link in links(definition) if not link.branch or link.data
    }


# -- how values are compared


def _compared(path: str, old: Any, new: Any) -> Iterator[Change]:
    if is_expression_json(old) or is_expression_json(new):
        if not _same(old, new):
            yield Change(path, old, new)
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            if not _is_default(path, key, {**old, **new}[key]) or (key in old and key in new):
                yield from _compared(f"{path}.{key}" if path else key, old.get(key, MISSING), new.get(key, MISSING))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _compared_lists(path, old, new)
    elif not _same(old, new):
        yield Change(path, old, new)


_MANAGED = later_pattern(r"Arguments\.(ProcessingInputs|ProcessingOutputConfig\.Outputs)\[[^\]]*\]")


def _is_default(path: str, key: str, value: Any) -> bool:
    """Whether a member that says so means as much as none (the API's ``ProcessingInput`` and ``ProcessingOutput``)."""
    return key == "AppManaged" and value is False and _MANAGED.fullmatch(path) is not None


def _compared_lists(path: str, old: list[Any], new: list[Any]) -> Iterator[Change]:
    """Compares elements by name if all have one, else by index."""
    key = _key([*old, *new])
    if key is not None:
        before, after = {item[key]: item for item in old}, {item[key]: item for item in new}
        if len(before) == len(old) and len(after) == len(new):
            for name in dict.fromkeys([*before, *after]):
                yield from _compared(f"{path}['{name}']", before.get(name, MISSING), after.get(name, MISSING))
            order = [name for name in before if name in after], [name for name in after if name in before]
            if order[0] != order[1]:
                yield Change(path, *order)
            return
    yield from _compared_by_place(path, old, new)


def _compared_by_place(path: str, old: list[Any], new: list[Any]) -> Iterator[Change]:
    """Compares the elements between the equal ones at both ends, one by one."""
    start = 0
    while start < min(len(old), len(new)) and _same(old[start], new[start]):
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and _same(old[-1 - end], new[-1 - end]):
        end += 1
    for index in range(start, max(len(old), len(new)) - end):
        left = old[index] if index < len(old) - end else MISSING
        right = new[index] if index < len(new) - end else MISSING
        yield from _compared(f"{path}[{index}]", left, right)


def _key(items: list[Any]) -> str | None:
    """The member that names the elements: ``Key`` or one that ends in ``Name``, a string in all of them."""
    first = items[0] if items and all(isinstance(item, Mapping) for item in items) else {}
    for key in first:
        if (key == "Key" or key.endswith("Name")) and all(isinstance(item.get(key), str) for item in items):
            return str(key)
    return None


def _same(old: Any, new: Any) -> bool:
    """Equal as JSON: true is not 1. Texts are equal however they are joined."""
    old, new = _told(old), _told(new)
    if isinstance(old, _Joined) or isinstance(new, _Joined):
        return isinstance(old, _Joined) and isinstance(new, _Joined) and _same(old.parts, new.parts)
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return old.keys() == new.keys() and all(_same(value, new[key]) for key, value in old.items())
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_same, old, new))
    return isinstance(old, bool) == isinstance(new, bool) and bool(old == new)


class _Joined(NamedTuple):
    """What a ``Std:Join`` joins: texts that meet are one, and joins in it are what they join."""

    parts: list[Any]


def _told(value: Any) -> Any:
    """A join by its parts, or as the text that it is where it joins nothing else; anything else as it is."""
    content = value.get("Std:Join") if isinstance(value, Mapping) and len(value) == 1 else None
    on, values = (content.get("On", ""), content.get("Values")) if isinstance(content, Mapping) else (None, None)
    if not isinstance(on, str) or not isinstance(values, list):
        return value
    found: list[Any] = [""]
    for index, item in enumerate(values):
        inner = _told(item)
        for part in [on] * (index > 0) + (inner.parts if isinstance(inner, _Joined) else [inner]):
            text = str(part) if isinstance(part, int) and not isinstance(part, bool) else part
            if isinstance(text, str) and isinstance(found[-1], str):
                found[-1] += text
            else:
                found.append(text)
    return found[0] if len(found) == 1 else _Joined([part for part in found if part != ""])
