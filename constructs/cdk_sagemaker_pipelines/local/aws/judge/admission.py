"""Asks the judge for each request of a session or a user, before its operation sees it.

An account's own key, and with it the services of the local AWS, are never asked; nor is a call that is repeated after a
restart, which was let in when it was made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from moto.core.request import Request

from ...origin import Origin
from ...services import Services
from ..front.application import CALLER
from ..front.refusal import Refused
from ..front.signature import Caller
from ..identities import RoleSessions
from ..principals import Asking, asking
from ..repeating import again
from ..s3_questions import of_missing_object
from ..s3_questions import questions as of_s3
from ..validation import checking
from .held import Stores, held_policy
from .judge import Judge
from .question import Question
from .requests import Call, questions
from .requests.reference import SERVICES


class World(Stores, Protocol):
    """What is asked, and who has which session."""

    def services(self, account: str, region: str) -> Services: ...

    @property
    def judge(self) -> Judge: ...

    @property
    def sessions(self) -> RoleSessions: ...


_CODES = {"ec2": "UnauthorizedOperation", "sns": "AuthorizationError"}
"""What services call a refusal, where not AccessDenied."""


def check(world: World, backend: str, request: Request) -> None:
    """Raises ``Refused`` for what IAM does not allow; ``backend`` is moto's name of the service."""
    caller: Caller = request.environ[CALLER]
    if caller.key.id == caller.account or again():
        return
    who = asking(caller.key.id, caller.account, caller.region)
    if not world.judge.judges(who):
        return
    origin = world.sessions.origin(caller.key.id)
    if backend == "s3":
        _check_s3(world.judge, who, origin, request)
        return
    found = checking.judged(request.environ)
    service = checking.service_name(backend)
    named = SERVICES.get(service, service)
    asked = None
    if found is not None and found.values is not None:
        partition, values = who.principal.arn.split(":")[1], found.values
        if "CallbackToken" in values:
            told = world.services(caller.account, caller.region).callbacks.execution_of(str(values["CallbackToken"]))
            values = values if told is None else {**values, "PipelineExecutionArn": told}
        asked = questions(Call(named, found.operation, values, caller.account, caller.region, partition))
    if asked is None:
        operation = found.operation if found is not None else f"{request.method} {request.path}"
        _refuse(world.judge.unjudged(who, f"{named}:{operation}", origin), backend, request)
    for question in asked or ():
        policy = None
        if question.action != "iam:PassRole":
            policy = held_policy(world, question.resource, caller.account)
        question = _knowing_tags(world, question)
        _refuse(world.judge.refusal(who, question, origin, policy), backend, request)


def _check_s3(judge: Judge, who: Asking, origin: Origin | None, request: Request) -> None:
    asked = list(of_s3(request))
    missing = of_missing_object(request)
    for one in (*asked, *([] if missing is None else [missing])):
        _refuse(judge.refusal(who, one.question, origin, one.policy), "s3", request)


def _knowing_tags(world: World, question: Question) -> Question:
    """The question with the tags of what SageMaker holds."""
    parts = question.resource.split(":", 5)
    if len(parts) < 6 or parts[2] != "sagemaker" or "*" in parts[5]:
        return question
    tags = _tags(world.sagemaker(parts[4], parts[3]).tags, question)
    own = {f"{prefix}:ResourceTag/{key}": value for prefix in ("aws", "sagemaker") for key, value in tags.items()}
    complete = (*question.complete, "aws:ResourceTag/", "sagemaker:ResourceTag/")
    return question._replace(context={**question.context, **own}, complete=complete)


def _tags(kept: Mapping[str, Mapping[str, str]], question: Question) -> Mapping[str, str]:
    return next((kept[arn] for arn in (question.resource, *question.also) if arn in kept), {})


def _refuse(refused: str | None, backend: str, request: Request) -> None:
    if refused is None:
        return
    protocol = checking.protocol_of(backend, request)
    raise Refused(400 if protocol == "json" else 403, _CODES.get(backend, "AccessDenied"), refused)
