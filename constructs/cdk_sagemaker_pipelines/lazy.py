"""Values that CDK asks for when it writes a template."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsii
from aws_cdk import IStableAnyProducer


@jsii.implements(IStableAnyProducer)
class Producer:
    """A value that is made when CDK resolves it."""

    def __init__(self, produce: Callable[[], Any]) -> None:
        self._produce = produce

    def produce(self) -> Any:
        """What CDK calls when it resolves the value."""
        return self._produce()
