"""One form for each text of a policy, so that two ways to write the same ARN (attribute, name, reference) are equal.

``Fn::GetAtt Bucket.Arn`` and ``arn:aws:s3:::${Bucket}`` are the same bucket, as is the name if it has a ``BucketName``.
Source: "Return values" and ARNs of each resource type, CloudFormation's template reference.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...iam.environment import Environment
from ...iam.references import ARN, FORMS
from ...iam.statements import Conditions
from ...language.tokens import STRING_TOKEN, has_string_token
from .stacks import Resource, Stack

_PARTITION, _REGION, _ACCOUNT = (f"${{Token[AWS::{name}]}}" for name in ("Partition", "Region", "AccountId"))
_OF_AWS = re.compile(rf"arn:(?:aws(?:-[a-z]+)*|{re.escape(_PARTITION)}):")
_HOPS = 3
"""How often a name may refer to the name of another resource."""


class Canonical:
    """Brings texts in which stacks refer to their resources into one form.

    Names that the deployment generates stay tokens. What may turn out to be any text, such as a parameter, is written
    ``${...}``, which ``iam.globs`` reads in IAM's patterns.
    """

    def __init__(self, stacks: Sequence[Stack]) -> None:
        self._stacks = stacks
        self._resources = {
            f"{stack.number}:{resource.logical_id}": resource for stack in stacks for resource in stack.resources()
        }
        self._known: dict[tuple[str, str, str, str, bool], str] = {}

    def text(self, text: str, environment: Environment, *, resource: bool = True) -> str:
        """A text of a policy. ``environment``: that of its stack, as far as it is known.

        ``resource``: whether the text is a statement's resource, where a bare name stands for an ARN.
        """
        key = (text, environment.partition, environment.region, environment.account, resource)
        if key not in self._known:
            self._known[key] = self._text(text, environment, resource=resource)
        return self._known[key]

    def told(self, text: str, environment: Environment) -> str:
        """The ARN of the resource that a text refers to, as in ``Environment.told``; other texts unchanged."""
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
        """The conditions with their values in one form."""
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
            # no access crosses partitions, so every ARN is in the stack's
            told = _OF_AWS.sub(f"arn:{_PARTITION}:", told)
        return STRING_TOKEN.sub(lambda match: self._named(match[0]), told)

    def _expanded(self, text: str, hops: int) -> str:
        """The text with ARNs and names instead of attributes."""
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
        """The resource that a token refers to, and whether the token is its ARN or its name; empty if unknown."""
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
        """The token of a name that the deployment generates; ``${...}`` for what may be any text, like a parameter."""
        if token == _PARTITION or self._behind(token)[1]:
            return token
        return f"${{{token[8:-2]}}}"


def _list(values: object) -> Sequence[object]:
    return values if isinstance(values, (list, tuple)) else (values,)
