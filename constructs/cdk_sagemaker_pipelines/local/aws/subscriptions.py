"""What topics deliver to queues and functions, if their policies let them."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.sns.models import Subscription

from .events.access import sending
from .identities import account_of

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")
_MOTOS = Subscription.publish


@contextmanager
def subscribed() -> Iterator[None]:
    """Makes moto's topics deliver to queues and functions of their own and of other accounts, as policies allow it."""
    Subscription.publish = _publish  # type: ignore[method-assign]
    try:
        yield
    finally:
        Subscription.publish = _MOTOS  # type: ignore[method-assign]


def _publish(self: Subscription, *message: Any, **more: Any) -> None:
    if self.protocol in ("sqs", "lambda"):
        refused = sending("sns", self.account_id, self.topic.arn, self.endpoint)
        if refused:
            _logger.warning("topic %s could not reach %s: %s", self.topic.name, self.endpoint, refused)
            return
        there = copy.copy(self)
        there.account_id = account_of(self.endpoint)  # where moto looks for the queue or function
        self = there
    _MOTOS(self, *message, **more)
