"""When two definitions mean the same: what says nothing, which lists go by names or are sets, how texts are joined."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

NAMED_BY: Mapping[str, tuple[str, ...]] = {
    "Steps": ("Name",),
    "IfSteps": ("Name",),
    "ElseSteps": ("Name",),
    "ForEachBody": ("Name",),
    "Parameters": ("Name",),
    "ProcessingInputs": ("InputName",),
    "Outputs": ("OutputName",),
    # AutoML's channels have a type alone
    "InputDataConfig": ("ChannelName", "ChannelType"),
    "PropertyFiles": ("PropertyFileName",),
    "MetricDefinitions": ("Name",),
    "Tags": ("Key",),
    "IntegerParameterRanges": ("Name",),
    "ContinuousParameterRanges": ("Name",),
    "CategoricalParameterRanges": ("Name",),
    "TrainingJobDefinitions": ("DefinitionName",),
}
"""The members whose elements are looked up by name, so that their order says nothing, and what names an element."""

SETS = frozenset({"DependsOn", "Subnets", "SecurityGroupIds"})
"""The members whose elements have no order."""

ABSENT = "(absent)"
"""What stands in ``differences`` where one of two has nothing."""

_EMPTY = frozenset(
    {"Metadata", "Bias", "Explainability", "Environment", "Parameters", "Steps", "IfSteps", "ElseSteps", "ForEachBody"}
)


def says_nothing(holder: str, name: str, value: Any) -> bool:
    """Whether a member with this value means the same as none. ``holder``: the member that its object stands in."""
    return (
        # false is the API's default: the paths are SageMaker's to fill
        (name == "AppManaged" and value is False and holder in ("ProcessingInputs", "Outputs"))
        # null and absence both mean: no experiment, and no MLflow
        or (name in ("PipelineExperimentConfig", "MlflowConfig") and value is None and not holder)
        # no range of a kind
        or (name.endswith("ParameterRanges") and value in ({}, []))
        # what has no members or steps asks for nothing; the SDK writes it for what is not given
        or (name in _EMPTY and value in ({}, []))
        # the guide: with neither, the service tries 5 times
        or (name == "MaxAttempts" and value == 5 and holder == "RetryPolicies")
        # what the API takes where nothing is said: the model is validated
        or (name == "SkipModelValidation" and value == "None" and holder == "Arguments")
    )


def names(key: str, items: Sequence[Any]) -> list[str] | None:
    """What the elements of a list are looked up by; None if the list has an order or does not name all of them."""
    by = NAMED_BY.get(key, ())
    if not by or not all(isinstance(item, Mapping) for item in items):
        return None
    found = [next((item[each] for each in by if item.get(each)), None) for item in items]
    texts = [name for name in found if isinstance(name, str)]
    return texts if len(set(texts)) == len(items) else None


def same(one: Any, other: Any, key: str = "") -> bool:
    """Whether two values of the member with this key mean the same."""
    return next(differences(meaning(one, key), meaning(other, key)), None) is None


def meaning(value: Any, key: str = "") -> Any:
    """A definition, or the value of the member with this key, in the one form that all of its meaning have."""
    if isinstance(value, Mapping):
        return _object(value, key)
    if isinstance(value, (list, tuple)):
        named = names(key, value)
        # an element that is a list has no name that says what it is
        items = [meaning(item, key if isinstance(item, Mapping) else "") for item in value]
        if named is not None:
            return dict(zip(named, items, strict=True))
        return sorted(items, key=lambda item: json.dumps(item, sort_keys=True, default=str)) if key in SETS else items
    return value


def differences(one: Any, other: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two meanings differ, as deep as possible: a path, what the one has there, and what the other."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in dict.fromkeys([*one, *other]):
            here = f"{path}.{key}" if path else str(key)
            yield from differences(one.get(key, ABSENT), other.get(key, ABSENT), here)
    elif not _equal(one, other):
        yield path, one, other


def _equal(one: Any, other: Any) -> bool:
    """Equal as JSON: true is not 1, but 1 is 1.0."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_equal(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def _object(value: Mapping[str, Any], key: str) -> Any:
    if value.keys() == {"Get"}:
        return value
    if value.keys() == {"Std:Join"}:
        parts = _parts(value)
        # a join of one reference alone stays a join: it turns a number into a text
        return parts[0] if len(parts) == 1 and isinstance(parts[0], str) else {"Std:Join": parts}
    members = {name: meaning(item, name) for name, item in value.items()}
    return {name: item for name, item in members.items() if not says_nothing(key, name, item)}


def _parts(value: Any) -> list[Any]:
    """What makes up a text: how a ``Std:Join`` groups and separates its parts does not change it."""
    join = value.get("Std:Join") if isinstance(value, Mapping) and len(value) == 1 else None
    on, values = (join.get("On", ""), join.get("Values")) if isinstance(join, Mapping) else (None, None)
    if not isinstance(on, str) or not isinstance(values, (list, tuple)):
        return [value if isinstance(value, Mapping) and "Std:Join" in value else meaning(value)]
    found: list[Any] = [""]
    for index, item in enumerate(values):
        for part in [on] * (index > 0) + _parts(item):
            # a number in a join is written as text
            text = str(part) if isinstance(part, (int, float)) and not isinstance(part, bool) else part
            if isinstance(text, str) and isinstance(found[-1], str):
                found[-1] += text
            else:
                found.append(text)
    return [part for part in found if part != ""] or [""]
