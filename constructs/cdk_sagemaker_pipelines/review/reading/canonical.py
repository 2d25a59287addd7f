"""One form for each text of a policy, so that what means the same is equal: an ARN by attribute, by name, by reference.

``Fn::GetAtt Bucket.Arn`` and ``arn:aws:s3:::${Bucket}`` are the same bucket, and with a ``BucketName`` so is that name.
Source: "Return values" and ARNs of each resource type, CloudFormation's template reference.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...iam.environment import Environment
from ...iam.permissions import Conditions
from ...iam.references import ARN, FORMS
from ...language.tokens import STRING_TOKEN, has_string_token
from .stacks import Resource, Stack

_PARTITION, _REGION, _ACCOUNT = (f"${{Token[AWS::{name}]}}" for name in ("Partition", "Region", "AccountId"))
_OF_AWS = re.compile(rf"arn:(?:aws(?:-[a-z]+)*|{re.escape(_PARTITION)}):")
_HOPS = 3
"""Names that are told by names of other resources."""


class Canonical:
    """The form of texts in which stacks refer to their resources.

    What a deployment makes up stays a token. What may turn out to be any text, such as a parameter, is written
    ``${...}``, as the patterns of IAM are read in ``iam.globs``.
    """

    def __init__(self, stacks: Sequence[Stack]) -> None:
        self._stacks = stacks
        self._resources = {
            f"{stack.number}:{resource.logical_id}": resource for stack in stacks for resource in stack.resources()
        }
        self._known: dict[tuple[str, str, str, str, bool], str] = {}

    def text(self, text: str, environment: Environment, *, resource: bool = True) -> str:
        """A text of a policy. ``place``: where it stands, as far as that is known.

        ``resource``: whether it says what the policy is about, which is an ARN: a name that stands alone is meant as
        one.
        """
        key = (text, environment.partition, environment.region, environment.account, resource)
        if key not in self._known:
            self._known[key] = self._text(text, environment, resource=resource)
        return self._known[key]

    def told(self, text: str, environment: Environment) -> str:
        """The ARN of the resource that a text refers to, as ``Environment.told`` has it; another text as it is."""
        resource, gives = self._behind(text) if STRING_TOKEN.fullmatch(text) else (None, "")
        if resource is None or not gives:
            return text
        form = FORMS[resource.type]
        if not resource.properties.get(form.named_by):
            return resource.token(form.attribute) if form.attribute else text
        here = {
            "AWS::Partition": environment.partition,
            "AWS::Region": environment.region,
            "AWS::AccountId": environment.account,
        }
        known = {f"${{Token[{name}]}}": value for name, value in {**here, **resource.stack.place}.items()}
        return STRING_TOKEN.sub(lambda match: known.get(match[0], match[0]), self._arn(resource, 0))

    def conditions(self, conditions: Conditions, environment: Environment) -> Conditions:
        """The conditions, their values in one form."""
        return {
            operator: {
                key: tuple(self.text(str(value), environment, resource=False) for value in _list(values))
                for key, values in keys.items()
            }
            for operator, keys in conditions.items()
        }

    def _text(self, text: str, environment: Environment, *, resource: bool) -> str:
        if not has_string_token(text) and not text.startswith("arn:"):
            return text
        told = self._expanded(text, 0) if resource else STRING_TOKEN.sub(lambda match: self._told(match[0], 0), text)
        known = {_PARTITION: environment.partition, _REGION: environment.region, _ACCOUNT: environment.account}
        told = STRING_TOKEN.sub(lambda match: known.get(match[0], match[0]), told)
        if has_string_token(environment.partition):
            # nothing reaches from one partition into another, so all are of that of the stack
            told = _OF_AWS.sub(f"arn:{_PARTITION}:", told)
        return STRING_TOKEN.sub(lambda match: self._named(match[0]), told)

    def _expanded(self, text: str, hops: int) -> str:
        """The text with ARNs and names in place of attributes."""
        if STRING_TOKEN.fullmatch(text):
            resource, gives = self._behind(text)
            return self._arn(resource, hops) if resource is not None and gives else text
        return STRING_TOKEN.sub(lambda match: self._told(match[0], hops), text)

    def _told(self, token: str, hops: int) -> str:
        resource, gives = self._behind(token)
        if resource is None or not gives:
            return token
        return self._arn(resource, hops) if gives == ARN else self._name(resource, hops)

    def _behind(self, token: str) -> tuple[Resource | None, str]:
        """The resource that a token is of, and whether it gives the ARN or the name; nothing of what is not known."""
        name, _, attribute = token[8:-2].partition(".")
        resource = self._resources.get(name)
        known = resource is not None and resource.type in FORMS
        return resource, FORMS[resource.type].gives.get(attribute, "") if resource is not None and known else ""

    def _arn(self, resource: Resource, hops: int) -> str:
        path = resource.properties.get("Path", "/")
        return f"arn:{_PARTITION}:" + FORMS[resource.type].arn.format(
            place=f"{_REGION}:{_ACCOUNT}",
            account=_ACCOUNT,
            path=resource.text(path),
            name=self._name(resource, hops),
        )

    def _name(self, resource: Resource, hops: int) -> str:
        given = resource.properties.get(FORMS[resource.type].named_by)
        if given is None or hops >= _HOPS:
            return resource.token()
        return STRING_TOKEN.sub(lambda match: self._told(match[0], hops + 1), resource.text(given))

    def _named(self, token: str) -> str:
        """The token of a name that a deployment makes up; of what may be any text, such as a parameter, ``${...}``."""
        if token == _PARTITION or self._behind(token)[1]:
            return token
        return f"${{{token[8:-2]}}}"


def _list(values: object) -> Sequence[object]:
    return values if isinstance(values, (list, tuple)) else (values,)
