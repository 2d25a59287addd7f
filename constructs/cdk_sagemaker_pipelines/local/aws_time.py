"""How a local AWS says what time it is there, if it is later than on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

HEADER = "x-smpipe-time"
"""The header of its answers."""


def ahead(headers: Mapping[str, str]) -> timedelta:
    """How far ahead of this machine an AWS is, by the headers of its answer, in lower case."""
    told = headers.get(HEADER)
    try:
        return timedelta(0) if told is None else datetime.fromisoformat(told) - datetime.now(timezone.utc)
    except (ValueError, TypeError):
        return timedelta(0)
