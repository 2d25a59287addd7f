"""Times as a user writes them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from ..language import PipelineError

_AGO = re.compile(r"(\d+)\s*(m|min|h|d|w)")
_UNITS = {
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


def parse_time(text: str, now: datetime) -> datetime:
    """A time such as ``2026-11-30``, ``2026-11-30T08:00`` or ``2026-11-30T08:00Z``, or so long ago: ``12h``, ``7d``.

    Without a zone it is the time of this machine. Raises ``PipelineError``.
    """
    ago = _AGO.fullmatch(text.strip())
    try:
        if ago:
            return now - int(ago[1]) * _UNITS[ago[2]]
        return datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text.strip())).astimezone()
    except (ValueError, OverflowError) as error:
        raise PipelineError(
            f"{text!r} is not a time; write 2026-11-30, 2026-11-30T08:00, or how long ago: 30m, 12h, 7d"
        ) from error
