"""How a local AWS is asked to let a schedule start now, and what it answers.

The request is one that only reads, ``GetSchedule`` or ``DescribeRule``, with a header that no other AWS knows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

ASKED = "X-Smpipe-Fire"
"""The header of the request."""
ANSWER = "x-smpipe-fired"
"""The header of the answer."""
_LONGEST = 1000


@dataclass(frozen=True)
class Fired:
    """What became of one target."""

    target: str
    """Its ARN."""
    execution: str | None = None
    """The ARN of the execution that was started; None for a target that is not a pipeline, or was not reached."""
    error: str | None = None
    """Why it was not reached; None if it was."""
    dead_letter_queue: str | None = None
    """The ARN of the queue that its event went to, if it was not reached, is not tried again and has one."""
    next_try: str | None = None
    """When it is tried again, if it was not reached and that may help."""


def written(fired: list[Fired]) -> str:
    """The value of the header of the answer."""
    return json.dumps([{**asdict(one), "error": one.error and one.error[:_LONGEST]} for one in fired])


def read(headers: Mapping[str, str]) -> list[Fired] | None:
    """What the headers of an answer say; None if it did not come from a local AWS."""
    told = headers.get(ANSWER)
    if told is None:
        return None
    found: list[dict[str, Any]] = json.loads(told)
    return [Fired(**one) for one in found]
