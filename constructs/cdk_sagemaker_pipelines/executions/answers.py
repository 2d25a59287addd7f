"""How answers of the service are read: pages, refusals, ARNs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

MISSING = frozenset({"ResourceNotFound", "ResourceNotFoundException"})
"""Codes of the service for what does not exist; ``ValidationException`` may mean that as well."""
THROTTLED = frozenset(
    {
        *("Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException"),
        *("RequestLimitExceeded", "RequestThrottled", "RequestThrottledException", "SlowDown"),
        "ProvisionedThroughputExceededException",
    }
)
"""Codes with which services ask for fewer requests."""
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
UNKNOWN = frozenset({"UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId"})
"""Codes for credentials that are not known."""
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})

_SIGNED = "The Canonical String for this request"
_EXECUTION = re.compile(r"(arn:[^:]+:sagemaker:[^:]+:[^:]*:pipeline/[^/]+)/execution/([^/]+)")


class ExecutionArn(NamedTuple):
    """The parts of an execution's ARN."""

    pipeline: str
    """The ARN of the pipeline."""
    id: str

    @property
    def name(self) -> str:
        """The name of the pipeline, as the ARN has it: often in lower case."""
        return self.pipeline.rpartition("/")[2]

    @property
    def short(self) -> str:
        """``pipeline/id``, as ``smpipe`` takes it."""
        return f"{self.name}/{self.id}"


def execution_arn(text: str) -> ExecutionArn | None:
    """The parts of the ARN of an execution; None for any other text."""
    found = _EXECUTION.fullmatch(text)
    return None if found is None else ExecutionArn(found[1], found[2])


def who(created_by: Mapping[str, Any] | None) -> str:
    """Who created something, by its ``CreatedBy``: a user's profile, or else an identity of IAM; perhaps nobody."""
    told = created_by or {}
    identity = told.get("IamIdentity") or {}
    return str(told.get("UserProfileName") or identity.get("Arn") or identity.get("PrincipalId") or "")


def code(error: Any) -> str:
    """The code of a ``ClientError``."""
    return str(error.response.get("Error", {}).get("Code", ""))


def message(error: Any) -> str:
    """What the service says in a ``ClientError``, or else its code.

    Of a signature that does not match, services repeat the request as they would have signed it, with the session
    token: that is left out.
    """
    told = str(error.response.get("Error", {}).get("Message") or code(error))
    return told.partition(_SIGNED)[0].rstrip()


def says_nothing(error: Any) -> bool:
    """Whether a ``ClientError`` is about whoever asks, so that it says nothing about what was asked for.

    What may be missing, or may not be read, is left out of an answer; such an error must not look like that.
    """
    return code(error) in THROTTLED | EXPIRED | UNKNOWN


def pages(client: Any, operation: str, key: str, *, limit: int | None = None, **request: Any) -> Iterator[Any]:
    """The items of all pages of an answer, or the first of them. ``key``: the member of the answer that holds them."""
    size = {} if limit is None else {"MaxResults": min(limit, 100)}
    left = limit
    for page in client.get_paginator(operation).paginate(**request, **size):
        for item in page.get(key, []):
            if left is not None:
                if left == 0:
                    return
                left -= 1
            yield item
        if left == 0:
            return
