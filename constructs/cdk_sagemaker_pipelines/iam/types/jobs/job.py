"""A job of which the service has the code: what its document tells of its data and of what it calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ....language import Definition, StepView, is_expression_json
from ...environment import Environment
from ...following import every
from ...job_document import document, texts
from ...needs import NETWORK, Needs, RoleNeeds, role_of
from ...patterns import UNKNOWN
from ...permissions import RUN_TIME, UNSAID, Conditions, Permission
from ..base import named

_HUB = ("sagemaker:ImportHubContent", "sagemaker:UpdateHubContent")
_ANY_KEY = ("KmsKeyArn", "KmsKeyId")
_DOCUMENT = "JobConfigDocument"
_FOR_AWS = {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def pipeline(definition: Definition, step: StepView, environment: Environment) -> Iterator[Permission]:
    """What the pipeline's role needs beside the job: the key that it is created with, and the hub that it writes to."""
    need = Needs(definition, step, environment)
    told = document(definition, step)
    through = environment.via("sagemaker")
    for where, key, text in texts(told, _DOCUMENT):
        if key in _ANY_KEY:
            yield from _key(need, text, ("kms:CreateGrant",), where, {**through, **_FOR_AWS})
            yield from _key(need, text, ("kms:DescribeKey",), where, through)
    for place_of, output in every(told, "OutputDataConfig", where=_DOCUMENT):
        for where, _, text in texts(output, place_of):
            if ":hub-content/" in text and UNKNOWN not in text:
                yield Permission(_HUB, (named.hub_of(text), text), because=need.because(where))


def jobs(definition: Definition, step: StepView, environment: Environment) -> RoleNeeds:
    """What the job's role needs for what stands in the document, in the names of the API."""
    role = role_of(step.arguments, environment)
    need = Needs(definition, step, environment)
    told = document(definition, step)
    if told is None and is_expression_json(step.arguments.get(_DOCUMENT)):
        yield role, need.note((), "document", RUN_TIME, _DOCUMENT)
    for where, key, text in texts(told, _DOCUMENT):
        yield from need.of(role, _called_for(need, where, key, text))
    for where, vpc in every(told, "VpcConfig", where=_DOCUMENT):
        yield from need.of(role, _network(need, vpc, where))
    yield from need.of(role, need.logs(f"Job/{UNKNOWN}", metrics=False))


def _called_for(need: Needs, where: str, key: str, text: str) -> Iterator[Permission]:
    """What one text of the document leads to."""
    if key == "S3Uri":
        yield from need.read(text, where)
    elif key == "S3OutputPath":
        yield from need.write(text, where)
    elif key in _ANY_KEY:
        through = need.environment.via("s3")
        yield from _key(need, text, ("kms:Decrypt", "kms:GenerateDataKey"), where, through)
        yield from _key(need, text, ("kms:DescribeKey",), where, {})
    elif text.startswith("s3://"):
        yield need.note(("s3:GetObject", "s3:PutObject"), "use of the place", UNSAID, where)
    elif text.startswith("arn:") or key.endswith(("Arn", "Arns")):
        yield from named.anything(need, text, where)


def _key(need: Needs, text: str, actions: tuple[str, ...], where: str, only: Conditions) -> Iterator[Permission]:
    if UNKNOWN in text:
        yield need.note(actions, "key", RUN_TIME, where)
    else:
        yield from need.key(text, actions, where, only)


def _network(need: Needs, vpc: Any, where: str) -> Iterator[Permission]:
    yield from need.network(vpc, where, tuple(action for action in NETWORK if action != "ec2:DescribeDhcpOptions"))
    interfaces = need.environment.arn("ec2", "network-interface/*")
    only = {"StringEquals": {"ec2:CreateAction": "CreateNetworkInterface"}}
    yield Permission(("ec2:CreateTags",), (interfaces,), only, need.because(where))
