"""Conditions, failures and loops."""

from __future__ import annotations

from typing import Any

from ...notation.nodes import Comparison
from ..request import (
    Request,
    dicts,
    plain,
    read,
)


def condition(request: Request) -> dict[str, Any]:
    """The fields of a ``ConditionStep``."""
    conditions = [Comparison(one) for one in dicts(request.at("Conditions"))]
    return {"condition": conditions[0] if len(conditions) == 1 else conditions}


def fail(request: Request) -> dict[str, Any]:
    """Those of a ``FailStep``."""
    message = request.at("ErrorMessage")
    return {} if message is None else {"message": message}


def for_each(request: Request) -> dict[str, Any]:
    """Those of a ``ForEachStep``."""
    return read(request.arguments, {"items": ("IterableItems", plain), "max_concurrency": ("MaxConcurrency", plain)})
