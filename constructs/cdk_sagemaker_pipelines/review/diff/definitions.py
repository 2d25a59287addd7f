"""The differences in meaning between two definitions: the order of keys, steps and dependencies does not matter."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from ...language import Definition, StepView
from ...language.definition import COMPLETED
from ...language.expressions import MISSING
from ..links import links
from .called_after import CalledAfter, called_after
from .renames import renamed, renames
from .values import Change, value_changes

T = TypeVar("T")


class Wait(NamedTuple):
    """A step that waits for another, and for which of its end states."""

    step: str
    waits_for: str
    trigger: str


@dataclass(frozen=True)
class Position:
    """A step's type, and where it is: ``the top`` or ``IfSteps of 'Check'``."""

    type: str
    inside: str
    step: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """The step without those inside it."""


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
    """All differences; false if there are none. A step with a new name goes by that."""

    document: Sequence[Change] = ()
    """Changes of the definition's own keys, other than its parameters and steps."""
    parameters: Items[Any] = field(default_factory=Items)
    """With the declarations of those that were added or removed."""
    steps: Items[Position] = field(default_factory=Items)
    renamed: Mapping[str, str] = field(default_factory=dict)
    """The new names of steps by their old ones."""
    following: Mapping[str, Sequence[Change]] = field(default_factory=dict)
    """By step, what only differs since a step or the pipeline has a new name: places that are called after it."""
    moved: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Where a step was before, and where it is after."""
    waits_added: Sequence[Wait] = ()
    waits_removed: Sequence[Wait] = ()
    """Without those of removed steps."""

    def __bool__(self) -> bool:
        return bool(
            self.document
            or self.parameters
            or self.steps
            or self.renamed
            or self.moved
            or self.waits_added
            or self.waits_removed
        )


def diff(old: Definition, new: Definition, known: CalledAfter | None = None) -> Difference:
    """Compares two definitions. If a name occurs several times, the second is called ``Name (2)``.

    ``known``: what is known of the pipeline's own names besides.
    """
    names = renames(old, new)
    called = called_after(old, names, CalledAfter() if known is None else known)
    if names:
        old = Definition(renamed(old.json, names), old.repetitions)
    before, after = _named(old.all_steps()), _named(new.all_steps())
    both = [name for name in before if name in after]
    inside = {name: (_inside(before[name]), _inside(after[name])) for name in both}
    waits_before, waits_after = _waits(old), _waits(new)
    changes = {name: _step_changes(before[name], after[name]) for name in both}
    own = {
        name: [change for change in found if not called.follows(change, CalledAfter.places)]
        for name, found in changes.items()
    }
    following = {name: [change for change in found if change not in own[name]] for name, found in changes.items()}
    return Difference(
        document=value_changes("", _head(old), _head(new)),
        parameters=_parameters(_declared(old), _declared(new)),
        steps=Items(
            {name: _position(step) for name, step in after.items() if name not in before},
            {name: _position(step) for name, step in before.items() if name not in after},
            _changed(own),
        ),
        renamed=names,
        following=_changed(following),
        moved={name: places for name, places in inside.items() if places[0] != places[1]},
        waits_added=[wait for wait in waits_after if wait not in waits_before],
        waits_removed=[wait for wait in waits_before if wait not in waits_after and wait.step in after],
    )


def _parameters(old: Mapping[str, Any], new: Mapping[str, Any]) -> Items[Any]:
    return Items(
        {name: declared for name, declared in new.items() if name not in old},
        {name: declared for name, declared in old.items() if name not in new},
        _changed({name: value_changes("", old[name], new[name]) for name in old if name in new}),
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
        *value_changes("", _own(old), _own(new)),
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


def _position(step: StepView) -> Position:
    return Position(step.type, _inside(step), step.own_json)


def _inside(step: StepView) -> str:
    return "the top" if step.parent is None else f"{step.branch} of '{step.parent.name}'"


def _waits(definition: Definition) -> dict[Wait, None]:
    """Which step waits for which, by data or ``DependsOn``; waiting for the step around it is part of the position."""
    return {
        Wait(link.target, link.source, link.trigger): None for link in links(definition) if not link.branch or link.data
    }
