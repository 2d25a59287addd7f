"""Which steps of a definition are those of another under a new name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...language import Definition, PipelineError, Reference, StepView
from ...language.definition import BRANCHES
from ...language.meaning import meaning

_ALIKE = 0.5
"""Which share of a step must stay for it to be the same one under another name."""
_MOST_PAIRS = 20_000
"""More would take long, of two pipelines that have little in common."""
_ITSELF = "(this step)"
_CLEANED = {"StepName", "S3Uris"}
"""The members of what a step cleans up after another."""


def are_too_many(old: Definition, new: Definition) -> bool:
    """Whether so many steps only one definition has that ``renames`` does not look which of them are alike."""
    gone, come = _of_one(old, new)
    return len(gone) * len(come) > _MOST_PAIRS


def renames(old: Definition, new: Definition) -> dict[str, str]:
    """The steps that only one definition has and that are alike, by their old names."""
    gone, come = _of_one(old, new)
    if len(gone) * len(come) > _MOST_PAIRS:
        return {}
    leaves = {name: _masked(step) for name, step in gone.items()}
    others = {name: _masked(step) for name, step in come.items()}
    scores = sorted(
        (-_likeness(leaves[name], others[into]), order, place, name, into)
        for order, (name, step) in enumerate(gone.items())
        for place, (into, other) in enumerate(come.items())
        if step.type == other.type
    )
    found: dict[str, str] = {}
    for score, _, _, name, into in scores:
        if -score >= _ALIKE and name not in found and into not in found.values():
            found[name] = into
    return {name: found[name] for name in gone if name in found}


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """A definition in which steps have new names: where they are declared, read and waited for."""
    return {**_read_anew(value, names), "Steps": _steps(value.get("Steps"), names)} if names else value


def _steps(steps: Any, names: Mapping[str, str]) -> Any:
    return [_step(each, names) for each in steps] if isinstance(steps, list) else steps


def _step(step: Any, names: Mapping[str, str]) -> Any:
    if not isinstance(step, Mapping):
        return step
    found = _read_anew(step, names)
    if isinstance(step.get("Name"), str):
        found["Name"] = names.get(step["Name"], step["Name"])
    if isinstance(step.get("DependsOn"), list):
        found["DependsOn"] = [_waited_for(each, names) for each in found["DependsOn"]]
    if isinstance(step.get("Arguments"), Mapping):
        given = step["Arguments"]
        inside = {branch: _steps(given[branch], names) for branch in BRANCHES if branch in given}
        found["Arguments"] = {**found["Arguments"], **inside}
    return found


def _waited_for(entry: Any, names: Mapping[str, str]) -> Any:
    if isinstance(entry, Mapping) and isinstance(entry.get("Step"), str):
        return {**entry, "Step": names.get(entry["Step"], entry["Step"])}
    return names.get(entry, entry) if isinstance(entry, str) else entry


def _read_anew(value: Any, names: Mapping[str, str]) -> Any:
    """A value in which references, and what a step cleans up after, name steps by their new names."""
    if isinstance(value, Mapping):
        if value.keys() == {"Get"}:
            return {"Get": _get(value["Get"], names)}
        found = {key: _read_anew(item, names) for key, item in value.items()}
        if value.keys() == _CLEANED and isinstance(value["StepName"], str):
            found["StepName"] = names.get(value["StepName"], value["StepName"])
        return found
    return [_read_anew(item, names) for item in value] if isinstance(value, (list, tuple)) else value


def _loosely(value: Any, names: Mapping[str, str]) -> Any:
    """A value in whose texts steps have new names wherever these could be a part of a path."""
    if isinstance(value, str):
        return _pattern(tuple(names)).sub(lambda match: names[match[0]], value) if "/" in value else value
    if isinstance(value, Mapping):
        return {_loosely(key, names): _loosely(item, names) for key, item in value.items()}
    return [_loosely(item, names) for item in value] if isinstance(value, (list, tuple)) else value


def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?<![^/\s])(?:{words})(?=[/.}}*]|$)")


def _get(get: Any, names: Mapping[str, str]) -> Any:
    try:
        reference = Reference.parse(get)
    except PipelineError:
        return get
    if reference.kind in ("Steps", "IterationOutput") and reference.name in names:
        start = f"{reference.kind}.{reference.name}"
        return f"{reference.kind}.{names[reference.name]}{get.removeprefix(start)}"
    return get


def _of_one(old: Definition, new: Definition) -> tuple[dict[str, StepView], dict[str, StepView]]:
    """The steps that only the one definition has, and those that only the other has."""
    return (
        {name: step for name, step in _once(old).items() if name not in new.step_names},
        {name: step for name, step in _once(new).items() if name not in old.step_names},
    )


def _once(definition: Definition) -> dict[str, StepView]:
    steps = list(definition.all_steps())
    names = [step.name for step in steps]
    return {step.name: step for step in steps if names.count(step.name) == 1}


def _masked(step: StepView) -> Counter[tuple[tuple[str, ...], str]]:
    """The leaves of a step but its name and type; where it is called by its name, that is left open."""
    names = {step.name: _ITSELF}
    own = {key: value for key, value in step.own_json.items() if key not in ("Name", "Type")}
    return Counter(_leaves(meaning(_loosely(_step(own, names), names))))


def _likeness(one: Counter[Any], other: Counter[Any]) -> float:
    """The share of leaves that two steps have in common."""
    return (one & other).total() / max(one.total(), other.total(), 1)


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, str(key)))
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        for item in value:
            yield from _leaves(item, (*path, "[]"))
    else:
        yield path, repr(value)
