"""Plain data as JSON text: JSON's own types, and times and bytes under names of ours."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

_TIME, _BYTES, _ITSELF = "smpipe:time", "smpipe:bytes", "smpipe:itself"
"""The keys that mark what is no JSON, alone in an object; ``_ITSELF`` marks an object that only looks like one."""
_MARKS = (_TIME, _BYTES, _ITSELF)
_DEEPEST = 200
"""How deeply data may nest: what is kept can be read again."""


def dumped(value: Any) -> str:
    """The text of plain data. Raises ``TypeError`` for anything else, and for what nests deeper than 200."""
    return json.dumps(_marked(value, _DEEPEST), separators=(",", ":"))


def _marked(value: Any, deepest: int) -> Any:
    if value is None or isinstance(value, (str, int, float)):
        return value
    if not deepest:
        raise TypeError("a state keeps nothing that is nested so deeply")
    if isinstance(value, Mapping):
        marked = {key: _marked(item, deepest - 1) for key, item in value.items()}
        return {_ITSELF: marked} if _is_mark(marked) else marked
    if isinstance(value, (list, tuple)):
        return [_marked(item, deepest - 1) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, datetime):
        return {_TIME: value.isoformat()}
    if isinstance(value, bytes):
        return {_BYTES: base64.b64encode(value).decode()}
    raise TypeError(f"a state keeps plain data only, found {type(value).__name__}")


def loaded(text: str) -> Any:
    """The data of which ``dumped`` made a text. Raises ``ValueError`` for any other text."""
    try:
        return _unmarked(json.loads(text))
    except (TypeError, AttributeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _unmarked(value: Any) -> Any:
    if isinstance(value, list):
        return [_unmarked(item) for item in value]
    if not isinstance(value, dict):
        return value
    if not _is_mark(value):
        return {key: _unmarked(item) for key, item in value.items()}
    ((mark, held),) = value.items()
    if mark == _TIME:
        return datetime.fromisoformat(held)
    if mark == _BYTES:
        return base64.b64decode(held, validate=True)
    return {key: _unmarked(item) for key, item in held.items()}


def _is_mark(value: Mapping[Any, Any]) -> bool:
    return len(value) == 1 and next(iter(value)) in _MARKS
