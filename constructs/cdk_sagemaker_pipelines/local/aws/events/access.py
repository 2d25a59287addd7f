"""Whether a bus, a target or a queue for what was not delivered lets those in who send events, by its own policy.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from moto.events.models import events_backends

from ..held_policies import exists, policy_of
from ..identities import account_of
from ..principals import Asking, holding, service
from ..resource_policies import refusal

_PUT = "events:PutEvents"
_ACTIONS = {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "lambda": "lambda:InvokeFunction"}
"""What is done to targets that have a policy, by their service."""


def putting_events(
    bus: Any, who: Asking, source: str, detail_type: str, *others: Asking, by_rule: bool = False
) -> str | None:
    """Why a bus does not take an event of another account; None if it does. ``others``: who may be meant, too."""
    facts = {
        "events:source": source,
        "events:detail-type": detail_type,
        "events:eventBusInvocation": str(by_rule).lower(),
    }
    also = [(other.knowing(facts), bus.arn) for other in others]
    return refusal(bus.policy, who.knowing(facts), _PUT, bus.arn, *also)


def put_abroad(entry: Mapping[str, Any], account: str, region: str, who: Asking) -> dict[str, Any]:
    """Puts an entry that an account has for the bus of another one, as the entry names it; the answer to the entry."""
    sender, there = events_backends[account][region], events_backends[account_of(entry["EventBusName"])][region]
    bus = there.describe_event_bus(entry["EventBusName"].rpartition("/")[2])
    if refused := putting_events(bus, who, str(entry.get("Source") or ""), str(entry.get("DetailType") or "")):
        return {"ErrorCode": "AccessDeniedException", "ErrorMessage": refused}
    sender = copy.copy(sender)  # whose events keep their account
    sender.event_buses = there.event_buses
    answer: dict[str, Any] = sender.put_events([dict(entry)])[0]
    return answer


def managing(bus: Any, who: Asking, action: str, resource: str) -> str | None:
    """Why a bus does not let another account do something with its rules; None if it does."""
    return refusal(bus.policy, who, action, resource)


def forwarding(rule: Any, target: Mapping[str, Any], bus: Any, message: Mapping[str, Any]) -> str | None:
    """Why a bus of another account does not take an event from a rule; None if it does.

    Without a role it is the account that asks, or the service for it, and no organization counts.
    """
    told = str(message.get("source")), str(message.get("detail-type"))
    if target.get("RoleArn"):
        of_rule = {"aws:SourceArn": rule.arn, "aws:SourceAccount": rule.account_id}
        return putting_events(bus, holding(target["RoleArn"]).knowing(of_rule), *told, by_rule=True)
    itself = service("events", rule.account_id, rule.arn)
    account = holding(f"arn:{rule.arn.split(':')[1]}:iam::{rule.account_id}:root")
    account = account.knowing({**itself.context, "aws:SourceOwner": rule.account_id, "aws:PrincipalOrgID": None})
    return putting_events(bus, account, *told, itself, by_rule=True)


def delivering(rule: Any, target: Mapping[str, Any]) -> str | None:
    """Why a target does not take an event from a rule; None if it does."""
    arn = target["Arn"]
    if not target.get("RoleArn"):
        return sending("events", rule.account_id, rule.arn, arn)
    return calling(target["RoleArn"], rule.region_name, rule.arn, arn)


def calling(role: str, region: str, source: str, arn: str) -> str | None:
    """Why a queue, topic or function takes nothing from a role of another account, on behalf of a resource; or None."""
    action = _ACTIONS.get(arn.split(":")[2])
    if action is None or account_of(arn) == account_of(source):
        return None
    who = holding(role).knowing({"aws:SourceArn": source, "aws:SourceAccount": account_of(source)})
    return refusal(policy_of(arn), who, action, arn, region=region)


def passing(role: Any, account: str) -> str | None:
    """Why a caller of an account may not hand a role to EventBridge; None if it may, as far as the account says.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    own = not role or account_of(str(role)) == account
    return None if own else "Cross-account pass role is not allowed."


def sending(name: str, account: str, source: str, arn: str) -> str | None:
    """Why a queue, topic or function takes nothing from a service, on behalf of a resource of an account; or None.

    None, too, for what has no policy of its own, and for what does not exist.
    """
    action = _ACTIONS.get(arn.split(":")[2])
    if action is None or not exists(arn):
        return None
    return refusal(policy_of(arn), service(name, account, source), action, arn)
