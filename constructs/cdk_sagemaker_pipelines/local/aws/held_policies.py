"""The policies of resources that moto holds, by their ARNs."""

from __future__ import annotations

import json
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends


def exists(arn: str) -> bool:
    """Whether a queue, topic or function exists."""
    return _held(arn) is not None


def policy_of(arn: str) -> str | None:
    """The policy of a queue, a topic or a function; None without one, and without such a resource."""
    held = _held(arn)
    if held is None or held.policy is None:
        return None
    statements = getattr(held.policy, "statements", None)  # of a function
    return str(held.policy) if statements is None else json.dumps({"Statement": statements})


def _held(arn: str) -> Any:
    service, region, account = arn.split(":")[2:5]
    if service == "sqs":
        return sqs_backends[account][region].queues.get(arn.rpartition(":")[2])
    if service == "sns":
        return sns_backends[account][region].topics.get(arn)
    if service == "lambda":
        name, _, qualifier = arn.partition(":function:")[2].partition(":")
        try:
            return lambda_backends[account][region].get_function(name, qualifier or None)
        except Exception:  # how moto says that there is none
            return None
    return None
