"""Dynamic references: what properties read from Systems Manager and Secrets Manager when a resource is created.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from ....language.tokens import DYNAMIC_REFERENCE
from ...json_text import parsed
from .errors import TemplateError

_PARTS_OF_AN_ARN = 7
"""The number of parts in a secret's ARN; further ones say which part of the secret is meant."""


def filled(value: Any, client: Callable[[str], Any]) -> Any:
    """The value with every dynamic reference in it resolved. Raises ``TemplateError`` for one that cannot be resolved.

    ``client`` returns a boto3 client.
    """
    if isinstance(value, str):
        return DYNAMIC_REFERENCE.sub(lambda found: _found(found, client), value)
    if isinstance(value, Mapping):
        return {key: filled(member, client) for key, member in value.items()}
    return [filled(element, client) for element in value] if isinstance(value, list) else value


def _found(reference: re.Match[str], client: Callable[[str], Any]) -> str:
    service, key = reference.groups()
    try:
        return _secret(key, client) if service == "secretsmanager" else _parameter(key, client)
    except (ClientError, LookupError, TypeError, ValueError) as error:
        raise TemplateError(f"Could not resolve the dynamic reference {reference.group()}: {error}") from error


def _parameter(key: str, client: Callable[[str], Any]) -> str:
    """The value for ``name`` or ``name:version``."""
    return str(client("ssm").get_parameter(Name=key, WithDecryption=True)["Parameter"]["Value"])


def _secret(key: str, client: Callable[[str], Any]) -> str:
    """The value for ``id:SecretString:json-key:version-stage:version-id``; everything but the id is optional."""
    parts = key.split(":")
    length = _PARTS_OF_AN_ARN if parts[0] == "arn" else 1
    name, (what, member, stage, version) = ":".join(parts[:length]), (*parts[length:], "", "", "", "")[:4]
    if what not in ("", "SecretString"):
        raise ValueError(f"{what!r} is not a part of a secret; the only one is 'SecretString'")
    asked = {"SecretId": name, "VersionStage": stage, "VersionId": version}
    secret = client("secretsmanager").get_secret_value(**{key: text for key, text in asked.items() if text})
    text = str(secret["SecretString"])
    return str(parsed(text)[member]) if member else text
