"""What deploys the versions of a group to an endpoint: a function, and what calls it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import Duration, Stack
from constructs import Construct

from .. import assets
from ..assets import LambdaHandler, Workplace
from ..iam import hosted
from ..iam.escaping import marked
from ..iam.permissions import Permission
from ..language.tokens import has_string_token
from ..lazy import Producer
from ..steps.base.own_grants import own_grants
from ..triggers.access import check_role_and_queue, dead_letters
from .served_group import ServedGroup, status_changes

if TYPE_CHECKING:
    from aws_cdk import aws_events as events
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_sqs as sqs

_CODE = Path(assets.__file__).parent / "scripts" / "model_endpoint.py"
_LARGEST = 4000
"""Of the variables of a function Lambda takes 4096 bytes, names included."""


class Deploying:
    """The function of an endpoint, the rules that call it, and the resource by which CloudFormation does."""

    def __init__(
        self,
        scope: Construct,
        settings: Mapping[str, Any],
        group: ServedGroup,
        role: iam.IRole,
        volume_key: str | None,
        work: Workplace,
        dead_letter_queue: sqs.IQueue | None,
    ) -> None:
        self._stack = Stack.of(scope)
        name = settings["EndpointName"]
        check_role_and_queue(None, dead_letter_queue)
        self.queue = dead_letters(scope, "DeadLetters", dead_letter_queue)
        # another name is another endpoint, which needs a function of its own: the old one deletes the old endpoint
        place = Construct(scope, "Deploying" if has_string_token(name) else f"Deploying-{name}")
        self._settings = {**settings, "Tags": cdk.Lazy.any(Producer(self._tags))}
        self._text = self._stack.to_json_string(self._settings)
        self._function = LambdaHandler(_CODE, timeout=Duration.minutes(15)).bind(place, "Function")
        self._function.add_environment("SETTINGS", self._text)
        self._function.configure_async_invoke(
            on_failure=cdk.aws_lambda_destinations.SqsDestination(self.queue), retry_attempts=2
        )
        self.permissions = self._permissions(name, group.name, work.role_arn(role), volume_key, work)
        for permission in self.permissions:
            self._function.add_to_role_policy(cdk.aws_iam.PolicyStatement.from_json(permission.statement()))
        resource = cdk.CustomResource(
            place,
            "Resource",
            service_token=self._function.function_arn,
            resource_type="Custom::SageMakerModelEndpoint",
            properties={"Settings": self._text},
        )
        # the policies of both roles have to be there for the first deployment, and until the endpoint is deleted
        resource.node.add_dependency(role, self._function)
        if self._function.role is not None:
            resource.node.add_dependency(self._function.role)
        for construct_id, pattern, bus in (
            ("Approved", group.pattern(), group.bus),
            ("StatusChanged", status_changes(scope, name), None),
        ):
            rule = self._rule(place, construct_id, pattern, bus)
            rule.node.add_dependency(resource)  # or the deletion of the endpoint would create it again

    @property
    def function(self) -> lambda_.Function:
        """The function."""
        return self._function

    def faults(self) -> list[str]:
        """What is wrong with the settings once they are complete."""
        size = len(json.dumps(self._stack.resolve(self._settings)))
        if size <= _LARGEST:
            return []
        return [
            f"the settings of the endpoint and its tags have {size} characters as JSON, but the variables of a "
            f"function take {_LARGEST}; use fewer tags, subnets or alarms"
        ]

    def _rule(
        self, place: Construct, construct_id: str, pattern: events.EventPattern, bus: events.IEventBus | None
    ) -> events.Rule:
        target = cdk.aws_events_targets.LambdaFunction(self._function, dead_letter_queue=self.queue)
        return cdk.aws_events.Rule(place, construct_id, event_pattern=pattern, event_bus=bus, targets=[target])

    def _permissions(
        self, name: str, group: str, role: str, volume_key: str | None, work: Workplace
    ) -> list[Permission]:
        found = list(hosted.of_function(name, marked(group), role, volume_key, work.environment()))
        return own_grants(found, group, "group", self._stack)

    def _tags(self) -> list[dict[str, str]]:
        """CDK's tags, as the function itself has them."""
        resource: Any = self._function.node.default_child
        return [{"Key": key, "Value": value} for key, value in sorted(resource.tags.tag_values().items())]
