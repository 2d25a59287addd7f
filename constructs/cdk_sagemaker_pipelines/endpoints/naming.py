"""The name of an endpoint, and the ARNs that it goes by."""

from __future__ import annotations

import re
from typing import Any

import aws_cdk as cdk
from aws_cdk import Stack
from constructs import Construct

from ..language import PipelineError
from ..language.tokens import has_string_token
from ..steps.base.field_checks import literal, shown

_LONGEST = 44
"""What is left of the 63 characters of a configuration's name, which also has the version and a digest."""
_NAME = re.compile(rf"[a-zA-Z0-9](-*[a-zA-Z0-9]){{0,{_LONGEST - 1}}}")


def name_of(scope: Construct, given: Any) -> str:
    """The name that is given, or else one after the construct's path. Raises ``PipelineError``."""
    if given is None:
        return cdk.Names.unique_resource_name(scope, max_length=_LONGEST, separator="-")
    name = literal(given, "endpoint_name")
    if not has_string_token(name) and not _NAME.fullmatch(name):
        allowed = f"letters, digits and '-' between them, at most {_LONGEST}"
        raise PipelineError(f"endpoint_name: the name {shown(name)} must have {allowed}")
    return name


def arns_of(scope: Construct, name: str) -> list[str]:
    """The ARNs of an endpoint: with its name as it is given and, since the service may write it so, in lower case."""
    names = [name] if has_string_token(name) else dict.fromkeys([name, name.lower()])
    stack = Stack.of(scope)
    return [stack.format_arn(service="sagemaker", resource="endpoint", resource_name=each) for each in names]
