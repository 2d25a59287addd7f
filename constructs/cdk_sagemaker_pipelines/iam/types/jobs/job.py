"""A job of which the service has the code: what its document tells of its data and of what it calls."""

from __future__ import annotations

from collections.abc import Iterator

from ....language import is_expression_json
from ....language.field import Field
from ....language.tokens import begins_at_deployment
from ...job_document import document
from ...needs import NETWORK, Needs, RoleNeeds
from ...patterns import UNKNOWN
from ...permissions import DEPLOYED, RUN_TIME, UNSAID, Permission
from ...statements import Conditions
from ..base import named

_HUB = ("sagemaker:ImportHubContent", "sagemaker:UpdateHubContent")
_ANY_KEY = ("KmsKeyArn", "KmsKeyId")
_USES = {"S3Uri": ("s3:GetObject", "s3:ListBucket"), "S3OutputPath": ("s3:AbortMultipartUpload", "s3:PutObject")}
"""What the job does at a place, by the member that names it."""
_FOR_AWS = {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def pipeline(need: Needs) -> Iterator[Permission]:
    """What the pipeline's role needs beside the job: the key that it is created with, and the hub that it writes to."""
    told = document(need.definition, need.step)
    through = need.environment.via("sagemaker")
    for key, text in told.texts():
        if key in _ANY_KEY:
            yield from _key(need, text, ("kms:CreateGrant",), {**through, **_FOR_AWS})
            yield from _key(need, text, ("kms:DescribeKey",), through)
    for output in told.every("OutputDataConfig"):
        for _, text in output.texts():
            if ":hub-content/" in text.value and UNKNOWN not in text.value:
                yield Permission(_HUB, (named.hub_of(text.value), text.value), because=need.because(text))


def jobs(need: Needs) -> RoleNeeds:
    """What the job's role needs for what stands in the document, in the names of the API."""
    role, told = need.role(need.arguments.at("RoleArn")).value, document(need.definition, need.step)
    given = need.arguments.at("JobConfigDocument").value
    if told.value is None and (is_expression_json(given) or begins_at_deployment(given)):
        yield role, need.note((), "document", RUN_TIME if is_expression_json(given) else DEPLOYED, told)
    for key, text in told.texts():
        yield from need.of(role, _called_for(need, key, text))
    for vpc in told.every("VpcConfig"):
        yield from need.of(role, _network(need, vpc))
    yield from need.of(role, need.logs(f"Job/{UNKNOWN}", metrics=False))


def _called_for(need: Needs, key: str, text: Field) -> Iterator[Permission]:
    """What one text of the document leads to."""
    if key in _USES and UNKNOWN in text.value and need.place(text.value) is None:
        yield need.note(_USES[key], "bucket", RUN_TIME, text)
    elif key == "S3Uri":
        yield from need.read(text)
    elif key == "S3OutputPath":
        yield from need.write(text)
    elif key in _ANY_KEY:
        yield from _key(need, text, ("kms:Decrypt", "kms:GenerateDataKey"), need.environment.via("s3"))
        yield from _key(need, text, ("kms:DescribeKey",), {})
    elif text.value.startswith("s3://"):
        yield need.note(("s3:GetObject", "s3:PutObject"), "use of the place", UNSAID, text)
    elif text.value.startswith("arn:") or key.endswith(("Arn", "Arns")) or _is_any_place(key, text.value):
        yield from named.anything(need, text)


def _is_any_place(key: str, value: str) -> bool:
    return value == UNKNOWN and key.endswith(("Path", "Uri", "Url"))


def _key(need: Needs, key: Field, actions: tuple[str, ...], only: Conditions) -> Iterator[Permission]:
    if UNKNOWN in key.value:
        yield need.note(actions, "key", RUN_TIME, key)
    else:
        yield from need.key(key, actions=actions, only=only)


def _network(need: Needs, vpc: Field) -> Iterator[Permission]:
    actions = tuple(action for action in NETWORK if action != "ec2:DescribeDhcpOptions")
    if vpc.value == UNKNOWN:
        yield need.note((*actions, "ec2:CreateTags"), "network", RUN_TIME, vpc)
        return
    yield from need.network(vpc, actions)
    interfaces = need.environment.arn("ec2", "network-interface/*")
    only = {"StringEquals": {"ec2:CreateAction": "CreateNetworkInterface"}}
    yield Permission(("ec2:CreateTags",), (interfaces,), only, need.because(vpc))
