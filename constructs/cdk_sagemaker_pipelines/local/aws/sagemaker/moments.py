"""The time of what is recorded."""

from __future__ import annotations

from datetime import datetime

from ..repeating import moment


def now() -> datetime:
    """The time of the request, with its time zone."""
    return moment()
