"""For which step of which execution somebody asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Origin(NamedTuple):
    """The step of an execution whose job has a session."""

    execution_arn: str
    step: str
    note: Callable[[str], None]
    """Notes a text on the step."""
