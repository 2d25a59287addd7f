"""Plain data as JSON text: JSON's own types, and times and bytes under names that no AWS API uses."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

_TIME, _BYTES = "smpipe:time", "smpipe:bytes"


def dumped(value: Any) -> str:
    """The text of plain data. Raises ``TypeError`` for anything else."""
    return json.dumps(value, default=_marked, separators=(",", ":"))


def loaded(text: str) -> Any:
    """The data of which ``dumped`` made a text."""
    return json.loads(text, object_hook=_unmarked)


def _marked(value: Any) -> Any:
    if isinstance(value, datetime):
        return {_TIME: value.isoformat()}
    if isinstance(value, bytes):
        return {_BYTES: base64.b64encode(value).decode()}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"a state keeps plain data only, found {type(value).__name__}")


def _unmarked(value: dict[str, Any]) -> Any:
    if len(value) == 1:
        if _TIME in value:
            return datetime.fromisoformat(value[_TIME])
        if _BYTES in value:
            return base64.b64decode(value[_BYTES])
    return value
