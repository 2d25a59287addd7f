"""The evaluator answers as IAM's user guide says, so that a wrong policy would not go unnoticed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.permissions.calls import HERE
from tests.permissions.conftest import Pipeline
from tests.permissions.evaluator import Request, allowed, known, without_resources
from tests.permissions.template import Template

ROLE = "arn:aws:iam::111122223333:role/Job"
OBJECTS = "arn:aws:s3:::data/orders/*"


def _policy(effect: str = "Allow", **statement: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": effect, **statement}]}


def _ask(action: str, resource: str, *policies: dict[str, Any], **context: str) -> bool:
    told = {key.replace("__", ":"): value for key, value in context.items()}
    return allowed([Request(ROLE, action, resource, told, policies)])[0]


READ = _policy(Action="s3:GetObject", Resource=OBJECTS)


@pytest.mark.parametrize(
    ("action", "resource", "answer"),
    [
        ("s3:GetObject", "arn:aws:s3:::data/orders/2026/a.csv", True),
        ("s3:GetObject", "arn:aws:s3:::data/orders", False),
        ("s3:GetObject", "arn:aws:s3:::data/Orders/a.csv", False),
        ("s3:GetObject", "arn:aws:s3:::data-other/orders/a.csv", False),
        ("s3:PutObject", "arn:aws:s3:::data/orders/a.csv", False),
    ],
)
def test_actions_and_resources(action: str, resource: str, answer: bool) -> None:
    assert _ask(action, resource, READ) is answer


def test_a_condition_is_only_met_if_its_key_is_in_the_context() -> None:
    only = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    policy = _policy(Action="iam:PassRole", Resource=ROLE, Condition=only)
    assert _ask("iam:PassRole", ROLE, policy, iam__PassedToService="sagemaker.amazonaws.com")
    assert not _ask("iam:PassRole", ROLE, policy, iam__PassedToService="ec2.amazonaws.com")
    assert not _ask("iam:PassRole", ROLE, policy)


def test_a_deny_takes_precedence() -> None:
    refusal = _policy("Deny", Action="s3:*", Resource="*")
    assert not _ask("s3:GetObject", "arn:aws:s3:::data/orders/a.csv", READ, refusal)


def test_a_key_is_only_usable_if_its_own_policy_allows_the_account() -> None:
    arn = "arn:aws:kms:eu-west-1:111122223333:key/1"
    may = (_policy(Action="kms:Decrypt", Resource=arn),)
    root = {"AWS": "arn:aws:iam::111122223333:root"}
    trusting = _policy(Action="kms:*", Resource="*", Principal=root)
    silent = _policy(Action="kms:*", Resource="*", Principal={"AWS": f"{ROLE}-other"})
    asked = [Request(ROLE, "kms:Decrypt", arn, identity=may, on=on) for on in (trusting, silent)]
    assert allowed(asked) == [True, False]


def test_an_invalid_request_fails() -> None:
    with pytest.raises(AssertionError, match="s3:GetObject has no resource arn:aws:s3:::data"):
        _ask("s3:GetObject", "arn:aws:s3:::data", READ)
    with pytest.raises(AssertionError, match=r"invalid\.action"):
        _ask("s3:GetObjekt", "arn:aws:s3:::data/a", READ)
    with pytest.raises(AssertionError, match="knows no iam:PassedToService"):
        _ask("s3:GetObject", "arn:aws:s3:::data/a", READ, iam__PassedToService="x")
    with pytest.raises(AssertionError, match=r"policy\.errors"):
        _ask("s3:GetObject", "arn:aws:s3:::data/a", _policy(Aktion="s3:GetObject", Resource="*"))


def test_actions_that_the_reference_knows() -> None:
    stream = "arn:aws:logs:eu-west-1:111122223333:log-group:a:log-stream:b"
    assert known([("logs:PutLogEvents", stream), ("sagemaker:CreateModel", "arn:aws:s3:::data")]) == [True, False]
    assert without_resources(["ec2:DescribeVpcs", "s3:GetObject"]) == [True, False]


def test_the_policy_of_a_queue_denies_requests_without_tls(pipelines: dict[str, Pipeline]) -> None:
    pipeline = pipelines["callback"]
    (question,) = (q for q in pipeline.questions() if q.action == "sqs:SendMessage" and "AskQueue" in q.resource)
    asked = pipeline.asks(question)
    assert asked.on is not None
    plain = replace(asked, context={"aws:SecureTransport": "false"})
    assert allowed([asked, plain]) == [True, False]


def test_templates_are_resolved() -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}
    template = Template({"Resources": {"B": {"Type": "AWS::S3::Bucket"}, "Q": queue}}, HERE["a"], HERE["r"])
    arn = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":s3:::", {"Ref": "B"}, "/*"]]}
    assert template.resolve(arn) == "arn:aws:s3:::stack-b-1a2b3c/*"
    assert template.resolve({"Fn::GetAtt": ["Q", "Arn"]}) == "arn:aws:sqs:eu-west-1:111122223333:q"
    assert template.resolve({"Fn::Sub": "${AWS::Region} ${Q} ${!x}"}) == (
        "eu-west-1 https://sqs.eu-west-1.amazonaws.com/111122223333/q ${!x}"
    )
    with pytest.raises(NotImplementedError, match="Fn::Cidr"):
        template.resolve({"Fn::Cidr": []})
