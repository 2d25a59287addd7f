"""Tells cdk-nag why the wildcards in derived policies are there."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

import aws_cdk as cdk
from constructs import IConstruct

from ..language import PipelineError
from .permissions import Permission
from .places import Place
from .wildcards import reasons

LOWEST = (2, 269)
"""The first aws-cdk-lib whose acknowledgments take the ARN of a resource in a rule's name."""


def refuse_old_cdk() -> None:
    """Raises ``PipelineError`` when this aws-cdk-lib is too old to be told."""
    found = version("aws-cdk-lib")
    if tuple(int(part) for part in found.split(".")[:2]) < LOWEST:
        lowest = ".".join(map(str, LOWEST))
        raise PipelineError(f"acknowledge_wildcards needs aws-cdk-lib {lowest} or newer; found is {found}")


def acknowledge(holder: IConstruct, permissions: Iterable[Permission], place: Place) -> None:
    """Acknowledges AwsSolutions-IAM5 for each wildcard of the permissions, with its reason, on what holds them."""
    found = dict(reasons(permissions, place.versions))
    written = cdk.Stack.of(holder).resolve(list(found)) if found else []
    validations = cdk.Validations.of(holder)
    for resource, why in zip(written, found.values(), strict=True):
        rule = f"AwsSolutions::AwsSolutions-IAM5[Resource::{_flat(resource)}]"
        validations.acknowledge(cdk.Acknowledgment(id=rule, reason=why))


def _flat(value: Any) -> str:
    """A resolved ARN as cdk-nag writes it: ``<LogicalId>`` for a reference, ``<LogicalId.Arn>`` for an attribute."""
    if not isinstance(value, dict):
        return str(value)
    ((function, content),) = value.items()
    if function == "Fn::Join":
        return str(content[0]).join(_flat(part) for part in content[1])
    if function == "Fn::GetAtt":
        return f"<{'.'.join(content)}>"
    return f"<{content}>"
