"""Wildcards are only used where IAM has nothing narrower, and the code gives the reason for each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from cdk_sagemaker_pipelines.iam.permissions import Permission
from cdk_sagemaker_pipelines.iam.wildcards import reason, reasons, wild
from tests.examples import NAMES, template
from tests.gallery.deployment import synthesize
from tests.permissions.calls import HERE
from tests.permissions.conftest import Pipeline
from tests.permissions.evaluator import without_resources
from tests.permissions.template import Template
from tests.permissions.units import Unit, units

OF_CDK = ("Custom", "AWS")
"""The prefixes of the logical ids of roles that CDK creates for functions of its own."""


@dataclass(frozen=True)
class Held:
    """A part of what a role may do. ``where``: the stack and the role."""

    where: str
    unit: Unit


def _held(name: str, template: Template) -> Iterator[Held]:
    for role in template.roles().values():
        if not role.startswith(OF_CDK):
            yield from (Held(f"{name}: {role}", unit) for unit in units(template.policies(role)))


@pytest.fixture(scope="module")
def held(pipelines: dict[str, Pipeline], tmp_path_factory: pytest.TempPathFactory) -> list[Held]:
    """All that the roles may do of the pipelines of this room, of the examples, and of the gallery."""
    found = [one for name, pipeline in pipelines.items() for one in _held(name, pipeline.synthesized.template)]
    gallery = tmp_path_factory.mktemp("gallery") / "cdk.out"
    synthesize(gallery)
    for file in (*map(template, NAMES), *gallery.glob("*.template.json")):
        text = json.loads(file.read_text("utf-8"))
        found += _held(file.name, Template(text, HERE["a"], HERE["r"]))
    assert len(found) > 2000
    return found


def test_no_action_has_a_wildcard(held: list[Held]) -> None:
    assert not [one for one in held if "*" in one.unit.action]


def test_each_wildcard_has_a_reason_in_the_code(held: list[Held]) -> None:
    wild = [one for one in held if "*" in one.unit.resource]
    assert len(wild) > 500
    assert not [one for one in wild if not reason(one.unit.action, one.unit.resource)]


def test_a_bare_wildcard_is_only_used_for_actions_without_resources(held: list[Held]) -> None:
    actions = sorted({one.unit.action for one in held if one.unit.resource == "*"})
    alone = without_resources(actions)
    # of the network's: the guide says that the service refuses policies with anything narrower; metrics: the reference
    # has data sets, which are not of SageMaker
    assert {action for action, none in zip(actions, alone, strict=True) if not none} == {
        "cloudwatch:PutMetricData",
        "ec2:CreateNetworkInterface",
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
        "ec2:DeleteNetworkInterfacePermission",
    }


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", "*"),
        ("iam:PassRole", "arn:aws:iam::111122223333:role/*"),
        ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:*"),
        ("sagemaker:CreateTrainingJob", "arn:aws:sagemaker:eu-west-1:111122223333:training-job/*"),
        ("sagemaker:CreateTrainingJob", "arn:aws:sagemaker:eu-west-1:111122223333:*"),
        ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111122223333:function:*"),
        ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111122223333:function:*:*"),
        ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111122223333:function:ask-*"),
        ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111122223333:function:ask:?"),
        ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:*:function:ask:*"),
        ("lambda:GetFunction", "arn:aws:lambda:eu-west-1:111122223333:function:ask:*"),
        ("s3:GetObject", "arn:aws:s3:::data/a?"),
        ("s3:GetObject", "arn:aws:s3:::${aws:username}/a"),
        ("s3:GetObject", "arn:*:s3:::data/a"),
        ("sagemaker:StopTrainingJob", "arn:aws:sagemaker:*:111122223333:training-job/team-*"),
        ("sagemaker:StopTrainingJob", "arn:aws:sagemaker:eu-west-1:*:training-job/team-*"),
        ("ecr:BatchGetImage", "arn:aws:ecr:eu-west-1:111122223333:repository/*"),
    ],
)
def test_wildcards_without_a_reason_are_found(action: str, resource: str) -> None:
    assert reason(action, resource) is None


@pytest.mark.parametrize(
    ("action", "resource", "why"),
    [
        ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111122223333:function:ask:*", "was started"),
        ("lambda:InvokeFunction", "${Token[TOKEN.1]}:*", "was started"),
        ("s3:GetObject", "arn:aws:s3:::assets/team/*.py", "a file of its own"),
        ("s3:GetObject", "arn:aws:s3:::assets/team/*", "known when it runs"),
        ("ecr:BatchGetImage", "arn:aws:ecr:eu-west-1:111122223333:repository/team-*", "an expression"),
    ],
)
def test_a_reason_says_why(action: str, resource: str, why: str) -> None:
    assert why in (reason(action, resource, ["assets/team/*.py"]) or "")


def test_a_token_and_an_escape_are_not_wildcards() -> None:
    for resource in ("${Token[TOKEN.1]}", "arn:aws:s3:::${Token[a.b]}/c", "arn:aws:s3:::data/a${*}b${?}${$}{c}"):
        assert reason("s3:GetObject", resource) is None
        assert not wild(resource)


def test_a_resource_without_wildcards_needs_no_reason() -> None:
    arn = "arn:aws:sagemaker:eu-west-1:111122223333:training-job/"
    told = dict(reasons([Permission(("a:X", "sagemaker:StopTrainingJob"), (f"{arn}team", f"{arn}team-*"))]))
    assert list(told) == [f"{arn}team-*"]
