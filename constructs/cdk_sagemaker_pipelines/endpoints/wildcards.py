"""Why the policies of an endpoint's roles have wildcards, for cdk-nag."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..iam.environment import Environment
from ..iam.nag import Acknowledgments, refuse_old_cdk
from ..iam.permissions import Permission

if TYPE_CHECKING:
    from constructs import IConstruct


class Wildcards:
    """What roles were granted, whose wildcards are explained once somebody asks for it."""

    def __init__(self) -> None:
        self._granted: list[tuple[IConstruct, Sequence[Permission], Environment]] = []
        self._acknowledged: Acknowledgments | None = None

    def granted(self, holder: IConstruct, permissions: Sequence[Permission], environment: Environment) -> None:
        """Registers what a role was granted, also after ``explain``."""
        self._granted.append((holder, permissions, environment))
        if self._acknowledged is not None:
            self._acknowledged.add(holder, permissions, environment)

    def explain(self) -> None:
        """Acknowledges each wildcard, with its reason. Raises ``PipelineError`` with an older CDK."""
        refuse_old_cdk()
        if self._acknowledged is None:
            self._acknowledged = Acknowledgments()
            for one in self._granted:
                self._acknowledged.add(*one)

    def once_more(self) -> None:
        """Acknowledges them once more, when CDK has written the references between stacks."""
        if self._acknowledged is not None:
            self._acknowledged.once_more()
