"""Approvals that cross accounts: who sends them, who takes them, and that they arrive on the local AWS."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import boto3
import pytest
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template

from cdk_sagemaker_pipelines import ApprovalBus, Environment, ModelPackageGroup, PipelineError
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.bootstrapping import bootstrap

DEV, PROD, REGION = "111122223333", "444455556666", "eu-west-1"
DETAIL = {
    "ModelPackageGroupName": [{"equals-ignore-case": "Line"}],
    "ModelApprovalStatus": ["Approved"],
    "UpdatedModelPackageFields": ["ModelApprovalStatus"],
}


class Accounts:
    """A group in one account, and in another one a bus with a rule and a queue, each in a stage of its own."""

    def __init__(self, folder: Path) -> None:
        self.app = cdk.App(outdir=str(folder), analytics_reporting=False)
        self.dev, self.prod = (
            cdk.Stack(Environment(name=name, account=account, region=REGION).stage(self.app), "Registry")
            for name, account in (("Dev", DEV), ("Prod", PROD))
        )
        self.bus = ApprovalBus(self.prod, "Approvals", event_bus_name="approvals", producers=[DEV, DEV])
        self.queue = sqs.Queue(self.prod, "Approved", queue_name="approved")
        events.Rule(
            self.prod, "Rule", event_bus=self.bus.event_bus, event_pattern=self.bus.pattern("Line"),
            targets=[targets.SqsQueue(self.queue)],
        )  # fmt: skip
        self.group = ModelPackageGroup(self.dev, "Models", model_package_group_name="Line", consumers=[PROD])
        self.rule = self.group.forward_approvals(self.bus)


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Accounts:
    return Accounts(tmp_path_factory.mktemp("cdk.out"))


def only(template: Template, kind: str) -> dict[str, Any]:
    (found,) = template.find_resources(kind).values()
    return dict(found["Properties"])


def partitioned(text: str) -> Any:
    return {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, text]]}


def test_the_group_sends_its_approvals_and_its_role_may_do_nothing_else(accounts: Accounts) -> None:
    template = Template.from_stack(accounts.dev)
    bus = partitioned(f":events:{REGION}:{PROD}:event-bus/approvals")
    rule = only(template, "AWS::Events::Rule")
    assert rule["EventPattern"] == {
        "account": ["111122223333"],  # the bus may take events of other accounts
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": DETAIL,
    }
    (target,) = rule["Targets"]
    assert target["Arn"] == bus
    assert "DeadLetterConfig" in target
    (statement,) = only(template, "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("events:PutEvents", bus)
    (trust,) = only(template, "AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "events.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": DEV},
        "ArnLike": {"aws:SourceArn": partitioned(f":events:{REGION}:{DEV}:rule/*")},
    }


def test_the_bus_takes_events_of_its_producers(accounts: Accounts) -> None:
    template = Template.from_stack(accounts.prod)
    assert only(template, "AWS::Events::EventBus") == {"Name": "approvals"}
    (bus,) = template.find_resources("AWS::Events::EventBus")
    assert only(template, "AWS::Events::EventBusPolicy") == {
        "EventBusName": {"Ref": bus},
        "StatementId": "Producers",
        "Statement": {
            "Sid": "Producers",
            "Effect": "Allow",
            "Principal": {"AWS": [partitioned(f":iam::{DEV}:root")]},
            "Action": "events:PutEvents",
            "Resource": {"Fn::GetAtt": [bus, "Arn"]},
        },
    }


def test_another_bus_and_another_queue(tmp_path: Path) -> None:
    stack = cdk.Stack(cdk.App(outdir=str(tmp_path)), "Stack", env=cdk.Environment(account=DEV, region=REGION))
    group = ModelPackageGroup(stack, "Models", model_package_group_name="line")
    queue = sqs.Queue(stack, "Lost")
    arn = f"arn:aws:events:{REGION}:{PROD}:event-bus/"
    first, second = (group.forward_approvals(f"{arn}{name}", dead_letter_queue=queue) for name in "ab")
    assert (first.node.id, second.node.id) == ("Approvals", "Approvals1")
    assert len(Template.from_stack(stack).find_resources("AWS::SQS::Queue")) == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"producers": []}, "producers takes a list of the numbers of accounts, not []"),
        ({"producers": DEV}, f"producers takes a list of the numbers of accounts, not '{DEV}'"),
        ({"producers": ["1"]}, "producers: the number of an account has 12 digits, found '1'"),
        ({"event_bus_name": "a b"}, "event_bus_name has 1 to 256 letters, digits, '.', '-' and '_', and is literal"),
        ({"event_bus_name": cdk.Aws.STACK_NAME}, "event_bus_name has 1 to 256 letters"),
    ],
    ids=["nobody", "text", "short", "space", "token"],
)
def test_a_bus_that_is_refused(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    stack = cdk.Stack(cdk.App(outdir=str(tmp_path)), "Stack")
    with pytest.raises(PipelineError) as error:
        ApprovalBus(stack, "Bus", **{"producers": [DEV], **change})
    assert str(error.value).startswith(f"ApprovalBus 'Stack/Bus': {told}")


@pytest.mark.parametrize("bus", [3, "approvals", f"arn:aws:events:{REGION}:{PROD}:rule/x"])
def test_what_is_not_a_bus_is_refused(tmp_path: Path, bus: Any) -> None:
    stack = cdk.Stack(cdk.App(outdir=str(tmp_path)), "Stack")
    with pytest.raises(PipelineError, match=r"^ModelPackageGroup 'Stack/Models': forward_approvals: the bus is an"):
        ModelPackageGroup(stack, "Models").forward_approvals(bus)


@pytest.fixture(scope="module")
def clients(accounts: Accounts) -> Iterator[Any]:
    """Of the local AWS, in which both stacks are deployed, by account and service."""
    assembly = accounts.app.synth()
    with EmbeddedAws(REGION, DEV) as aws:

        def client(account: str, service: str) -> Any:
            keys = aws.environment(account, REGION, among={})
            session: Any = boto3.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], region_name=REGION)
            return session.client(service, endpoint_url=aws.url)

        for name, account in (("Prod", PROD), ("Dev", DEV)):
            cloudformation = client(account, "cloudformation")
            bootstrap(cloudformation)
            stack = assembly.get_nested_assembly(f"assembly-{name}").stacks[0]
            cloudformation.create_stack(
                StackName=stack.stack_name, TemplateBody=json.dumps(stack.template), Capabilities=["CAPABILITY_IAM"]
            )
        yield client


def test_an_approval_arrives_in_the_other_account(clients: Any) -> None:
    registry, queues = clients(DEV, "sagemaker"), clients(PROD, "sqs")
    versions = [
        registry.create_model_package(ModelPackageGroupName="Line", ModelApprovalStatus="PendingManualApproval")
        for _ in range(2)
    ]
    arn, rejected = (each["ModelPackageArn"] for each in versions)
    registry.update_model_package(ModelPackageArn=rejected, ModelApprovalStatus="Rejected")
    registry.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    url = queues.get_queue_url(QueueName="approved")["QueueUrl"]
    found: list[Any] = []
    deadline = time.monotonic() + 20
    while not found and time.monotonic() < deadline:
        found = queues.receive_message(QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10).get("Messages", [])
    (message,) = (json.loads(each["Body"]) for each in found)
    assert message["detail"]["ModelPackageArn"] == arn
    assert message["account"] == DEV


def test_the_bus_has_its_policy_until_its_stack_goes(clients: Any) -> None:
    bus = clients(PROD, "events").describe_event_bus(Name="approvals")
    (statement,) = json.loads(bus["Policy"])["Statement"]
    assert (statement["Sid"], statement["Principal"]) == ("Producers", {"AWS": [f"arn:aws:iam::{DEV}:root"]})
    clients(PROD, "cloudformation").delete_stack(StackName="Prod-Registry")
    assert [each["Name"] for each in clients(PROD, "events").list_event_buses()["EventBuses"]] == ["default"]


def test_a_rule_can_name_one_producer(tmp_path: Path) -> None:
    stack = cdk.Stack(cdk.App(outdir=str(tmp_path)), "Registry", env=cdk.Environment(account=PROD, region=REGION))
    bus = ApprovalBus(stack, "Approvals", producers=[DEV, "777788889999"])
    events.Rule(stack, "Rule", event_bus=bus.event_bus, event_pattern=bus.pattern("Line", account=DEV))
    pattern = only(Template.from_stack(stack), "AWS::Events::Rule")["EventPattern"]
    assert (pattern["account"], pattern["detail"]) == ([DEV], DETAIL)
    with pytest.raises(PipelineError, match="the producers are 111122223333, 777788889999, not '222233334444'"):
        bus.pattern("Line", account="222233334444")
