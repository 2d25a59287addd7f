"""Names for what a definition does not say: a value that is only known at deployment is an argument of the stack."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..language import PipelineError
from ..language.expressions import has_placeholder
from ..language.tokens import STRING_TOKEN, is_list_token

_PSEUDO = {
    "AWS.AccountId": "account",
    "AWS.Region": "region",
    "AWS.Partition": "partition",
    "AWS.URLSuffix": "url_suffix",
}
"""What the stack itself knows, and how it calls it."""
_WHOLE = {
    "RoleArn": ("role", "arn:aws:iam::111122223333:role/{}"),
    "ExecutionRoleArn": ("role", "arn:aws:iam::111122223333:role/{}"),
    "executionRoleArn": ("role", "arn:aws:iam::111122223333:role/{}"),
    "ClusterRoleArn": ("role", "arn:aws:iam::111122223333:role/{}"),
    "FunctionArn": ("function", "arn:aws:lambda:us-east-1:111122223333:function:{}"),
    "SqsQueueUrl": ("queue", "https://sqs.us-east-1.amazonaws.com/111122223333/{}"),
    "KmsKeyId": ("key", "arn:aws:kms:us-east-1:111122223333:key/{}"),
    "VolumeKmsKeyId": ("key", "arn:aws:kms:us-east-1:111122223333:key/{}"),
    "SuccessTopic": ("topic", "arn:aws:sns:us-east-1:111122223333:{}"),
    "ErrorTopic": ("topic", "arn:aws:sns:us-east-1:111122223333:{}"),
    "SecurityGroupIds": ("security_group", "sg-{}"),
    "Subnets": ("subnet", "subnet-{}"),
}
"""By the member that is a token as a whole: what it is, and how such a thing is called."""


@dataclass(frozen=True)
class Name:
    """What is known when the stack is made. ``token``: what CDK or CloudFormation calls it. ``kind``: what it is.

    ``attribute``: that of the stack, for what it knows itself; empty where the stack has to be told.
    """

    token: str
    kind: str
    attribute: str = ""

    @property
    def word(self) -> str:
        """What it is called, without the hashes that CDK adds."""
        return re.sub(r"[0-9A-F]{8}([0-9a-f]{32})?$", "", self.token.partition(".")[0]) or self.token


def settled(document: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Name]]:
    """The document with a text in place of each token, and what these texts stand for.

    Raises ``PipelineError`` for a document that has texts with which code could not be written.
    """
    _refuse(document)
    kinds: dict[str, tuple[str, str]] = {}
    _look(document, "", kinds)
    text = repr(document)
    names: dict[str, Name] = {}
    stands: dict[str, str] = {}
    for number, (token, (kind, form)) in enumerate(kinds.items(), 1):
        name = token[len("${Token[") : -len("]}")]
        attribute = _PSEUDO.get(name, "")
        stand = _stand(attribute, form, number)
        while stand in text:
            number += 1000
            stand = _stand(attribute, form, number)
        names[stand] = Name(name, kind, attribute)
        stands[token] = stand
    replaced: dict[str, Any] = _replaced(document, stands)
    return replaced, names


def _stand(attribute: str, form: str, number: int) -> str:
    if attribute == "account":
        return f"{990000000000 + number}"
    if attribute == "region":
        return f"us-east-{number + 40}"
    return form.format(f"smpipe-argument-{number}")


def _look(value: Any, key: str, kinds: dict[str, tuple[str, str]]) -> None:
    if isinstance(value, Mapping):
        for name, item in value.items():
            _look(item, str(name), kinds)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _look(item, key, kinds)
    elif isinstance(value, str):
        for match in STRING_TOKEN.finditer(value):
            token = match[0]
            bucket = value.startswith(f"s3://{token}/") or value == f"s3://{token}"
            if token == value and key in _WHOLE:
                kinds[token] = _WHOLE[key]
            elif bucket and kinds.get(token, ("",))[0] in ("", "text"):
                kinds[token] = ("bucket", "{}")
            else:
                kinds.setdefault(token, ("text", "{}"))


def _replaced(value: Any, stands: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _replaced(item, stands) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_replaced(item, stands) for item in value]
    return STRING_TOKEN.sub(lambda match: stands[match[0]], value) if isinstance(value, str) else value


def _refuse(value: Any) -> None:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if STRING_TOKEN.search(str(key)) or has_placeholder(str(key)):
                raise PipelineError(f"the member {str(key)!r} cannot be written as code: its name is not literal")
            _refuse(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _refuse(item)
    elif isinstance(value, str) and (has_placeholder(value) or is_list_token(value)):
        raise PipelineError(f"{value!r} cannot be written as code: CDK would read an expression or a list into it")
