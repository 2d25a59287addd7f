"""What topics deliver to queues and functions, and buckets to functions, if their policies let them."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from moto.s3 import notifications
from moto.sns.models import Subscription

from .events.access import sending
from .identities import account_of
from .repeating import again, moment

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")
_MOTOS = Subscription.publish

Start = Callable[[str, str, str, "str | None", Any], None]
"""Calls a function for an event, by its account, its region, its name and a version or alias."""


@contextmanager
def subscribed(start: Start) -> Iterator[None]:
    """Makes moto's topics deliver to queues and functions of their own and of other accounts, as policies allow it.

    Functions are called by ``start``, also those of notifications of buckets; moto would start a container.
    """

    def publish(self: Subscription, message: str, message_id: str, subject: str | None = None, **more: Any) -> None:
        if self.protocol not in ("sqs", "lambda"):
            return _MOTOS(self, message, message_id, subject, **more)
        if refused := sending("sns", self.account_id, self.topic.arn, self.endpoint):
            _logger.warning("topic %s could not reach %s: %s", self.topic.name, self.endpoint, refused)
        elif self.protocol == "sqs":
            there = copy.copy(self)
            there.account_id = account_of(self.endpoint)  # where moto looks for the queue
            _MOTOS(there, message, message_id, subject, **more)
        elif not again():
            _call(start, self, message, message_id, subject, more)
        return None

    def notify(account_id: str, event_body: Any, fn_arn: str, region_name: str) -> None:
        bucket = event_body["Records"][0]["s3"]["bucket"]["arn"]
        if again():
            return
        if refused := sending("s3", account_id, bucket, fn_arn):
            _logger.warning("bucket %s could not reach %s: %s", bucket, fn_arn, refused)
        else:
            _started(start, f"bucket {bucket}", fn_arn, event_body)

    Subscription.publish = publish  # type: ignore[method-assign, assignment]
    before, notifications._invoke_awslambda = notifications._invoke_awslambda, notify
    try:
        yield
    finally:
        notifications._invoke_awslambda = before
        Subscription.publish = _MOTOS  # type: ignore[method-assign]


def _call(
    start: Start, of: Subscription, message: str, message_id: str, subject: str | None, more: Mapping[str, Any]
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html"""
    attributes = more.get("message_attributes") or {}
    matcher = of._filter_policy_matcher
    if matcher is not None and not matcher.matches(attributes, message):
        return
    if more.get("message_structure") == "json":
        message = of._parse_message_structure(message, of.protocol)
    notification = {
        "Type": "Notification", "MessageId": message_id, "TopicArn": of.topic.arn, "Subject": subject,
        "Message": message, "Timestamp": f"{moment():%Y-%m-%dT%H:%M:%S.000Z}", "MessageAttributes": attributes,
    }  # fmt: skip
    told = {"EventVersion": "1.0", "EventSubscriptionArn": of.arn, "EventSource": "aws:sns", "Sns": notification}
    _started(start, f"topic {of.topic.name}", of.endpoint, {"Records": [told]})


def _started(start: Start, sender: str, function: str, event: Any) -> None:
    region, account, _, name, *qualifier = function.split(":")[3:]
    try:
        start(account, region, name, next(iter(qualifier), None), event)
    except Exception as error:  # whoever publishes does not hear of it
        _logger.warning("%s could not reach %s: %s", sender, function, error)
