"""Which deliveries that failed are tried again, and when.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
https://repost.aws/knowledge-center/eventbridge-resolve-failedinvocation-errors: only 429 and 5xx
How EventBridge and its Scheduler back off is not documented. We double the wait from 1 second to 8 minutes, so that the
default of 185 tries takes about the default of 24 hours, and leave out the random part.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError, ConnectionError, ConnectTimeoutError, HTTPClientError, ReadTimeoutError

ATTEMPTS, AGE = "MaximumRetryAttempts", "MaximumEventAgeInSeconds"
"""The members of a ``RetryPolicy``, and what ``EXHAUSTED_RETRY_CONDITION`` is."""
_DEFAULTS = {ATTEMPTS: 185, AGE: 24 * 60 * 60}
_LONGEST_WAIT = 480
_NOT_DONE_HERE = 501
"""How the local AWS refuses what it does not do, which another try does not change."""
_TOO_MANY = 429
_THROTTLED = (
    "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled", "RequestThrottledException",
    "SlowDown", "ThrottledException", "Throttling", "ThrottlingException", "TooManyRequestsException",
)  # fmt: skip
"""Codes of throttled requests, some of which services answer with 400."""


def retried(error: Exception) -> str | None:
    """EventBridge's code for an error after which it tries again; None for any other."""
    if isinstance(error, ClientError):
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)
        if status == _TOO_MANY or error.response.get("Error", {}).get("Code") in _THROTTLED:
            return "THROTTLING"
        return "INTERNAL_ERROR" if status >= 500 and status != _NOT_DONE_HERE else None
    if isinstance(error, (ConnectTimeoutError, ReadTimeoutError)):
        return "TIMEOUT"
    return "CONNECTION_FAILURE" if isinstance(error, (ConnectionError, HTTPClientError)) else None


def wait(target: Mapping[str, Any], retries: int, age: float) -> float | str:
    """How many seconds a target's next try waits, or which limit of its ``RetryPolicy`` allows none.

    ``retries``: how many there were; ``age``: how many seconds ago the first try was.
    """
    policy = {**_DEFAULTS, **(target.get("RetryPolicy") or {})}
    if retries >= int(policy[ATTEMPTS]):
        return ATTEMPTS
    seconds = float(min(2**retries, _LONGEST_WAIT))
    return AGE if age + seconds > float(policy[AGE]) else seconds
