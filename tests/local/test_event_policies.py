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
        "ERROR_MESSAGE": refused(SENDER, "events:PutEvents", bus), "RETRY_ATTEMPTS": "0",
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


def test_nobody_acts_with_a_role_of_another_account(sender: Place, third: Place) -> None:
    """As the owner's role, the rule and the schedule would be let in."""
    role = f"arn:aws:iam::{SENDER}:role/events"
    url, queue = sender.queue("own", Principal={"AWS": role})
    for give in (
        lambda: third.rule("with-their-role", {"Arn": queue, "RoleArn": role}),
        lambda: third.schedule("with-their-role", {"Arn": queue, "RoleArn": role}),
    ):
        with pytest.raises(ClientError, match=r"\(AccessDeniedException\).*Cross-account pass role is not allowed"):
            give()
    third.put()
    assert nothing_more(sender, url)  # type: ignore[arg-type]


def test_a_schedule_reaches_only_queues_of_others_that_let_its_role_in(sender: Place, receiver: Place) -> None:
    role = f"arn:aws:iam::{SENDER}:role/schedules"
    reached, by_role = receiver.queue("scheduled", Principal={"AWS": role})
    closed, shut = receiver.queue("not-scheduled")
    letters, dead = sender.queue("schedule-letters")
    sender.schedule("open", {"Arn": by_role, "RoleArn": role, "Input": '"a"'})
    sender.schedule("shut", {"Arn": shut, "RoleArn": role, "Input": '"a"', "DeadLetterConfig": {"Arn": dead}})
    assert receiver.received(reached)["body"] == "a"
    letter = sender.received(letters)
    assert (letter["ERROR_CODE"], letter["ERROR_MESSAGE"]) == (
        "NO_PERMISSIONS", refused(SENDER, "sqs:SendMessage", shut).replace(":root", ":role/schedules"),
    )  # fmt: skip
    assert nothing_more(receiver, closed)  # type: ignore[arg-type]


def test_a_schedule_reaches_only_buses_of_others_that_let_its_role_in(sender: Place, receiver: Place) -> None:
    role, put = f"arn:aws:iam::{SENDER}:role/schedules", {"Source": "mine", "DetailType": "Done"}
    bus, closed = receiver.bus("scheduled", Principal={"AWS": role}), receiver.bus("not-scheduled")
    url, queue = receiver.queue("scheduled-bus", **EVENTS)
    for name in ("scheduled", "not-scheduled"):
        receiver.rule(name, {"Arn": queue}, bus=name)
    letters, dead = sender.queue("bus-letters")
    told = {"RoleArn": role, "EventBridgeParameters": put, "Input": '{"key": "a"}', "DeadLetterConfig": {"Arn": dead}}
    sender.schedule("to-closed", {"Arn": closed, **told})
    assert sender.received(letters)["ERROR_CODE"] == "NO_PERMISSIONS"
    sender.schedule("to-open", {"Arn": bus, **told})
    assert receiver.received(url)["body"]["account"] == SENDER
    assert nothing_more(receiver, url)  # type: ignore[arg-type]


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


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("Publish", {"Message": "m"}),
        ("Subscribe", {"Protocol": "sqs", "Endpoint": f"arn:aws:sqs:{REGION}:{THIRD}:theirs"}),
        ("SetTopicAttributes", {"AttributeName": "DisplayName", "AttributeValue": "theirs"}),
        ("DeleteTopic", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_topic_of_another_account(
    sender: Place, receiver: Place, third: Place, operation: str, given: dict[str, Any]
) -> None:
    topic = receiver.client("sns").create_topic(Name=f"abroad-{operation}")["TopicArn"]
    statement = {"Effect": "Allow", "Principal": {"AWS": SENDER}, "Action": "sns:*", "Resource": topic}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    receiver.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    method = {"SetTopicAttributes": "set_topic_attributes", "DeleteTopic": "delete_topic"}.get(
        operation, operation.lower()
    )
    with pytest.raises(ClientError) as caught:
        getattr(third.client("sns"), method)(TopicArn=topic, **given)
    assert caught.value.response["Error"]["Message"] == refused(THIRD, f"SNS:{operation}", topic)
    getattr(sender.client("sns"), method)(TopicArn=topic, **given)
