"""Events that moto puts into archives, without a call of its API."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from ...state.journal import Call, Journal
from ..events.bus import archived
from ..repeating import present, repeatable

DELIVERIES = "delivery"
"""The service of their calls in a journal."""


def kept_delivery(journal: Journal, told: Mapping[str, Any]) -> None:
    """Has an event archived, and records that."""
    call = Call(DELIVERIES, told["rule"], present(), secrets.token_bytes(32), dict(told))
    with repeatable(call.seed, call.moment):
        archived(told)
    journal.add(call)


def deliver_again(call: Call) -> None:
    """Has a recorded event archived once more."""
    archived(call.request)
