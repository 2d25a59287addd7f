"""Asks, before a step runs, for what AWS does for it with the roles of the pipeline and of its jobs.

The order is the service's: the pipeline's role creates, and a refusal fails the step; then the job's role is assumed
and asked, and a refusal is the failure of the job.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from .....language import StepView
from .....language.step_types import row_of
from ....authorization import PolicyError
from ....calls.asked import Asked, before, to_stop
from ....calls.attempt import Attempt, said_beside
from ....calls.values import uses
from ....endings import StepFailed
from ....enforcement import Mode
from ....engine.runner import StepContext
from ....origin import Origin
from ... import principals
from ...identities import untrusted
from ...principals import Asking
from ..held import Stores
from ..judge import Judge
from ..question import Question
from ..requests.call import Call
from ..requests.conditions import conditions
from .account import HeldAccount
from .policies import policy_on

_SESSION = "SageMaker"
_CALLED = {
    "Callback": "sqs:SendMessage",
    "EMR": "elasticmapreduce:AddJobFlowSteps",
    "EMRServerless": "emr-serverless:StartJobRun",
    "Lambda": "lambda:Invoke",
}
"""What the pipeline calls for steps that create nothing."""


class StepPermissions:
    """Implements ``engine.permissions.Permissions``."""

    def __init__(self, judge: Judge, stores: Stores) -> None:
        self._judge, self._stores = judge, stores

    def check(self, context: StepContext, step: StepView, arguments: dict[str, Any], *, transfers: bool) -> None:
        """Raises ``StepFailed`` for the first question that is refused."""
        if self._judge.mode is Mode.OFF:
            return
        check = _Check(self._judge, self._stores, context, step, arguments)
        attempt = check.attempt
        asked = before(attempt, uses(attempt), transfers=transfers)
        created = _created(attempt)
        refused = check.untrusted(attempt.role, "sagemaker.amazonaws.com", context.execution_arn)
        for one in (one for one in asked if one.kind == "pipeline"):
            refused = refused or check.refusal(one)
            if refused:
                called = one.action if one.action.partition(":")[2].startswith("Describe") else created or one.action
                raise StepFailed(f"ClientError: Failed to invoke {called}. Error Details: {refused}")
        trusted: set[str] = set()
        source = _job(attempt)
        for one in (one for one in asked if one.kind != "pipeline"):
            if source and one.role not in trusted and one.kind in ("job", "model", "config"):
                trusted.add(one.role)
                refused = check.untrusted(one.role, row_of(step.type).service, source)
                if refused:
                    begins = "" if step.type == "Callback" else f"Failed to invoke {created}. Error Details: "
                    raise StepFailed(f"ClientError: {begins}{refused}")
            refused = check.refusal(one)
            if refused:
                raise StepFailed(f"ClientError: {refused}")

    def check_stop(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> None:
        """Notes on the step what the pipeline's role may not do to stop it."""
        if self._judge.mode is Mode.OFF:
            return
        check = _Check(self._judge, self._stores, context, step, arguments)
        for one in to_stop(check.attempt, uses(check.attempt)):
            refused = check.refusal(one)
            if refused:
                context.note_permission(f"AWS would not stop it: {refused}")


class _Check:
    """Asks several questions at one moment: each role is in one session, with the policies that it has then."""

    def __init__(
        self, judge: Judge, stores: Stores, context: StepContext, step: StepView, arguments: Mapping[str, Any]
    ) -> None:
        self._judge, self._stores, self._context = judge, stores, context
        self._origin = Origin(context.execution_arn, context.step_name, context.note_permission)
        self._session = cache(_session)
        services = context.services
        held = stores.sagemaker(services.account, services.region)
        self.attempt = Attempt(
            step,
            arguments,
            said_beside(step, context.evaluate),
            context.job_name,
            context.pipeline_name,
            context.role_arn,
            context.execution_id,
            services.partition,
            services.region,
            services.account,
            HeldAccount(services.account, services.region, held.registry, held.hosting, context.properties),
        )

    def refusal(self, one: Asked) -> str | None:
        who, attempt = self._session(one.role), self.attempt
        if who is None:
            return None
        more, complete = _beside(self._context, attempt, one)
        owner = attempt.account if one.resource.startswith(f"arn:{attempt.partition}:s3:::") else ""
        question = Question(one.action, one.resource, {**more, **dict(one.context)}, owner, complete, one.in_doubt)
        return self._judge.refusal(who, question, self._origin, policy_on(self._stores, one.resource, attempt.account))

    def untrusted(self, role: str, service: str, source: str) -> str | None:
        """In the service's words, why it cannot take a role that exists."""
        who = self._session(role)
        if who is None or who.holder is None:
            return None
        services = self._context.services
        of = principals.service(service.removesuffix(".amazonaws.com"), services.account, source)
        if untrusted(role, of, services.region) is None:
            return None
        text = (
            f"Could not assume role {role}. Please ensure that the role exists and allows principal '{service}' to "
            "assume the role."
        )
        if self._judge.mode is Mode.TELL:
            self._context.note_permission(f"AWS would refuse it: {text}")
            return None
        return text


def _session(role: str) -> Asking | None:
    """A session of a role as the service holds it; None of what is not the ARN of a role."""
    if not role.startswith("arn:") or ":role/" not in role:
        return None
    who = principals.in_session(role, _SESSION)
    try:
        return who.settle()
    except PolicyError:  # the judge says what it is
        return who


def _created(attempt: Attempt) -> str:
    api = row_of(attempt.type).api
    return f"sagemaker:Create{api}" if api else _CALLED.get(attempt.type, "")


def _job(attempt: Attempt) -> str:
    """The ARN of what a service assumes the job's role for; empty where none does: the nodes of a cluster do of EMR."""
    row = row_of(attempt.type)
    if attempt.type == "Callback":  # a job in a pool
        return attempt.arn("sagemaker", "training-job/AWSBatch-1a2b3c4d")
    if attempt.type == "EMRServerless":
        return attempt.arn("emr-serverless", f"/applications/{attempt.text('ApplicationId')}")
    if row.resource is None:
        return ""
    above = [str(attempt.arguments.get(row.above))] if row.above else []
    return attempt.arn("sagemaker", "/".join([row.resource, *above, attempt.job_name]))


def _beside(context: StepContext, attempt: Attempt, one: Asked) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """The condition keys of the request that creates, and of which they say all."""
    created = _created(attempt)
    if one.kind != "pipeline" or one.action != created or not created.startswith("sagemaker:Create"):
        return {}, ()
    tags: Iterable[Mapping[str, str]] = (*(attempt.arguments.get("Tags") or ()), *context.tags)
    values = {**attempt.arguments, "Tags": list(tags)}
    place = (attempt.account, attempt.region, attempt.partition)
    return conditions(Call("sagemaker", created.partition(":")[2], values, *place))
