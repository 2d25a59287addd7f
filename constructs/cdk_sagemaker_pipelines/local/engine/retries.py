"""Retry policies of a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

DEFAULT_ATTEMPTS = 5
DEFAULT_INTERVAL = 1.0
DEFAULT_BACKOFF = 2.0


class Retries:
    """How often a step has been retried under each of its policies, and when to try again.

    Our interpretation: ExpireAfterMin is the time since the first failure that the policy is about, and the next
    attempt must begin within it.
    A failing script is not one of the exception types, here as on AWS; locally they come from the local AWS
    (throttling, service faults) or from a scripted runner. What the service retries without a policy is not retried.
    """

    def __init__(self, policies: Sequence[Mapping[str, Any]]) -> None:
        self._policies = policies
        self._retried = [0] * len(policies)
        self._since: list[datetime | None] = [None] * len(policies)

    def delay(self, exception: str | None, now: datetime) -> float | None:
        """Seconds to wait before the next attempt after ``exception`` ("Step.THROTTLING"); None to give up."""
        for index, policy in enumerate(self._policies):
            if exception not in policy.get("ExceptionType", ()):
                continue
            interval = float(policy.get("IntervalSeconds", DEFAULT_INTERVAL))
            seconds = interval * float(policy.get("BackoffRate", DEFAULT_BACKOFF)) ** self._retried[index]
            since = self._since[index] = self._since[index] or now
            if "ExpireAfterMin" in policy:
                over = (now - since).total_seconds() + seconds > 60 * float(policy["ExpireAfterMin"])
            else:
                over = self._retried[index] >= int(policy.get("MaxAttempts", DEFAULT_ATTEMPTS))
            if over:
                return None
            self._retried[index] += 1
            return seconds
        return None
