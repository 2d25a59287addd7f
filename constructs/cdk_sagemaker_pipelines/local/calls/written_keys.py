"""The KMS keys that earlier steps of an execution encrypted their outputs with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...language.step_types import STEP_TYPES, Output
from .places import is_place, split

_OUTPUTS: tuple[Output, ...] = tuple(dict.fromkeys(one for row in STEP_TYPES.values() for one in row.outputs))


def written_with(properties: Mapping[str, Mapping[str, Any]], bucket: str, key: str) -> str | None:
    """The key that the step wrote with whose output an object or a prefix is in; None of any other place.

    ``properties``: the results of the steps before this one, by their names.
    """
    for name in properties:
        for place, holder, member in _places(properties[name]):
            there, below = split(place)
            if there == bucket and f"{key}/".startswith(f"{below.rstrip('/')}/" if below else ""):
                found = holder.get(member)
                return str(found) if found else None
    return None


def _places(described: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    for output in _OUTPUTS:
        for holder in _every(described, output.holder):
            if isinstance(holder, Mapping):
                for uri in _every(holder, output.uri):
                    if is_place(uri):
                        yield uri, holder, output.key


def _every(value: Any, path: str) -> Iterator[Any]:
    """What is at a path, in which ``[]`` stands for each element of a list."""
    name, _, rest = path.partition(".")
    found = value.get(name.removesuffix("[]")) if isinstance(value, Mapping) else None
    items = found if name.endswith("[]") and isinstance(found, list) else [found] if found is not None else []
    for item in items:
        if rest:
            yield from _every(item, rest)
        else:
            yield item
