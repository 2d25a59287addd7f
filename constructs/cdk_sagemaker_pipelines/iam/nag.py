"""Tells cdk-nag why the wildcards in derived policies are there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Any

import aws_cdk as cdk
from constructs import IConstruct

from ..language import PipelineError
from .environment import Environment
from .permissions import Permission
from .wildcards import reasons

LOWEST = (2, 269)
"""The first aws-cdk-lib whose acknowledgments take the ARN of a resource in a rule's name."""


def refuse_old_cdk() -> None:
    """Raises ``PipelineError`` when this aws-cdk-lib is too old to be told."""
    found = version("aws-cdk-lib")
    if tuple(int(part) for part in found.split(".")[:2]) < LOWEST:
        lowest = ".".join(map(str, LOWEST))
        raise PipelineError(f"acknowledge_wildcards needs aws-cdk-lib {lowest} or newer; found is {found}")


class Acknowledgments:
    """Acknowledges AwsSolutions-IAM5 for each wildcard of permissions, with its reason, on what holds them."""

    def __init__(self) -> None:
        self._explained: list[tuple[IConstruct, str, str]] = []
        self._told: set[tuple[str, str]] = set()

    def add(self, holder: IConstruct, permissions: Iterable[Permission], environment: Environment) -> None:
        """Acknowledges what the permissions hold, named as far as it is known now."""
        explained = [(holder, resource, why) for resource, why in reasons(permissions, environment.versions)]
        self._explained += explained
        self._tell(explained)

    def once_more(self) -> None:
        """Acknowledges what has another name by now: CDK writes references between stacks after all aspects."""
        self._tell(self._explained)

    def _tell(self, explained: Sequence[tuple[IConstruct, str, str]]) -> None:
        by_stack: dict[str, list[tuple[IConstruct, str, str]]] = {}
        for one in explained:
            by_stack.setdefault(cdk.Stack.of(one[0]).node.path, []).append(one)
        for several in by_stack.values():
            written = cdk.Stack.of(several[0][0]).resolve([resource for _, resource, _ in several])
            for (holder, _, why), resource in zip(several, written, strict=True):
                rule = f"AwsSolutions::AwsSolutions-IAM5[Resource::{flat(resource)}]"
                if (holder.node.path, rule) not in self._told:
                    self._told.add((holder.node.path, rule))
                    cdk.Validations.of(holder).acknowledge(cdk.Acknowledgment(id=rule, reason=why))


def flat(value: Any) -> str:
    """A resolved ARN as cdk-nag writes it into the name of what it finds.

    ``<LogicalId>`` for a reference, ``<LogicalId.Arn>`` for an attribute, the name of an import; JSON for what it does
    not know, such as ``Fn::Select`` and ``Fn::GetStackOutput``.
    """
    if isinstance(value, str):
        return value.replace("${", "<").replace("}", ">")
    content = value if isinstance(value, dict) else {}
    if "Fn::Join" in content:
        separator, parts = content["Fn::Join"]
        return str(separator).join(flat(part) for part in parts)
    if "Fn::Sub" in content:
        return flat(content["Fn::Sub"])
    if "Fn::GetAtt" in content:
        return f"<{'.'.join(flat(part) for part in content['Fn::GetAtt'])}>"
    if "Fn::ImportValue" in content:
        return flat(content["Fn::ImportValue"])
    if "Ref" in content:
        return f"<{flat(content['Ref'])}>"
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
