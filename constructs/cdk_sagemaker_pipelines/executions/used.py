"""Which permissions of a pipeline's roles executions used, which they never did, and what they were not allowed.

Only a local AWS knows that: it decides about each call and keeps what it has decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..iam import job_roles
from ..language import Definition, PipelineError
from ..local.authorization import Kind
from ..local.decided import Answer, Decision
from ..local.proxies import is_here
from . import execution
from .decided import Known, decided
from .lookup import describe_pipeline, find_execution
from .refusals import environment_of
from .role_policies import AllowStatement, Patterns, allow_statements

_ONLY_LOCAL = (
    "only the local AWS keeps which permissions an execution used. On an account, IAM Access Analyzer finds unused "
    'access, and CloudTrail has the calls; for the local AWS, run eval "$(smpipe local --env)" first'
)
_REFUSING = (Answer.REFUSED, Answer.NOTED, Answer.DOUBTED)


@dataclass(frozen=True)
class Looked:
    """An execution that was looked at."""

    name: str
    """Pipeline and ID."""
    arn: str
    known: Known


class RefusedBy(NamedTuple):
    """What kept a permission from being used that was asked for."""

    answer: Answer
    policy: str
    """Which policy, such as ``the permissions boundary arn:...``."""


@dataclass(frozen=True)
class Grant:
    """An action on a resource that a statement allows."""

    action: str
    """As the policy has it, perhaps with wildcards, or ``all but`` those of ``NotAction``."""
    resource: str
    """The same."""
    times: int
    """How often it was used."""
    as_actions: tuple[str, ...]
    """The actions that were asked for."""
    steps: tuple[str, ...]
    """The steps that used it."""
    refused_by: tuple[RefusedBy, ...]
    """What refused it, although this statement allows it by its action and resource."""


@dataclass(frozen=True)
class StatementUse:
    """A statement, and what of it was used."""

    policy: str
    """The name of an inline policy, or the ARN of a managed one."""
    place: str
    """Which of its statements, such as ``statement 2 (Read)``."""
    grants: tuple[Grant, ...]
    conditional: bool
    """Whether it has conditions, which are not compared: what of a request they looked at is not kept."""


@dataclass(frozen=True)
class RoleUse:
    """A role, and what of its permissions was used."""

    arn: str
    of: tuple[str, ...]
    """The steps whose jobs have it; empty of a role that only code uses, such as that of a function."""
    of_pipeline: bool
    statements: tuple[StatementUse, ...] | None
    """None of a role that does not exist."""


@dataclass(frozen=True)
class Used:
    """What executions used."""

    executions: tuple[Looked, ...]
    roles: tuple[RoleUse, ...]
    others: tuple[Decision, ...]
    """What was asked and not allowed for sure; the step is that which asked first."""

    @property
    def counts(self) -> tuple[int, int]:
        """How many permissions were used, and of how many."""
        grants = [grant for role in self.roles for each in role.statements or () for grant in each.grants]
        return sum(1 for grant in grants if grant.times), len(grants)


def used(sagemaker: Any, iam: Any, given: Sequence[str]) -> Used:
    """What some executions used, each given as ``find_execution`` takes it.

    Raises ``PipelineError`` for another AWS than a local one, before it is asked.
    """
    if not all(is_here(client.meta.endpoint_url) for client in (sagemaker, iam)):
        raise PipelineError(_ONLY_LOCAL)
    executions: dict[str, Looked] = {}
    roles: dict[str, tuple[bool, dict[str, None]]] = {}
    for each in given:
        found = execution.read(sagemaker, find_execution(sagemaker, each))
        known = decided(sagemaker, found.arn)
        if known is None:
            raise PipelineError(f"{sagemaker.meta.endpoint_url} is not a local AWS of this version")
        executions[found.arn] = Looked(found.parts.short, found.arn, known)
        described = describe_pipeline(sagemaker, found.parts.pipeline)
        roles[str(described["RoleArn"])] = (True, {})
        for arn, steps in _of_jobs(found.definition, described).items():
            roles.setdefault(arn, (False, {}))[1].update(dict.fromkeys(steps))
    decisions = [one for each in executions.values() for one in each.known.decisions or ()]
    for one in decisions:
        roles.setdefault(one.role, (False, {}))
    uses = [
        _use(iam, arn, own, tuple(steps), [one for one in decisions if one.role == arn])
        for arn, (own, steps) in roles.items()
        if ":role/" in arn
    ]
    return Used(tuple(executions.values()), tuple(uses), tuple(_others(decisions)))


def _of_jobs(definition: Definition | None, described: Mapping[str, Any]) -> dict[str, list[str]]:
    """The steps of each role, as far as the definition names it."""
    found: dict[str, list[str]] = {}
    for role, permission in job_roles.needs(definition, environment_of(described)) if definition else ():
        if isinstance(role, str):
            found.setdefault(role, []).extend(reason.step for reason in permission.because)
    return found


def _use(iam: Any, arn: str, own: bool, steps: tuple[str, ...], decisions: Sequence[Decision]) -> RoleUse:
    statements = allow_statements(iam, arn)
    if statements is None:
        return RoleUse(arn, steps, own, None)
    uses = [
        StatementUse(each.policy, each.place, tuple(_grants(each, decisions)), each.conditional) for each in statements
    ]
    return RoleUse(arn, steps, own, tuple(uses))


def _grants(statement: AllowStatement, decisions: Sequence[Decision]) -> Iterator[Grant]:
    """By actions and resources alone."""
    lower = [Patterns(tuple(map(str.lower, each.texts)), each.excepted) for each in statement.actions]
    for resources in statement.resources:
        there = [one for one in decisions if resources.are_about(one.resource)]
        for actions, plain in zip(statement.actions, lower, strict=True):
            asked = [one for one in there if plain.are_about(one.action.lower())]
            found = [one for one in asked if one.answer is Answer.ALLOWED]
            as_actions = tuple(dict.fromkeys(one.action for one in found))
            steps = tuple(dict.fromkeys(one.step for one in found))
            by = tuple(dict.fromkeys(filter(None, (_refused_by(one, statement) for one in asked))))
            yield Grant(str(actions), str(resources), sum(one.times for one in found), as_actions, steps, by)


def _refused_by(one: Decision, statement: AllowStatement) -> RefusedBy | None:
    if one.answer not in _REFUSING or not one.kind:
        return None
    if one.kind == Kind.IDENTITY.value and not one.policy:  # no statement allows it, so neither does this one
        return RefusedBy(one.answer, "its conditions") if statement.conditional else None
    return RefusedBy(one.answer, f"the {one.kind} {one.policy}".rstrip())


def _others(decisions: Iterable[Decision]) -> Iterable[Decision]:
    """Those that were not allowed, each once."""
    found: dict[tuple[str, ...], Decision] = {}
    for one in decisions:
        if one.answer is not Answer.ALLOWED:
            key = (one.role, one.action, one.resource, one.answer, one.why)
            before = found.get(key)
            found[key] = one if before is None else before._replace(times=before.times + one.times)
    return found.values()


def as_json(told: Used) -> dict[str, Any]:
    """What ``smpipe explain --used --json`` prints; docs/executions.md lists the members."""
    count, whole = told.counts
    return {
        "executions": [
            {
                "execution": each.arn,
                "iam": each.known.mode,
                "known": each.known.decisions is not None,
                "leftOut": each.known.left_out,
            }
            for each in told.executions
        ],
        "used": count,
        "granted": whole,
        "roles": [
            {
                "role": role.arn,
                "exists": role.statements is not None,
                "ofPipeline": role.of_pipeline,
                "steps": list(role.of),
                "statements": [
                    {
                        "policy": use.policy,
                        "statement": use.place,
                        "conditional": use.conditional,
                        "permissions": [
                            {
                                "action": grant.action,
                                "resource": grant.resource,
                                "times": grant.times,
                                "as": list(grant.as_actions),
                                "steps": list(grant.steps),
                                "refusedBy": [by._asdict() for by in grant.refused_by],
                            }
                            for grant in use.grants
                        ],
                    }
                    for use in role.statements or ()
                ],
            }
            for role in told.roles
        ],
        "notAllowed": [one._asdict() for one in told.others],
    }
