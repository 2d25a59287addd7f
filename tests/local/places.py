"""Accounts of a local AWS that send each other events."""

from __future__ import annotations

import json
from typing import Any

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.local.test_operations import until

REGION = "eu-west-1"
EVENT = {"Source": "mine", "DetailType": "Done", "Detail": '{"key": "a"}', "Resources": ["arn:r"]}


class Place:
    """One account."""

    def __init__(self, aws: EmbeddedAws, account: str) -> None:
        self.account = account
        self.client = aws._world.services(account, REGION).client

    def bus(self, name: str, **statement: Any) -> str:
        """The ARN of a new bus; with a statement, of a policy that allows the action of sending to it."""
        arn = str(self.client("events").create_event_bus(Name=name)["EventBusArn"])
        if statement:
            allow = {"Sid": "in", "Effect": "Allow", "Action": "events:PutEvents", "Resource": arn, **statement}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
            self.client("events").put_permission(EventBusName=name, Policy=policy)
        return arn

    def queue(self, name: str, **statement: Any) -> tuple[str, str]:
        """The URL and ARN of a new queue; with a statement, of a policy that allows to send messages to it."""
        arn, policy = f"arn:aws:sqs:{REGION}:{self.account}:{name}", {}
        if statement:
            allow = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn, **statement}
            policy = {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [allow]})}
        return str(self.client("sqs").create_queue(QueueName=name, Attributes=policy)["QueueUrl"]), arn

    def rule(self, name: str, *targets: dict[str, Any], bus: str = "default") -> str:
        events = self.client("events")
        pattern = json.dumps({"source": ["mine"], "detail-type": ["Done"]})
        arn = str(events.put_rule(Name=name, EventPattern=pattern, EventBusName=bus)["RuleArn"])
        told = [{"Id": str(number), **one} for number, one in enumerate(targets)]
        if told:
            events.put_targets(Rule=name, EventBusName=bus, Targets=told)
        return arn

    def schedule(self, name: str, target: dict[str, Any]) -> None:
        """A schedule that starts now, and not again soon."""
        self.client("scheduler").create_schedule(
            Name=name, ScheduleExpression="rate(1 hour)", FlexibleTimeWindow={"Mode": "OFF"}, Target=target
        )

    def put(self, bus: str = "default", **entry: Any) -> dict[str, Any]:
        answer = self.client("events").put_events(Entries=[{**EVENT, "EventBusName": bus, **entry}])
        return dict(answer["Entries"][0])

    def received(self, url: str) -> dict[str, Any]:
        """The next message, with its attributes by their names."""
        ask = {"QueueUrl": url, "MessageAttributeNames": ["All"]}
        (message,) = until(lambda: self.client("sqs").receive_message(**ask).get("Messages"))
        attributes = message.get("MessageAttributes", {})
        told = {name: value["StringValue"] for name, value in attributes.items()}
        return {**told, "body": json.loads(message["Body"])}

    def counted(self, rule: str) -> set[str]:
        """The metrics that the rule has."""
        dimension = [{"Name": "RuleName", "Value": rule}]
        found = self.client("cloudwatch").list_metrics(Namespace="AWS/Events", Dimensions=dimension)
        return {metric["MetricName"] for metric in found["Metrics"]}
