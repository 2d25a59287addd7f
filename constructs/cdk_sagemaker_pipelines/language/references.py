"""What expressions in the JSON of a definition refer to: ``{"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from .errors import PipelineError, choices
from .paths import parse_path


class Reference(NamedTuple):
    """A parsed ``Get``: ``kind`` is the text before the first dot, ``name`` the parameter, variable or step."""

    get: str
    kind: str
    name: str = ""
    path: tuple[str | int, ...] = ()

    @staticmethod
    def parse(get: Any) -> Reference:
        """Parses ``Steps.Train.A['b'][0]``; raises ``PipelineError`` when it is not in one of the service's forms."""
        if not isinstance(get, str):
            raise PipelineError(f"Get must be a text such as 'Parameters.Name', not {get!r}")
        kind, _, rest = get.partition(".")
        if kind not in REFERENCE_KINDS or (not rest and kind != "ForEach"):
            raise PipelineError(
                f"{get!r} is not a reference; allowed are {choices(f'{k}.<name>' for k in REFERENCE_KINDS)}"
            )
        return _reference(get, kind, rest)

    @staticmethod
    def of(get: Any) -> Reference | None:
        """As ``parse``; None for what is not in one of the service's forms, which is for one rule to report."""
        try:
            return Reference.parse(get)
        except PipelineError:
            return None


@lru_cache(4096)
def _reference(get: str, kind: str, rest: str) -> Reference:
    match = re.match(r"[A-Za-z0-9_\-]+", rest)
    name = match.group(0) if match else ""
    return Reference(get, kind, name, parse_path(rest[len(name) :]))


REFERENCE_KINDS: Final = ("Parameters", "Execution", "PipelineExperimentConfig", "Steps", "ForEach", "IterationOutput")


_PLAIN = (str, int, float, type(None))
_NO_OBJECTS = (*_PLAIN, list, tuple)
"""What most values are: to ask of one whether it is a mapping takes long."""


Objects = list[tuple[str, Mapping[str, Any]]]
"""Objects with where they are."""


def objects(value: Any) -> Objects:
    """Every object in a JSON value, each before those in it; a ``{"Get": ...}`` as a whole."""
    found: Objects = []
    _collect(value, "", found)
    return found


def gets_of(found: Objects) -> list[tuple[str, Any]]:
    """Every ``{"Get": ...}`` among objects: where it is, and the text of the ``Get``."""
    return [(where, each["Get"]) for where, each in found if len(each) == 1 and "Get" in each]


def references(value: Any) -> list[tuple[str, Any]]:
    """Every ``{"Get": ...}`` in a JSON value: where it is, and the text of the ``Get``."""
    return gets_of(objects(value))


def _collect(value: Any, path: str, found: Objects) -> None:
    if isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            if not isinstance(item, _PLAIN):
                _collect(item, f"{path}[{index}]", found)
    elif isinstance(value, (dict, Mapping)):
        found.append((path, value))
        if len(value) == 1 and "Get" in value:
            return
        for key, item in value.items():
            if not isinstance(item, _PLAIN):
                _collect(item, f"{path}.{key}" if path else str(key), found)


def is_expression_json(value: Any) -> bool:
    """Whether a JSON value is one that the service substitutes: a ``Get`` or a ``Std:`` function."""
    if isinstance(value, _NO_OBJECTS) or not isinstance(value, (dict, Mapping)):
        return False
    return len(value) == 1 and next(iter(value)) in ("Get", "Std:Join", "Std:JsonGet")
