"""Whether the role of a rule's or a schedule's target trusts the service and may do what the target is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from ..enforcement import Mode
from .identities import account_of, untrusted
from .judge.held import Stores, held_policy
from .judge.judge import Judge
from .judge.question import Question
from .judge.requests import Call, questions
from .judge.requests.named import other_names
from .judge.requests.reference import SERVICES
from .principals import holding, service

_ACTIONS = {
    "events": "events:PutEvents", "lambda": "lambda:InvokeFunction", "sagemaker": "sagemaker:StartPipelineExecution",
    "sns": "sns:Publish", "sqs": "sqs:SendMessage", "states": "states:StartExecution",
}  # fmt: skip
"""What is done to a target, by its service."""


class Judging(Stores, Protocol):
    """Where there is a judge."""

    @property
    def judge(self) -> Judge: ...


class TargetRoles:
    """Asks the judge of the world."""

    def __init__(self, world: Judging) -> None:
        self._world = world

    def refusal(self, name: str, role: str, source: str, arn: str) -> str | None:
        """Why a service may not deliver to a target as a role; None if it may, and for targets of other services.

        Args:
            name: The service, ``events`` or ``scheduler``.
            role: The ARN of the role.
            source: The ARN of the rule or schedule.
            arn: The ARN of the target.
        """
        return self._refusal(name, role, source, _asked(arn))

    def refusal_of_function(self, role: str, account: str, arn: str) -> str | None:
        """Why the role of a function of an account may not send the end of a call to a target; None if it may."""
        return next(filter(None, self._refusals(role, account, _asked(arn))), None)

    def refusal_of_call(self, role: str, source: str, service: str, operation: str, request: Any) -> str | None:
        """The same for a schedule that calls an operation itself, with a request that should be a JSON object.

        ``service``: botocore's name of it; ``operation``: its name, whose first letter may be small.
        """
        _, partition, _, region, account = source.split(":")[:5]
        named, values = operation[:1].upper() + operation[1:], request if isinstance(request, Mapping) else {}
        asked = questions(Call(SERVICES.get(service, service), named, values, account, region, partition))
        return self._refusal("scheduler", role, source, asked or [])

    def untrusting(self, name: str, role: str, source: str) -> str | None:
        """Why a role cannot be taken by a service for a rule or a schedule; None if it can, or does not exist here."""
        region, account = source.split(":")[3:5]
        if self._world.judge.mode in (Mode.OFF, Mode.TELL) or holding(role).holder is None:
            return None
        return untrusted(role, service(name, account, source), region)

    def _refusal(self, name: str, role: str, source: str, asked: list[Question]) -> str | None:
        if refused := self.untrusting(name, role, _trusted_source(name, source)):
            return refused
        return next(filter(None, self._refusals(role, account_of(source), asked)), None)

    def _refusals(self, role: str, account: str, asked: list[Question]) -> Iterator[str | None]:
        who = holding(role)
        for question in asked:
            policy = held_policy(self._world, question.resource, account)
            yield self._world.judge.refusal(who, question, None, policy)


def _asked(arn: str) -> list[Question]:
    action = _ACTIONS.get(arn.split(":")[2])
    return [] if action is None else [Question(action, arn, also=other_names(arn))]


def _trusted_source(name: str, source: str) -> str:
    """What a role's trust policy may name as the source: a rule, or the group of a schedule.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    """
    place, _, named = source.partition(":schedule/")
    return f"{place}:schedule-group/{named.split('/')[0]}" if name == "scheduler" and named else source
