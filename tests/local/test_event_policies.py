"""Events between accounts: what the policies of buses, targets and dead-letter queues allow."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.local.places import REGION, Place
from tests.local.test_events import nothing_more
from tests.local.test_operations import until

SENDER, RECEIVER, THIRD = "123456789012", "444455556666", "777788889999"
EVENTS = {"Principal": {"Service": "events.amazonaws.com"}}


@pytest.fixture
def sender(embedded_aws: EmbeddedAws) -> Place:
    return Place(embedded_aws, SENDER)


@pytest.fixture
def receiver(embedded_aws: EmbeddedAws) -> Place:
    return Place(embedded_aws, RECEIVER)


@pytest.fixture
def third(embedded_aws: EmbeddedAws) -> Place:
    return Place(embedded_aws, THIRD)


def refused(account: str, action: str, resource: str) -> str:
    who = f"User: arn:aws:iam::{account}:root is not authorized to perform: {action} on resource: {resource}"
    return f"{who} because no resource-based policy allows the {action} action"


def test_events_for_a_bus_of_another_account(sender: Place, receiver: Place, third: Place) -> None:
    bus = receiver.bus("direct", Principal={"AWS": f"arn:aws:iam::{SENDER}:root"})
    url, queue = receiver.queue("direct", **EVENTS)
    receiver.rule("direct", {"Arn": queue}, bus="direct")
    denied = third.put(bus)
    assert denied == {"ErrorCode": "AccessDeniedException", "ErrorMessage": refused(THIRD, "events:PutEvents", bus)}
    assert "EventId" in sender.put(bus)
    event = receiver.received(url)["body"]
    assert (event["account"], event["region"], event["resources"]) == (SENDER, REGION, ["arn:r"])
    assert nothing_more(receiver, url)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("statement", "lets"),
    [
        ({"Principal": "*"}, True),
        ({"Principal": {"AWS": SENDER}}, True),
        ({"Principal": {"AWS": THIRD}}, False),
        ({"Principal": "*", "Condition": {"StringEquals": {"events:source": "mine"}}}, True),
        ({"Principal": "*", "Condition": {"StringEquals": {"events:source": "other"}}}, False),
        ({"Principal": "*", "Condition": {"StringEquals": {"events:detail-type": "Done"}}}, True),
        ({"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}}, False),
        ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": ["127.0.0.1/32", "::1/128"]}}}, True),
        ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, False),
        ({"Principal": "*", "Condition": {"ForAllValues:StringEquals": {"events:source": ["mine"]}}}, True),
        ({"Principal": "*", "Action": "events:PutRule"}, False),
        ({"Principal": "*", "Effect": "Deny"}, False),
        ({"Principal": "*", "Resource": f"arn:aws:events:{REGION}:{RECEIVER}:event-bus/other"}, False),
    ],
    ids=[
        "all", "account", "other", "source", "other-source", "detail-type", "org", "address", "other-address", "set",
        "action", "deny", "resource",
    ],
)  # fmt: skip
def test_who_a_bus_lets_in(
    sender: Place, receiver: Place, request: pytest.FixtureRequest, statement: dict[str, Any], lets: bool
) -> None:
    bus = receiver.bus(f"lets-{request.node.callspec.id}", **statement)
    answer = sender.put(bus)
    assert ("EventId" in answer) == lets, answer
    if statement.get("Effect") == "Deny":
        assert answer["ErrorMessage"].endswith("with an explicit deny in a resource-based policy")


def test_a_condition_that_cannot_be_decided_is_named(sender: Place, receiver: Place) -> None:
    bus = receiver.bus("doubt", Principal="*", Condition={"StringLike": {"aws:userid": "*"}})
    told = "because statement 1 (in) of the resource-based policy depends on aws:userid, of which nothing is known"
    assert sender.put(bus)["ErrorMessage"].endswith(told)


def test_a_rule_without_a_role_asks_as_its_account_or_as_the_service(sender: Place, receiver: Place) -> None:
    rule = f"arn:aws:events:{REGION}:{SENDER}:rule/by-itself"
    only = {"ArnEquals": {"aws:SourceArn": rule}}
    service = receiver.bus("by-itself", **EVENTS, Condition=only)
    other = receiver.bus("by-another", **EVENTS, Condition={"ArnEquals": {"aws:SourceArn": f"{rule}-not"}})
    url, queue = receiver.queue("by-itself", **EVENTS)
    for bus in ("by-itself", "by-another"):
        receiver.rule(bus, {"Arn": queue}, bus=bus)
    sender.rule("by-itself", {"Arn": service}, {"Arn": other})
    sender.put()
    assert receiver.received(url)["body"]["account"] == SENDER
    assert until(lambda: sender.counted("by-itself")) == {"FailedInvocations"}
    assert nothing_more(receiver, url)  # type: ignore[arg-type]


def test_an_organization_is_let_in_by_its_id(embedded_aws: EmbeddedAws, receiver: Place, sender: Place) -> None:
    organizations = receiver.client("organizations")
    organization = organizations.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    made = organizations.create_account(Email="a@example.com", AccountName="a")["CreateAccountStatus"]
    member = Place(embedded_aws, made["AccountId"])
    bus = receiver.bus("org", Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": organization}})
    assert "EventId" in member.put(bus)
    assert sender.put(bus)["ErrorCode"] == "AccessDeniedException"
    # by a rule, only where that has a role
    url, queue = receiver.queue("org", **EVENTS)
    receiver.rule("org", {"Arn": queue}, bus="org")
    role = f"arn:aws:iam::{member.account}:role/events"
    member.rule("without", {"Arn": bus})
    member.rule("with", {"Arn": bus, "RoleArn": role, "Id": "with"})
    member.put()
    assert receiver.received(url)["body"]["account"] == member.account
    until(lambda: member.counted("without"))
    assert member.counted("with") == set()
    assert nothing_more(receiver, url)  # type: ignore[arg-type]


def test_a_rule_that_a_bus_does_not_let_in(sender: Place, receiver: Place) -> None:
    bus = receiver.bus("closed", Principal={"AWS": THIRD})
    letters, dead = sender.queue("closed", **EVENTS)
    rule = sender.rule("closed", {"Arn": bus, "DeadLetterConfig": {"Arn": dead}})
    sender.put()
    letter = sender.received(letters)
    assert letter["body"]["detail"] == {"key": "a"}
    assert {name: value for name, value in letter.items() if name != "body"} == {
        "RULE_ARN": rule, "TARGET_ARN": bus, "ERROR_CODE": "NO_PERMISSIONS",
        "ERROR_MESSAGE": refused(SENDER, "events:PutEvents", bus),
    }  # fmt: skip
    assert until(lambda: sender.counted("closed")) == {"FailedInvocations", "InvocationsSentToDlq"}


def test_a_dead_letter_queue_that_lets_nobody_in(sender: Place, receiver: Place) -> None:
    letters, dead = sender.queue("shut", Principal={"Service": "events.amazonaws.com"}, Condition={
        "ArnEquals": {"aws:SourceArn": f"arn:aws:events:{REGION}:{SENDER}:rule/another"},
    })  # fmt: skip
    sender.rule("shut", {"Arn": receiver.bus("shut"), "DeadLetterConfig": {"Arn": dead}})
    sender.put()
    counted = {"FailedInvocations", "InvocationsFailedToBeSentToDlq"}
    assert until(lambda: sender.counted("shut")) == counted
    assert nothing_more(sender, letters)  # type: ignore[arg-type]


def test_a_queue_of_another_account_as_a_target(sender: Place, receiver: Place) -> None:
    role = f"arn:aws:iam::{SENDER}:role/events"
    open_to_role, by_role = receiver.queue("by-role", Principal={"AWS": role})
    closed, shut = receiver.queue("no-policy")
    sender.rule("abroad", {"Arn": by_role, "RoleArn": role}, {"Arn": shut, "RoleArn": role})
    sender.put()
    assert receiver.received(open_to_role)["body"]["account"] == SENDER
    assert until(lambda: sender.counted("abroad")) == {"FailedInvocations"}
    assert nothing_more(receiver, closed)  # type: ignore[arg-type]


def test_rules_of_a_bus_of_another_account(sender: Place, receiver: Place) -> None:
    bus = receiver.bus("managed")
    with pytest.raises(ClientError, match=r"\(AccessDeniedException\)") as caught:
        sender.rule("theirs", bus=bus)
    rule = f"arn:aws:events:{REGION}:{RECEIVER}:rule/managed/theirs"
    assert caught.value.response["Error"]["Message"] == refused(SENDER, "events:PutRule", rule)
    statement = {"Sid": "m", "Effect": "Allow", "Principal": {"AWS": SENDER}, "Action": "events:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    receiver.client("events").put_permission(EventBusName="managed", Policy=policy)
    assert sender.rule("theirs", {"Arn": receiver.queue("managed")[1]}, bus=bus) == rule
    listed = receiver.client("events").list_rules(EventBusName="managed")["Rules"]
    assert [one["Name"] for one in listed] == ["theirs"]


def test_a_bus_of_another_region_is_not_called_across(sender: Place) -> None:
    with pytest.raises(ClientError, match="Cross-region api call is not allowed"):
        sender.put(f"arn:aws:events:us-east-1:{SENDER}:event-bus/default")


def test_queues_topics_and_functions_that_let_no_rule_in(sender: Place) -> None:
    mine = {"ArnEquals": {"aws:SourceArn": f"arn:aws:events:{REGION}:{SENDER}:rule/inside"}}
    url, queue = sender.queue("inside", **EVENTS, Condition=mine)
    other, shut = sender.queue("inside-shut", **{**EVENTS, "Principal": {"Service": "sns.amazonaws.com"}})
    topic = sender.client("sns").create_topic(Name="inside")["TopicArn"]
    sender.rule("inside", {"Arn": queue}, {"Arn": shut}, {"Arn": topic})
    sender.put()
    assert sender.received(url)["body"]["account"] == SENDER
    assert until(lambda: sender.counted("inside")) == {"FailedInvocations"}
    assert nothing_more(sender, other)  # type: ignore[arg-type]


def test_a_topic_reaches_the_queues_that_let_it_in(
    sender: Place, receiver: Place, caplog: pytest.LogCaptureFixture
) -> None:
    sns = sender.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    only = {"Principal": {"Service": "sns.amazonaws.com"}, "Condition": {"ArnEquals": {"aws:SourceArn": topic}}}
    reached, theirs = receiver.queue("news", **only)
    mine, own = sender.queue("news", **only)
    shut, closed = receiver.queue("news-shut")
    for endpoint in (theirs, own, closed):
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)
    with caplog.at_level("WARNING", "cdk_sagemaker_pipelines.local"):
        sns.publish(TopicArn=topic, Message="news")
    assert receiver.received(reached)["body"]["Message"] == sender.received(mine)["body"]["Message"] == "news"
    assert nothing_more(receiver, shut)  # type: ignore[arg-type]
    assert f"topic news could not reach {closed}: User: sns.amazonaws.com is not authorized" in caplog.text


def test_a_topic_of_another_account_is_reached_as_its_policy_says(sender: Place, receiver: Place) -> None:
    theirs, mine = receiver.client("sns"), sender.client("sns")
    topic = theirs.create_topic(Name="closed")["TopicArn"]
    with pytest.raises(ClientError, match=r"\(AuthorizationError\).*no resource-based policy allows the SNS:Publish"):
        mine.publish(TopicArn=topic, Message="m")
    with pytest.raises(ClientError, match="to perform: SNS:Subscribe on resource"):
        mine.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=sender.queue("subscriber")[1])
    allow = {"Effect": "Allow", "Principal": {"AWS": SENDER}, "Action": "sns:Publish", "Resource": topic}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    theirs.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    assert mine.publish(TopicArn=topic, Message="m")["MessageId"]


def test_a_schedule_reaches_another_account_as_policies_say(sender: Place, receiver: Place) -> None:
    role = f"arn:aws:iam::{SENDER}:role/scheduler"
    url, queue = receiver.queue("scheduled", Principal={"AWS": role})
    _, shut = receiver.queue("scheduled-shut")
    letters, dead = sender.queue("scheduled-dead")
    put = {"EventBridgeParameters": {"Source": "mine", "DetailType": "Done"}, "Input": "{}"}
    for name, target in (
        ("open", {"Arn": queue}), ("shut", {"Arn": shut}), ("bus", {"Arn": receiver.bus("scheduled"), **put}),
    ):  # fmt: skip
        letter = {"RoleArn": role, "DeadLetterConfig": {"Arn": dead}}
        sender.client("scheduler").create_schedule(
            Name=name,
            ScheduleExpression="rate(1 hour)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={**target, **letter},
        )
    assert receiver.received(url)["body"]["account"] == SENDER
    told = sorted(sender.received(letters)["ERROR_MESSAGE"].partition(" because")[0] for _ in range(2))
    assert "events:PutEvents on resource" in told[1]
    assert told[0] == f"User: {role} is not authorized to perform: sqs:SendMessage on resource: {shut}"
