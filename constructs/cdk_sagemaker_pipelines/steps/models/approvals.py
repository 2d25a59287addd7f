"""Approvals of versions, from the account that has a group to those that use its models."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import Stack
from constructs import Construct

from ...language import PipelineError
from ...language.errors import shown
from ...language.keyword_options import GivenOnce, by_name
from ...language.no_value import NoValue
from ...language.tokens import has_string_token
from ...undo import Whole, removing

if TYPE_CHECKING:
    from aws_cdk import aws_events as events
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_sqs as sqs

_ACCOUNT = re.compile(r"[0-9]{12}")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,256}")
_ARN = re.compile(r"arn:aws[a-z-]*:events:[a-z0-9-]+:[0-9]{12}:event-bus/[A-Za-z0-9._/-]+")


class ApprovalBus(GivenOnce, NoValue, Construct, metaclass=Whole):
    """An event bus on which other accounts announce approved versions: ``ModelPackageGroup.forward_approvals``.

    ```python
    approvals = ApprovalBus(self, "Approvals", event_bus_name="approvals", producers=["444455556666"])
    cdk.aws_events.Rule(
        self, "Approved", event_bus=approvals.event_bus, event_pattern=approvals.pattern("abalone")
    )
    ```

    The event has the version's ARN, ``$.detail.ModelPackageArn``. It may be read where the group has this account
    among its ``consumers``.

    Args:
        scope: The construct in which it is declared, such as a stack.
        construct_id: The construct's id, unique in its scope.
        producers: The numbers of the accounts that may put events on it, whatever these say.
        event_bus_name: The name: at most 256 letters, digits, '.', '-' and '_'; unique in the account and region. The
            other accounts name it, so it is literal. Default: the construct's path.

    Raises:
        PipelineError: What is not the number of an account, or a name that the service does not take.

    CloudFormation: [AWS::Events::EventBus](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbus.html).
    Source: [Sending and receiving events between accounts](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html).
    """

    @by_name
    def __init__(
        self, scope: Construct, construct_id: str, *, producers: Sequence[str], event_bus_name: str | None = None
    ) -> None:
        super().__init__(scope, construct_id)
        removing(self)
        try:
            accounts = _accounts(producers)
            if event_bus_name is None:
                event_bus_name = cdk.Names.unique_resource_name(self, max_length=64, separator="-")
            if not isinstance(event_bus_name, str) or not _NAME.fullmatch(event_bus_name):
                allowed = "1 to 256 letters, digits, '.', '-' and '_'"
                raise PipelineError(f"event_bus_name has {allowed}, and is literal, not {shown(event_bus_name)}")
        except PipelineError as error:
            raise PipelineError(f"ApprovalBus '{self.node.path}': {error}") from None
        self._name = event_bus_name
        self._producers = tuple(accounts)
        self._bus = cdk.aws_events.EventBus(self, "Bus", event_bus_name=event_bus_name)
        stack = Stack.of(self)
        principals = [f"arn:{stack.partition}:iam::{account}:root" for account in accounts]
        cdk.aws_events.CfnEventBusPolicy(
            self,
            "Producers",
            event_bus_name=self._bus.event_bus_name,
            statement_id="Producers",
            statement={
                "Sid": "Producers",
                "Effect": "Allow",
                "Principal": {"AWS": principals},
                "Action": "events:PutEvents",
                "Resource": self._bus.event_bus_arn,
            },
        )

    @property
    def event_bus(self) -> events.EventBus:
        """The event bus, for rules in its own account."""
        return self._bus

    @property
    def event_bus_arn(self) -> str:
        """Its ARN, by its name alone, so that stacks of other accounts can name it."""
        return Stack.of(self).format_arn(service="events", resource="event-bus", resource_name=self._name)

    @by_name
    def pattern(self, model_package_group_name: str, *, account: str | None = None) -> events.EventPattern:
        """The pattern of the approvals of a group's versions, for ``events.Rule``.

        Args:
            model_package_group_name: The name of the group, in any case.
            account: The account of the group, one of the producers. Default: any of them, each of which may have a
                group of that name.

        Raises:
            PipelineError: The account is not one of the producers.
        """
        if account is not None and account not in self._producers:
            raise PipelineError(
                f"ApprovalBus '{self.node.path}': the producers are {', '.join(self._producers)}, not {shown(account)}"
            )
        return approved(model_package_group_name, account)


def approved(group: Any, account: str | None = None) -> events.EventPattern:
    """That a version of a group has become approved: neither an edit of one that was, nor one registered so.

    ``account``: that of the group; None for any whose events the bus takes.

    The case of names does not count: the service writes some in lower case.

    Source: [Model package state change](https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html).
    """
    if not isinstance(group, str):
        raise PipelineError(f"the name of a model package group is needed, not {shown(group)}")
    detail = {
        "ModelPackageGroupName": [{"equals-ignore-case": group}],
        "ModelApprovalStatus": ["Approved"],
        "UpdatedModelPackageFields": ["ModelApprovalStatus"],
    }
    accounts = None if account is None else [account]
    return cdk.aws_events.EventPattern(
        account=accounts, source=["aws.sagemaker"], detail_type=["SageMaker Model Package State Change"], detail=detail
    )


def forward(
    scope: Construct, construct_id: str, group: str, bus: Any, dead_letter_queue: sqs.IQueue | None
) -> events.Rule:
    """A rule that sends the approvals of a group to a bus, by a role that may do nothing else."""
    arn = bus if isinstance(bus, str) else getattr(bus, "event_bus_arn", None)
    if not isinstance(arn, str) or not (has_string_token(arn) or _ARN.fullmatch(arn)):
        raise PipelineError(f"the bus is an ApprovalBus, an event bus or the ARN of one, not {shown(bus)}")
    rule = cdk.aws_events.Rule(scope, construct_id, event_pattern=approved(group, Stack.of(scope).account))
    there = cdk.aws_events.EventBus.from_event_bus_arn(rule, "Bus", arn)
    queue = dead_letter_queue or cdk.aws_sqs.Queue(
        rule,
        "DeadLetters",
        encryption=cdk.aws_sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=cdk.Duration.days(14),
    )
    rule.add_target(cdk.aws_events_targets.EventBus(there, dead_letter_queue=queue, role=_sender(rule)))
    return rule


def _sender(rule: events.Rule) -> iam.Role:
    """The role of a rule's target, which only rules of this account and region can use.

    The name of the rule itself would be a circle: the rule names the role.
    """
    stack = Stack.of(rule)
    rules = stack.format_arn(service="events", resource="rule", resource_name="*")
    only = {"StringEquals": {"aws:SourceAccount": stack.account}, "ArnLike": {"aws:SourceArn": rules}}
    principal = cdk.aws_iam.ServicePrincipal("events.amazonaws.com", conditions=only)
    return cdk.aws_iam.Role(rule, "EventsRole", assumed_by=principal)


def _accounts(given: Any) -> list[str]:
    if not isinstance(given, (list, tuple)) or not given:
        raise PipelineError(f"producers takes a list of the numbers of accounts, not {shown(given)}")
    for account in given:
        if not isinstance(account, str) or not _ACCOUNT.fullmatch(account):
            raise PipelineError(f"producers: the number of an account has 12 digits, found {shown(account)}")
    return list(dict.fromkeys(given))
