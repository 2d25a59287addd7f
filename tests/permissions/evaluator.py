"""Asks an independent IAM evaluator: one Node process answers many requests."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.permissions.compared import differences

SCRIPT = Path(__file__).with_name("evaluate.mjs")


@dataclass(frozen=True)
class Request:
    """``principal``: the ARN of a role, a session or a user, or a service. ``on``: the policy of the resource itself.

    ``resource``: None to ask whether the action has any.
    """

    principal: str
    action: str
    resource: str | None
    context: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    identity: Sequence[Mapping[str, Any]] = ()
    on: Mapping[str, Any] | None = None
    account: str = "111122223333"
    """Of the resource. What is asked about another account's resources is asked as if its owner let everybody in."""
    unchecked: bool = False
    """Whether to ask also for what the service authorization reference does not know."""
    boundary: Mapping[str, Any] | None = None


def allowed(requests: Sequence[Request]) -> list[bool]:
    """The answers in the order of the requests. A request that is no request of AWS's fails the test."""
    answers = _answers(requests)
    unknown = [f"{r.action} has no resource {r.resource}" for r, a in zip(requests, answers, strict=True) if a is None]
    assert not unknown, "\n".join(dict.fromkeys(unknown))
    return [answer is True for answer in answers]


def known(actions: Sequence[tuple[str, str]]) -> list[bool]:
    """Whether each action has resources like the ARN beside it, by the service authorization reference."""
    nobody = f"arn:aws:iam::{Request.account}:role/Nobody"
    return [answer is not None for answer in _answers([Request(nobody, action, arn) for action, arn in actions])]


def without_resources(actions: Sequence[str]) -> list[bool]:
    """Whether each action can be granted on ``*`` only, by the service authorization reference."""
    return [answer is True for answer in _answers([Request("", action, None) for action in actions])]


def _answers(requests: Sequence[Request]) -> list[bool | None]:
    places: dict[str, int] = {}

    def place(policy: Mapping[str, Any]) -> int:
        return places.setdefault(json.dumps(policy, sort_keys=True), len(places))

    asked = [
        {
            "principal": one.principal,
            "account": one.account,
            "action": one.action,
            "resource": one.resource,
            "context": dict(one.context),
            "identity": [place(policy) for policy in one.identity],
            "unchecked": one.unchecked,
            **{
                key: place(policy) for key, policy in (("on", one.on), ("boundary", one.boundary)) if policy is not None
            },
        }
        for one in requests
    ]
    given = {"policies": [json.loads(text) for text in places], "requests": asked}
    done = subprocess.run(["node", str(SCRIPT)], input=json.dumps(given), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    answers: list[Any] = json.loads(done.stdout)
    wrong = [answer for answer in answers if isinstance(answer, str)]
    assert not wrong, "\n".join(dict.fromkeys(wrong))
    different = list(differences(requests, answers))
    assert not different, "\n".join(different[:20])
    return answers
