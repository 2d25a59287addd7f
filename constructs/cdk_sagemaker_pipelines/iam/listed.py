"""Members of policies, which IAM takes as a list or as the one element of it."""

from __future__ import annotations

from typing import Any


def listed(value: Any) -> list[Any]:
    """The elements; of nothing, none."""
    return value if isinstance(value, list) else [] if value is None else [value]
