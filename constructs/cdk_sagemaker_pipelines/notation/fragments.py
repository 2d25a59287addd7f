"""What a text is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def fragments(value: Any) -> list[Any]:
    """What a text is made of: literal texts and expressions, in order; a value that is no join is the only one."""
    join = value.get("Std:Join") if isinstance(value, Mapping) and len(value) == 1 else None
    on, values = (join.get("On"), join.get("Values")) if isinstance(join, Mapping) else (None, None)
    if not isinstance(on, str) or not isinstance(values, (list, tuple)):
        return [value]
    found: list[Any] = []
    for index, item in enumerate(values):
        for part in [on] * bool(index) + fragments(item):
            text = str(part) if isinstance(part, (int, float)) and not isinstance(part, bool) else part
            if isinstance(text, str) and found and isinstance(found[-1], str):
                found[-1] += text
            elif text != "":
                found.append(text)
    return found or [""]


def joined(parts: Sequence[Any]) -> Any:
    """The text that is made of these."""
    return {"Std:Join": {"On": "", "Values": list(parts)}}
