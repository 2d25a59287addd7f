"""Times for pages: absolute, to the second, with their zone."""

from __future__ import annotations

from datetime import datetime


def absolute(when: datetime | None) -> str:
    """``2026-11-30 14:05:09 UTC+01:00``, in the time zone of this machine; an empty text for None."""
    if when is None:
        return ""
    here = when.astimezone()
    zone = f"{here:%z}"
    return f"{here:%Y-%m-%d %H:%M:%S} " + ("UTC" if zone == "+0000" else f"UTC{zone[:3]}:{zone[3:5]}")
