"""JSON that others wrote: what Python cannot read of it is an error of the text, however it is broken."""

from __future__ import annotations

import json
from typing import Any


def parsed(text: str | bytes) -> Any:
    """The value. Raises ``ValueError`` for what is not JSON, and for what nests deeper than Python can read."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
