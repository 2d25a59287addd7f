"""The model package group that an endpoint serves, which may be in another account, and the news of its approvals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import Stack

from ..assets import Workplace
from ..iam.arns import is_group, parts_of
from ..language import PipelineError
from ..language.tokens import has_string_token
from ..steps.base.field_checks import literal, shown
from ..steps.models.approvals import ApprovalBus, approved
from ..steps.models.model_package_group import ModelPackageGroup, group_name, refuse_no_group

if TYPE_CHECKING:
    from aws_cdk import aws_events as events


class ServedGroup:
    """A group and the event bus that has its approvals. Raises ``PipelineError`` for what is neither.

    ``name``: the name, or the ARN of one in another account. ``made_here``: the construct, where it is of the
    account and region of the endpoint.
    """

    def __init__(self, given: Any, approvals: Any, workplace: Workplace) -> None:
        self.name = literal(group_name(given, workplace, "group"), "group")
        if not self.name:
            raise PipelineError("group is empty; give a ModelPackageGroup, a name or an ARN")
        refuse_no_group(self.name, "group")
        self._account = parts_of(self.name)[4] if is_group(self.name) else workplace.where.account
        self._refuse_other_region(workplace)
        elsewhere = self._is_elsewhere(workplace)
        if elsewhere and approvals is None:
            raise PipelineError(
                f"the group {self.name!r} is in another account, which announces approvals there; have them sent here "
                "with its group.forward_approvals(bus), and give approvals=, an ApprovalBus of this account"
            )
        self.made_here = given if isinstance(given, ModelPackageGroup) and not elsewhere else None
        self._bus = approvals

    @property
    def bus(self) -> events.IEventBus | None:
        """The event bus; None for the one that the account has."""
        bus: events.IEventBus | None = self._bus.event_bus if isinstance(self._bus, ApprovalBus) else self._bus
        if bus is not None and not hasattr(bus, "event_bus_arn"):
            raise PipelineError(f"approvals takes an ApprovalBus or an event bus, not {shown(bus)}")
        return bus

    def pattern(self) -> events.EventPattern:
        """The pattern of its approvals."""
        name = self.name.rpartition("/")[2]
        account = self._account
        if isinstance(self._bus, ApprovalBus):
            return self._bus.pattern(name, account=account)
        return approved(name, account)

    def _is_elsewhere(self, workplace: Workplace) -> bool:
        here = workplace.where.account
        return self._account != here and not has_string_token(f"{self._account}{here}")

    def _refuse_other_region(self, workplace: Workplace) -> None:
        region, here = parts_of(self.name)[3] if is_group(self.name) else "", workplace.where.region
        if region and region != here and not has_string_token(f"{region}{here}"):
            raise PipelineError(
                f"the group {self.name!r} is in {region}, but the endpoint is in {here}: SageMaker only uses versions "
                "of its own region"
            )


def status_changes(scope: Any, endpoint_name: str) -> events.EventPattern:
    """The pattern of the changes of an endpoint's status.

    Source: [Endpoint state change](https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html#eventbridge-endpoint).
    """
    return cdk.aws_events.EventPattern(
        account=[Stack.of(scope).account],  # the bus may take events of other accounts
        source=["aws.sagemaker"],
        detail_type=["SageMaker Endpoint State Change"],
        detail={"EndpointName": cdk.aws_events.Match.equals_ignore_case(endpoint_name)},
    )
