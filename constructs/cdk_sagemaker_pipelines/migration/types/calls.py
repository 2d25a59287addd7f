"""Callbacks and functions."""

from __future__ import annotations

from typing import Any

from ...notation.nodes import SKIP
from ..request import (
    Request,
    dicts,
    existing,
)


def _call(request: Request) -> dict[str, Any]:
    outputs = {one.get("OutputName"): one.get("OutputType") for one in dicts(request.step.get("OutputParameters"))}
    return {"inputs": dict(request.arguments) or None, "outputs": outputs or None}


_queue = existing("queue", r"https://sqs\.[a-z0-9\-]+\.amazonaws\.com(\.cn)?/\d{12}/[A-Za-z0-9\-_.]+")
_function = existing("function", r"arn:[^:]+:lambda:[^:]+:[^:]*:function:.+")


def callback(request: Request) -> dict[str, Any]:
    """Those of a ``CallbackStep``."""
    queue = _queue(request.step.get("SqsQueueUrl"))
    return {**_call(request), "queue": None if queue is SKIP else queue}


def lambda_(request: Request) -> dict[str, Any]:
    """Those of a ``LambdaStep``."""
    function = _function(request.step.get("FunctionArn"))
    return {**_call(request), "function": None if function is SKIP else function}
