"""What a pipeline publishes of itself for other stacks: parameters of Systems Manager below a prefix."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from ..imported import PUBLISHED
from ..language import Definition, PipelineError
from ..language.errors import shown
from ..language.tokens import has_string_token

_PREFIX = re.compile(r"(/[A-Za-z0-9_.-]+){1,10}")
_RESERVED = ("/aws", "/ssm")


def check_prefix(prefix: Any) -> None:
    """Raises ``PipelineError`` for what cannot begin the names of parameters."""
    if not isinstance(prefix, str) or has_string_token(prefix) or not _PREFIX.fullmatch(prefix):
        raise PipelineError(
            "the prefix of published parameters is a literal text such as '/ml/line': letters, digits, '.', '-' and "
            f"'_' after each slash, at most 10 levels; not {shown(prefix)}"
        )
    if prefix.lower().startswith(_RESERVED):
        raise PipelineError(f"the prefix {prefix!r} begins with {prefix[:4]!r}, which is AWS's own")


def write(scope: Construct, prefix: str, values: Mapping[str, str]) -> None:
    """Creates a parameter for each value, by the end of its name."""
    for end, value in values.items():
        cdk.aws_ssm.CfnParameter(scope, end.replace("/", "-"), name=f"{prefix}/{end}", type="String", value=value)


def values(
    *, name: str, arn: str, role: str, bucket: str | None, of_steps: Mapping[str, str], definition: Definition
) -> dict[str, str]:
    """What is published, by the ends of the parameters' names. ``of_steps``: the roles of jobs, by the step."""
    found = {PUBLISHED.name: name, PUBLISHED.arn: arn, PUBLISHED.role: role}
    if bucket is not None:
        found[PUBLISHED.bucket] = bucket
    groups = list(dict.fromkeys(_groups(definition)))
    if len(groups) == 1:
        found[PUBLISHED.group] = groups[0]
    return {**found, **{f"{PUBLISHED.job_roles}/{step}": arn for step, arn in of_steps.items()}}


def _groups(definition: Definition) -> Iterator[str]:
    for step in definition.all_steps():
        group = step.arguments.get("ModelPackageGroupName") if step.type == "RegisterModel" else None
        if isinstance(group, str):
            yield group
