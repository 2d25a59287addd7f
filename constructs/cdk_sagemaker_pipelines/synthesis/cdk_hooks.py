"""What CDK calls while it synthesizes. An exception would reach the user from there as one of jsii's."""

from __future__ import annotations

from collections.abc import Callable

import jsii
from aws_cdk import IAspect
from constructs import IConstruct, IValidation

from ..uncollected import uncollected


@jsii.implements(IAspect)
class Sealer:
    """Seals the pipeline when CDK visits it; ``failed`` is called with any exception."""

    def __init__(self, seal: Callable[[], None], failed: Callable[[Exception], None]) -> None:
        self._seal, self._failed = seal, failed

    def visit(self, node: IConstruct) -> None:
        """What CDK calls for the construct, and for each below it."""
        try:
            with uncollected():
                self._seal()
        except Exception as error:
            self._failed(error)


@jsii.implements(IValidation)
class Validation:
    """The errors of a pipeline, for CDK."""

    def __init__(self, validate: Callable[[], list[str]]) -> None:
        self._validate = validate

    def validate(self) -> list[str]:
        """What CDK calls before it writes the templates."""
        return self._validate()
