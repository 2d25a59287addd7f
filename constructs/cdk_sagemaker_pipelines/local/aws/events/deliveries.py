"""Deliveries to the targets of rules and schedules: each is tried, again if need be, and ends in a queue if it fails.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from ...firing import Fired
from ..tries import Tries
from . import access
from .retries import retried, wait
from .targets import NO_PERMISSIONS, NotDelivered, Targets, code_of, queue_of, scheduled_text

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")

DELIVERY = "delivery"
"""The kind of what waits for another try."""
_OF_RULE = ("arn", "name", "account_id", "region_name", "event_bus_name")


class Deliveries:
    """Those of one account and region. They outlive their rule or schedule: all that a try needs is kept with it."""

    def __init__(self, account: str, region: str, targets: Targets, tries: Tries) -> None:
        self._place = {"account": account, "region": region}
        self._targets, self._tries = targets, tries

    def of_rule(self, rule: Any, target: Mapping[str, Any], message: Mapping[str, Any]) -> Fired:
        """Begins the delivery of an event to a target of a rule."""
        return self.attempt(self._told(rule, target, message=dict(message)))

    def of_schedule(self, schedule: Any, due: str) -> Fired:
        """Begins the delivery of what a schedule has for its target at the time ``due``."""
        return self.attempt(self._told(schedule, schedule.target, due=due))

    def refusal(self, rule: Any, target: Mapping[str, Any]) -> str | None:
        """Why the role of a rule's target may not deliver to it; None if it may, or if the target has none."""
        return self._targets.refusal(rule, target)

    def lost(self, rule: Any, target: Mapping[str, Any], message: Mapping[str, Any], error: Exception) -> Fired:
        """Ends the delivery of an event that failed before its first try."""
        return self._failed(self._told(rule, target, message=dict(message)), error)

    def attempt(self, told: Mapping[str, Any]) -> Fired:
        """Tries once."""
        try:
            if "message" in told:
                started = self._targets.of_rule(_rule(told), told["target"], told["message"])
            else:
                started = self._targets.of_schedule(told, told["retries"] + 1)
        except Exception as error:  # a target that cannot be reached must not keep others from their events
            return self._failed(told, error)
        self._tries.ended(told["id"])
        return Fired(told["target"]["Arn"], started)

    def _told(self, source: Any, target: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        known = {name: getattr(source, name) for name in (_OF_RULE if "message" in more else ("arn",))}
        begun = {"id": str(uuid.uuid4()), "retries": 0, "since": self._tries.now().timestamp()}
        return {**self._place, **begun, "source": known, "target": dict(target), "to": target["Arn"], **more}

    def _failed(self, told: Mapping[str, Any], error: Exception) -> Fired:
        target, retries, exhausted = told["target"], told["retries"], None
        code = retried(error)
        if code is not None:
            seconds = wait(target, retries, self._tries.now().timestamp() - told["since"])
            if isinstance(seconds, float):
                return self._again(told, error, seconds)
            exhausted = seconds
        _logger.warning("%s could not reach %s: %s", _named(told), told["to"], str(error)[:1000])
        self._end(told, error, code or code_of(error), exhausted)
        self._tries.ended(told["id"])
        return Fired(told["to"], None, str(error), queue_of(target))

    def _again(self, told: Mapping[str, Any], error: Exception, seconds: float) -> Fired:
        following = {**told, "retries": told["retries"] + 1}
        due = f"{self._tries.later(DELIVERY, told['id'], following, seconds):%Y-%m-%dT%H:%M:%SZ}"
        text = "%s could not reach %s, and tries again at %s: %s"
        _logger.warning(text, _named(told), told["to"], due, str(error)[:1000])
        if "message" in told:
            self._targets.counted(_rule(told), "RetryInvocationAttempts")
        return Fired(told["to"], None, str(error), next_try=due)

    def _end(self, told: Mapping[str, Any], error: Exception, code: str, exhausted: str | None) -> None:
        """Puts what was not delivered into the queue for it, if there is one that takes it."""
        queue, metrics, of_rule = queue_of(told["target"]), ["FailedInvocations"], "message" in told
        about = {"TARGET_ARN": told["to"], "ERROR_CODE": code, "ERROR_MESSAGE": str(error)[:1000]}
        about["RETRY_ATTEMPTS"] = str(told["retries"])
        if exhausted:
            about["EXHAUSTED_RETRY_CONDITION"] = exhausted
        try:
            if queue and of_rule:
                rule = _rule(told)
                if refused := access.sending("events", rule.account_id, rule.arn, queue):
                    raise NotDelivered(refused, NO_PERMISSIONS)
                self._targets.undelivered(queue, json.dumps(told["message"]), {**about, "RULE_ARN": rule.arn})
            elif queue:
                role, source = told["target"]["RoleArn"], told["source"]["arn"]
                if refused := access.calling(role, told["region"], source, queue):
                    raise NotDelivered(refused, NO_PERMISSIONS)
                of_schedule = {"SCHEDULE_ARN": source, "SCHEDULED_TIME": told["due"]}
                of_schedule |= {"EXECUTION_ID": told["id"], "IS_PAYLOAD_TRUNCATED": "false"}
                text = scheduled_text(told, told["retries"] + 1)
                self._targets.undelivered(queue, text, {**about, **of_schedule})
            if queue:
                metrics.append("InvocationsSentToDlq")
        except Exception as lost:  # nothing else is left to do with the event
            _logger.warning("%s could not put an event into %s: %s", _named(told), queue, lost)
            metrics.append("InvocationsFailedToBeSentToDlq")
        if of_rule:
            self._targets.counted(_rule(told), *metrics)


def _rule(told: Mapping[str, Any]) -> Any:
    return SimpleNamespace(**told["source"])


def _named(told: Mapping[str, Any]) -> str:
    source = told["source"]
    return f"rule {source['name']}" if "message" in told else f"the schedule {source['arn']}"
