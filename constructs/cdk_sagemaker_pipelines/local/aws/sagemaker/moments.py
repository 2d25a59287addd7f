"""The time of what is recorded."""

from __future__ import annotations

from datetime import datetime, timezone


def now() -> datetime:
    """The current time, with its time zone."""
    return datetime.now(timezone.utc)
