"""JSON that others wrote: what Python cannot read of it is an error of the text, however it is broken."""

from __future__ import annotations

import json
import math
from typing import Any


def parsed(text: str | bytes, *, finite: bool = False) -> Any:
    """The value. Raises ``ValueError`` for what is not JSON, and for what nests deeper than Python can read.

    ``finite``: whether it is also raised for NaN and infinities, and for numbers that Python would take for them.
    """
    try:
        return json.loads(text, **_FINITE) if finite else json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text} is too large for a number")
    return value


_FINITE: dict[str, Any] = {"parse_constant": _no_number, "parse_float": _finite}
