"""The role of the containers of an endpoint, or of the jobs that monitor one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from ..assets import Workplace
from ..iam.permissions import Permission
from ..iam.roles import grant, new_role
from ..language import Finding
from ..language.step_types import SAGEMAKER
from ..steps.base.field_checks import items, literal, member, s3_uri
from ..warning import warn
from .wildcards import Wildcards


class ContainerRole:
    """The role that is given, or a new one, and what it is granted. Raises ``PipelineError`` for what is not a role."""

    def __init__(
        self, scope: Construct, given: Any, work: Workplace, wildcards: Wildcards, whose: str = "endpoint"
    ) -> None:
        if given is not None:
            member(given, "role_arn", "role", "a role such as iam.Role.from_role_name(...)")
        self.role: iam.IRole = given or new_role(scope, "Role", work.jobs("*", SAGEMAKER))
        self._scope, self._work, self._wildcards = scope, work, wildcards
        self._calls = 0
        self._whose = whose

    def grant(self, permissions: Sequence[Permission]) -> None:
        """Grants the permissions, and warns of those of which something is not known here."""
        known = [each for each in permissions if each.resources]
        for each in permissions:
            if not each.resources:
                what = f"the role of the {self._whose} needs {', '.join(each.actions)} for the {each.unknown}, which"
                self._warn(f"{what} {each.why}")
        self._calls += 1
        if not grant(self._scope, self.role, known, f"Containers{self._calls}"):
            actions = ", ".join(sorted({action for each in known for action in each.actions}))
            self._warn(
                f"CDK may not change the role {self.role.role_arn}, so nothing is granted to it; it needs {actions}"
            )
        self._wildcards.granted(self.role, known, self._work.environment())

    def _warn(self, text: str) -> None:
        warn(self._scope, Finding("not-granted", text, level="warning"), Stack.of(self._scope))


def places_of(reads: Any, work: Workplace) -> list[str]:
    """The URIs of the places in S3 that the containers read. Raises ``PipelineError``."""
    names = {f"reads[{number}]": each for number, each in enumerate(items(reads, "reads"))}
    return [literal(s3_uri(each, name, work), name) for name, each in names.items()]
