"""Whether a bus, a target or a queue for what was not delivered lets those in who send events, by its own policy.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from moto.events.models import events_backends

from ..held_policies import exists, policy_of
from ..identities import account_of, asking
from ..resource_policies import Asking, judged, refusal, service

_PUT = "events:PutEvents"
_ACTIONS = {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "lambda": "lambda:InvokeFunction"}
"""What is done to targets that have a policy, by their service."""


def putting_events(bus: Any, who: Asking, source: str, detail_type: str, *, by_rule: bool = False) -> str | None:
    """Why a bus does not take an event of another account; None if it does."""
    facts = {
        "events:source": source,
        "events:detail-type": detail_type,
        "events:eventBusInvocation": str(by_rule).lower(),
    }
    who = who.knowing(facts)
    return refusal(judged(bus.policy, who, _PUT, bus.arn), who, _PUT, bus.arn)


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
    return refusal(judged(bus.policy, who, action, resource), who, action, resource)


def forwarding(rule: Any, target: Mapping[str, Any], bus: Any, message: Mapping[str, Any]) -> str | None:
    """Why a bus of another account does not take an event from a rule; None if it does.

    Without a role it is the account that asks, and no organization counts.
    """
    who = _sender(rule, target)
    return putting_events(bus, who, str(message.get("source")), str(message.get("detail-type")), by_rule=True)


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
    who = asking(role, region).knowing({"aws:SourceArn": source, "aws:SourceAccount": account_of(source)})
    return refusal(judged(policy_of(arn), who, action, arn), who, action, arn)


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
    who = service(name, account, source)
    return refusal(judged(policy_of(arn), who, action, arn), who, action, arn)


def _sender(rule: Any, target: Mapping[str, Any]) -> Asking:
    role = target.get("RoleArn")
    of_rule = {"aws:SourceArn": rule.arn, "aws:SourceAccount": rule.account_id}
    if role:
        return asking(role, rule.region_name).knowing(of_rule)
    partition = rule.arn.split(":")[1]
    who = asking(f"arn:{partition}:iam::{rule.account_id}:root", rule.region_name)
    principals = who.principals | {"events.amazonaws.com"}
    return who._replace(principals=principals).knowing({**of_rule, "aws:PrincipalOrgID": None})
