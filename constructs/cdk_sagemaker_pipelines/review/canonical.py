"""One form for each text of a policy, so that what means the same is equal: an ARN by attribute, by name, by reference.

``Fn::GetAtt Bucket.Arn`` and ``arn:aws:s3:::${Bucket}`` are the same bucket, and with a ``BucketName`` so is that name.
Source: "Return values" and ARNs of each resource type, CloudFormation's template reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..iam.permissions import Conditions
from ..iam.places import Place
from ..language.tokens import STRING_TOKEN, has_string_token
from .stacks import Resource, Stack

_ARN, _NAME = "arn", "name"
_FORMS: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "AWS::Athena::WorkGroup": ("athena:{place}:workgroup/{name}", "Name", {"": _NAME}),
    "AWS::EMR::Cluster": ("elasticmapreduce:{place}:cluster/{name}", "", {"": _NAME}),
    "AWS::EMRServerless::Application": (
        "emr-serverless:{place}:/applications/{name}",
        "",
        {"": _NAME, "ApplicationId": _NAME, "Arn": _ARN},
    ),
    "AWS::ECR::Repository": ("ecr:{place}:repository/{name}", "RepositoryName", {"": _NAME, "Arn": _ARN}),
    "AWS::IAM::InstanceProfile": (
        "iam::{account}:instance-profile{path}{name}",
        "InstanceProfileName",
        {"": _NAME, "Arn": _ARN},
    ),
    "AWS::IAM::Role": ("iam::{account}:role{path}{name}", "RoleName", {"": _NAME, "Arn": _ARN}),
    "AWS::KMS::Key": ("kms:{place}:key/{name}", "", {"": _NAME, "KeyId": _NAME, "Arn": _ARN}),
    "AWS::Lambda::Function": ("lambda:{place}:function:{name}", "FunctionName", {"": _NAME, "Arn": _ARN}),
    "AWS::Logs::LogGroup": ("logs:{place}:log-group:{name}:*", "LogGroupName", {"": _NAME, "Arn": _ARN}),
    "AWS::S3::Bucket": ("s3:::{name}", "BucketName", {"": _NAME, "Arn": _ARN}),
    "AWS::SNS::Topic": ("sns:{place}:{name}", "TopicName", {"": _ARN, "TopicArn": _ARN, "TopicName": _NAME}),
    "AWS::SQS::Queue": ("sqs:{place}:{name}", "QueueName", {"Arn": _ARN, "QueueName": _NAME}),
    "AWS::SageMaker::FeatureGroup": ("sagemaker:{place}:feature-group/{name}", "FeatureGroupName", {"": _NAME}),
    "AWS::SageMaker::ModelPackageGroup": (
        "sagemaker:{place}:model-package-group/{name}",
        "ModelPackageGroupName",
        {"": _ARN, "ModelPackageGroupArn": _ARN},
    ),
}
"""By type: its ARN behind the partition, the property that may name it, and what ``Ref`` and attributes give."""

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
        self._known: dict[tuple[str, str, str, str], str] = {}

    def text(self, text: str, place: Place) -> str:
        """A text of a policy. ``place``: where it stands, as far as that is known."""
        key = (text, place.partition, place.region, place.account)
        if key not in self._known:
            self._known[key] = self._text(text, place)
        return self._known[key]

    def conditions(self, conditions: Conditions, place: Place) -> Conditions:
        """The conditions, their values in one form."""
        return {
            operator: {
                key: tuple(self.text(str(value), place) for value in _list(values)) for key, values in keys.items()
            }
            for operator, keys in conditions.items()
        }

    def _text(self, text: str, place: Place) -> str:
        if not has_string_token(text) and not text.startswith("arn:"):
            return text
        told = self._expanded(text, 0)
        known = {_PARTITION: place.partition, _REGION: place.region, _ACCOUNT: place.account}
        told = STRING_TOKEN.sub(lambda match: known.get(match[0], match[0]), told)
        if has_string_token(place.partition):
            # nothing reaches from one partition into another, so all are of that of the stack
            told = _OF_AWS.sub(f"arn:{_PARTITION}:", told)
        return STRING_TOKEN.sub(lambda match: self._named(match[0]), told)

    def _expanded(self, text: str, hops: int) -> str:
        """The text with ARNs and names in place of attributes."""
        if STRING_TOKEN.fullmatch(text):
            resource, gives = self._behind(text)
            # what a policy is about is an ARN, so a name that stands alone is meant as one: a key may go by its id
            return self._arn(resource, hops) if resource is not None and gives else text
        return STRING_TOKEN.sub(lambda match: self._told(match[0], hops), text)

    def _told(self, token: str, hops: int) -> str:
        resource, gives = self._behind(token)
        if resource is None or not gives:
            return token
        return self._arn(resource, hops) if gives == _ARN else self._name(resource, hops)

    def _behind(self, token: str) -> tuple[Resource | None, str]:
        """The resource that a token is of, and whether it gives the ARN or the name; nothing of what is not known."""
        name, _, attribute = token[8:-2].partition(".")
        resource = self._resources.get(name)
        return resource, "" if resource is None else _FORMS.get(resource.type, ("", "", {}))[2].get(attribute, "")

    def _arn(self, resource: Resource, hops: int) -> str:
        form, *_ = _FORMS[resource.type]
        path = resource.properties.get("Path", "/")
        return f"arn:{_PARTITION}:" + form.format(
            place=f"{_REGION}:{_ACCOUNT}",
            account=_ACCOUNT,
            path=resource.text(path),
            name=self._name(resource, hops),
        )

    def _name(self, resource: Resource, hops: int) -> str:
        _, where, _ = _FORMS[resource.type]
        given = resource.properties.get(where)
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
