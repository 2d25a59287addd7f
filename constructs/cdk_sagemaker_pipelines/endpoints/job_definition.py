"""The definition of the jobs of a monitoring schedule, which cannot be changed: another one has another name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from aws_cdk import Lazy, Stack, Token
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from ..iam.references import snake
from ..lazy import Producer
from ..text import named

LONGEST_NAME = 54
"""What is left of the 63 characters of a name, which also has a digest of all that cannot be changed."""


def job_definition(scope: Construct, kind: str, name: str, members: Mapping[str, Any]) -> Any:
    """The resource, whose name says what it holds, its tags included.

    ``kind``: as in the name of its type; ``members``: as the API takes them.
    """
    stack = Stack.of(scope)
    said = json.dumps(named([dict(members)], stack), sort_keys=True)

    def whole_name() -> str:
        tags = json.dumps(named([made.tags.tag_values()], stack), sort_keys=True)
        return f"{name}-{hashlib.sha256(f'{said}{tags}'.encode()).hexdigest()[:8]}"

    resource: Any = getattr(sagemaker, f"Cfn{kind}JobDefinition")
    given = {snake(member): value if member == "RoleArn" else _as_cdk(value) for member, value in members.items()}
    lazy_name = Token.as_string(Lazy.any(Producer(whole_name)))
    made = resource(scope, "Definition", job_definition_name=lazy_name, **given)
    return made


def _as_cdk(value: Any) -> Any:
    """A value that CDK takes for one of its properties."""
    return Token.as_any(_renamed(value))


def _renamed(value: Any) -> Any:
    """What the API takes, with the names of CDK's properties; those of environment variables stay."""
    if isinstance(value, Mapping):
        return {_camel(name): inner if name == "Environment" else _renamed(inner) for name, inner in value.items()}
    return [_renamed(one) for one in value] if isinstance(value, list) else value


def _camel(name: str) -> str:
    return name[0].lower() + name[1:].replace("GB", "Gb")
