"""The places in S3 that the code of a step reads or writes, and that are not in the step's arguments."""

from __future__ import annotations

from typing import Any, NamedTuple


class CodePlace(NamedTuple):
    """A place that a step's code reads or writes. ``where``: the field that says so. ``uri``: as JSON."""

    step: str
    where: str
    uri: Any
    is_written: bool
