"""Resources that belong to topics."""

from __future__ import annotations

import json
from collections.abc import Mapping

from .provider import Made, Provider, Request


class TopicPolicy(Provider):
    """AWS::SNS::TopicPolicy. Deleting it does not restore what it replaced: its topics keep the last policy."""

    def create(self, request: Request) -> Made:
        self._set(request)
        return Made(request.name("Id"))

    def update(self, request: Request) -> Made:
        self._set(request)
        return Made(request.physical_id)

    def delete(self, request: Request) -> None:
        return None

    def _set(self, request: Request) -> None:
        policy = json.dumps(request.properties["PolicyDocument"])
        for arn in request.properties["Topics"]:
            request.client("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)


class Subscription(Provider):
    """AWS::SNS::Subscription; every change creates a new one."""

    def replaces(self, member: str) -> bool:
        return True

    def create(self, request: Request) -> Made:
        properties = request.properties
        attributes = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in request.given(
                "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy", "DeliveryPolicy"
            ).items()
        }
        endpoint = {"Endpoint": properties["Endpoint"]} if "Endpoint" in properties else {}
        answer = request.client("sns").subscribe(
            TopicArn=properties["TopicArn"],
            Protocol=properties["Protocol"],
            ReturnSubscriptionArn=True,
            Attributes=attributes,
            **endpoint,
        )
        return Made(answer["SubscriptionArn"], {"Arn": answer["SubscriptionArn"]})

    def delete(self, request: Request) -> None:
        request.client("sns").unsubscribe(SubscriptionArn=request.physical_id)


SNS_RESOURCES: Mapping[str, Provider] = {
    "AWS::SNS::Subscription": Subscription(),
    "AWS::SNS::TopicPolicy": TopicPolicy(),
}
