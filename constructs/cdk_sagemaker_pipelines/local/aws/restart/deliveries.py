"""Events that moto brings to the targets of rules, without a call of its API."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from ...state.journal import Call, Journal
from ..repeating import repeatable
from ..sagemaker.bus import hand_over

DELIVERIES = "delivery"
"""The service of their calls in a journal."""


def kept_delivery(journal: Journal, told: Mapping[str, Any], work: Callable[[Mapping[str, Any]], None]) -> None:
    """Has an event brought to its target, and records that."""
    target = told["target"]["Arn"]
    call = Call(DELIVERIES, f"{told['rule']} to {target}", time.time(), secrets.token_bytes(32), dict(told))
    with repeatable(call.seed, call.moment):
        work(told)
    journal.add(call)


def deliver_again(call: Call) -> None:
    """Brings a recorded event to its target once more."""
    hand_over(call.request)
