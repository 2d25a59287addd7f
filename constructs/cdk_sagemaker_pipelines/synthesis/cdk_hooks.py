"""What CDK calls while it synthesizes. An exception would reach the user from there as one of jsii's."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import jsii
from aws_cdk import IAspect
from constructs import IConstruct, IValidation


@jsii.implements(IAspect)
class Sealer:
    """Seals the pipeline when CDK visits it; ``failed`` is called with any exception."""

    def __init__(self, seal: Callable[[], None], failed: Callable[[Exception], None]) -> None:
        self._seal, self._failed = seal, failed

    def visit(self, node: IConstruct) -> None:
        """What CDK calls for the construct, and for each below it."""
        try:
            with _uncollected():
                self._seal()
        except Exception as error:
            self._failed(error)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Pauses garbage collection: what is allocated lives until the end, and CDK's classes would be scanned again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@jsii.implements(IValidation)
class Validation:
    """The errors of a pipeline, for CDK."""

    def __init__(self, validate: Callable[[], list[str]]) -> None:
        self._validate = validate

    def validate(self) -> list[str]:
        """What CDK calls before it writes the templates."""
        return self._validate()
