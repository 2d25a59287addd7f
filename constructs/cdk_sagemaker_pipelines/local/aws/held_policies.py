"""The policies of resources that moto holds, by their ARNs."""

from __future__ import annotations

import json
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends


def policy_of(arn: str) -> str | None:
    """The policy of a queue, a topic or a function; None without one, and without such a resource."""
    service, region, account = arn.split(":")[2:5]
    if service == "sqs":
        queue = sqs_backends[account][region].queues.get(arn.rpartition(":")[2])
        return None if queue is None else _text(queue.policy)
    if service == "sns":
        topic = sns_backends[account][region].topics.get(arn)
        return None if topic is None else _text(topic.policy)
    if service == "lambda":
        return _of_function(arn, account, region)
    return None


def _of_function(arn: str, account: str, region: str) -> str | None:
    name, _, qualifier = arn.partition(":function:")[2].partition(":")
    try:
        function = lambda_backends[account][region].get_function(name, qualifier or None)
    except Exception:  # how moto says that there is none
        return None
    return json.dumps({"Statement": function.policy.statements})


def _text(policy: Any) -> str | None:
    return policy if isinstance(policy, str) or policy is None else json.dumps(policy)
