"""Why an execution failed: the steps, their reasons and last lines, refused calls, and what would allow them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..language import Definition, PipelineError, StepView
from ..local.decided import Answer, Decision
from ..review.words import of_conditions, of_value
from . import execution, jobs, logs
from .answers import message, says_nothing
from .decided import decided
from .execution import Execution
from .grants import FUNCTION, JOB, PIPELINE, granting
from .logs import LogClients
from .lookup import describe_pipeline
from .refusals import MOST, Derived, Refusal, environment_of, missing_permissions, refusals
from .resolved import Resolution, reading


@dataclass(frozen=True)
class Branch:
    """A condition that led to a step."""

    condition: str
    outcome: str
    text: str
    values: Mapping[str, str]
    """What its expressions were, as far as that can be told."""


@dataclass(frozen=True)
class Refused:
    """A refused call, and what would allow it."""

    refusal: Refusal
    derived: Sequence[Derived]
    """The permissions that the definition leads to and that would allow it."""
    statement: str | None
    """Which statement denies it, or that none allows it; known of the local AWS only."""
    grant: str | None
    """What the app would write to allow it, where no field leads to it; None where a statement denies it."""
    instead: str | None = None
    """What has to change where a grant does not help; None where it may."""
    policy: str | None = None
    """The ARN or the name of the policy that denies it, or of the permissions boundary that does not allow it."""


@dataclass(frozen=True)
class Cause:
    """A step that failed."""

    step: str
    type: str
    reason: str
    attempts: int
    job: str | None
    branch: Branch | None
    """For a Fail step: the condition that led to it."""
    lines: Sequence[str]
    """The last lines of its log."""
    log: str | None
    """Where its log is, if it has one."""
    unread: str | None
    """Why the log could not be read."""
    refused: Sequence[Refused]

    @property
    def further(self) -> list[str]:
        """The last lines of its log without those that the reason quotes, which often is the end of the log."""
        quoted = {line.strip() for line in self.reason.splitlines()}
        return [line for line in self.lines if line.strip() not in quoted]


@dataclass(frozen=True)
class Why:
    """Why an execution ended as it did."""

    execution: Execution
    causes: Sequence[Cause]
    not_run: Sequence[str]
    """The steps that did not run."""


def why(sagemaker: Any, clients: LogClients, s3: Any, arn: str, lines: int = 10) -> Why:
    """Why an execution failed. ``lines``: how many of each log."""
    return why_of(sagemaker, clients, s3, execution.read(sagemaker, arn), lines)


def why_of(sagemaker: Any, clients: LogClients, s3: Any, found: Execution, lines: int, most: int | None = None) -> Why:
    """Why an execution that was read failed: the causes, or the first of them."""
    arn, failed = found.arn, [record for record in found.steps if record["StepStatus"] == "Failed"][:most]
    described = _described(sagemaker, found) if failed else None
    resolution = Resolution(sagemaker, found, execution.parameters(sagemaker, arn) if failed else {})
    resolution.read_object = reading(s3, found.described.get("LastModifiedTime"))
    told = decided(sagemaker, found.arn) if failed else None
    decisions = (told and told.decisions) or ()
    causes = [cause(resolution, clients, record, described, lines, decisions) for record in failed]
    return Why(found, causes, [row.name for row in found.rows if row.started is None] if failed else [])


def _described(client: Any, found: Execution) -> Mapping[str, Any] | None:
    try:
        return describe_pipeline(client, found.parts.pipeline)
    except client.exceptions.ClientError as error:
        if says_nothing(error):
            raise
        return None


def cause(
    resolution: Resolution,
    clients: LogClients,
    record: Mapping[str, Any],
    described: Mapping[str, Any] | None,
    lines: int,
    decisions: Sequence[Decision] = (),
) -> Cause:
    """Why a step failed, by its record. ``described``: the answer of ``DescribePipeline``, if it is known."""
    found, name = resolution.execution, str(record["StepName"])
    row = next(row for row in found.rows if row.name == name)
    view = None if found.definition is None else view_of(found.definition, name)
    told, where, unread = _lines(clients, record, row.type, lines)
    reason = row.reason or str((record.get("Metadata") or {}).get("Fail", {}).get("ErrorMessage", ""))
    refused = []
    for refusal in refusals([reason, *told])[:MOST]:
        needs: Sequence[Derived] = ()
        if described is not None and found.definition is not None and view is not None:
            needs = missing_permissions(refusal, view.name, found.definition, environment_of(described))
        decided_so = _decision(refusal, decisions)
        refused.append(
            Refused(
                refusal,
                needs,
                decided_so and decided_so.why,
                None if needs else _grant(refusal, row.type, described),
                _instead(refusal, described),
                refusal.policy or (decided_so and decided_so.policy) or None,
            )
        )
    return Cause(
        name,
        row.type,
        reason,
        int(record.get("AttemptCount") or 1),
        jobs.arn_of(record),
        _branch(resolution, view) if view is not None and view.type == "Fail" else None,
        told,
        where,
        unread,
        refused,
    )


def _decision(refusal: Refusal, decisions: Sequence[Decision]) -> Decision | None:
    for each in decisions:
        same = (each.action, each.resource) == (refusal.action, refusal.resource)
        if same and each.answer is not Answer.ALLOWED and refusal.role in (None, each.role.rpartition("/")[2]):
            return each
    return None


def _instead(refusal: Refusal, described: Mapping[str, Any] | None) -> str | None:
    if refusal.service is None:
        return refusal.instead
    of_pipeline = refusal.resource == (described or {}).get("RoleArn")
    of = "of the pipeline" if of_pipeline else "of the step, or the default_job_role= of the pipeline"
    return f'{refusal.instead}: assumed_by=iam.ServicePrincipal("{refusal.service}"); it is the role= {of}'


def _grant(refusal: Refusal, step_type: str, described: Mapping[str, Any] | None) -> str | None:
    if refusal.action is None or refusal.instead:
        return None
    role = str((described or {}).get("RoleArn", "")).rpartition("/")[2]
    grantee = PIPELINE if refusal.role == role else FUNCTION if step_type == "Lambda" else JOB
    return granting(refusal.action, refusal.resource, grantee)


def view_of(definition: Definition, name: str) -> StepView | None:
    """The step, or of an item of a for-each the step of its body."""
    return definition.find(name) or definition.find(name.rpartition("-")[0])


def _lines(
    clients: LogClients, record: Mapping[str, Any], step_type: str, lines: int
) -> tuple[list[str], str | None, str | None]:
    """The last lines of a step's log, where the log is, and why it could not be read."""
    try:
        place = logs.place_of(record, step_type, clients.functions)
    except PipelineError:
        return [], None, None
    where = place.where
    try:
        events = logs.tail(clients.logs, place, lines)
    except clients.logs.exceptions.ClientError as error:
        return [], where, message(error)
    found = [line for event in events for line in event.message.splitlines()][-lines:]
    return list(map(logs.shortened, found)), where, None


def _branch(resolution: Resolution, step: StepView) -> Branch | None:
    return None if step.parent is None else decision(resolution, step.parent)


def decision(resolution: Resolution, condition: StepView) -> Branch | None:
    """What a condition step decided, and of what values; None before its start."""
    record = resolution.execution.step(condition.name)
    if record is None:
        return None
    outcome = str((record.get("Metadata") or {}).get("Condition", {}).get("Outcome", "")).lower()
    conditions = condition.arguments.get("Conditions")
    return Branch(condition.name, outcome, of_conditions(conditions), _values(resolution, condition, conditions))


def _values(resolution: Resolution, step: StepView, document: Any) -> dict[str, str]:
    """The values of the expressions in a document."""
    found: dict[str, str] = {}
    for value in _expressions(document):
        try:
            found[of_value(value)] = of_value(resolution.value(step, value))
        except PipelineError:
            continue
    return found


def _expressions(document: Any) -> list[Any]:
    if isinstance(document, Mapping):
        if "Std:JsonGet" in document or "Get" in document:
            return [document]
        return [found for value in document.values() for found in _expressions(value)]
    return [found for item in document for found in _expressions(item)] if isinstance(document, (list, tuple)) else []


def as_json(told: Why) -> dict[str, Any]:
    """What ``smpipe why --json`` prints; docs/executions.md lists the members."""
    return {
        "execution": told.execution.arn,
        "state": told.execution.status,
        "reason": told.execution.described.get("FailureReason"),
        "causes": [
            {
                "step": cause.step,
                "type": cause.type,
                "reason": cause.reason,
                "attempts": cause.attempts,
                "job": cause.job,
                "branch": None if cause.branch is None else {**vars(cause.branch), "values": dict(cause.branch.values)},
                "log": cause.log,
                "unread": cause.unread,
                "lines": list(cause.lines),
                "refused": [
                    {
                        **vars(each.refusal),
                        "policy": each.policy,
                        "statement": each.statement,
                        "instead": each.instead,
                        "grant": each.grant,
                        "derived": [
                            {
                                "actions": list(need.actions),
                                "resources": list(need.resources),
                                "step": need.step,
                                "field": need.field,
                            }
                            for need in each.derived
                        ],
                    }
                    for each in cause.refused
                ],
            }
            for cause in told.causes
        ],
        "permissions": [{"step": row.name, "note": text} for row in told.execution.rows for text in row.permissions],
        "notRun": list(told.not_run),
    }
