"""Roles of the app that are passed to a service that they do not trust, and that it therefore cannot assume.

What the pipeline's role may pass says which role goes to which service; SageMaker assumes the pipeline's role itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from ...iam import pipeline_role
from ...iam.environment import Environment
from ...iam.evaluation import Outcome, Policies
from ...iam.requests import Need
from ...iam.types.jobs.training import chained
from ...language import Definition, Finding
from ...language.later import later_pattern
from ...language.step_types import SAGEMAKER, row_of
from ...language.tokens import has_string_token
from .statements import EVERYBODY, Statement, on_a_condition

ROLE_TRUST = "role-trust"
"""The code of a finding on a role that does not trust the service it is passed to."""
_SUFFIX = "${Token[AWS::URLSuffix]}"


def not_assumable(
    definition: Definition, environment: Environment, role: Callable[[str], tuple[str, Sequence[Statement]] | None]
) -> Iterator[Finding]:
    """A warning for each role that does not trust the service it is passed to, at the first field that passes it.

    ``role``: returns the display name and trust policy of the role with an ARN; None if the app does not know them.
    Conditions on what the app does not know, such as the calling job, are assumed to be met.
    """
    told = set()
    for arn, services, actions, step, where in _handed(definition, environment):
        if (arn, services, actions) in told:
            continue
        told.add((arn, services, actions))
        name, trust = role(arn) or ("", ())
        lacking = [action for action in actions if trust and not _lets_in(trust, services, action)]
        if lacking:
            what = "assume it" if _TAKE in lacking else "tag its sessions"
            allow = f"allow {' and '.join(lacking)} in its trust policy"
            text = f"the role {name} does not let {services[0]} {what}; {allow}"
            yield Finding(ROLE_TRUST, text, step, where, "warning")


_TAKE, _TAG = "sts:AssumeRole", "sts:TagSession"
_OF_JOBS = row_of("Job").service
_Handed = tuple[str, tuple[str, ...], tuple[str, ...], str | None, str]


def _handed(definition: Definition, environment: Environment) -> Iterator[_Handed]:
    """Each role, the names of the service it is passed to, what that does with it, the step and the field's path.

    Jobs of the service's own tag the session, and so do training jobs that chain it.
    """
    if environment.role is not None:
        yield environment.role, (SAGEMAKER,), (_TAKE,), None, ""
    for need in pipeline_role.needs(definition, environment):
        services = need.conditions.get("StringEquals", {}).get("iam:PassedToService")
        if need.actions != ("iam:PassRole",) or services is None:
            continue
        reason = need.because[0]
        where = reason.where
        for arn in need.resources:
            names = (services,) if isinstance(services, str) else tuple(services)
            yield arn, names, (_TAKE, _TAG) if _OF_JOBS in names else (_TAKE,), reason.step, where
    for chaining, role in chained(definition, environment):
        if isinstance(role, str):
            yield role, (SAGEMAKER,), (_TAG,), chaining, "Arguments.SessionChainingConfig"


def _lets_in(trust: Iterable[Statement], services: Sequence[str], action: str) -> bool:
    """Whether a service may do that with the role, as far as it is known."""
    policies = Policies(found for one in trust for found in _about(one, services))
    return policies.judge(Need(action, "*", {})).outcome is not Outcome.MISSING


def _about(statement: Statement, services: Sequence[str]) -> Iterator[Statement]:
    """The statement if it is about the service; conditional if that is not known here."""
    whole = replace(statement, resources=("*",))
    names = [one.replace(_SUFFIX, "amazonaws.com") for one in statement.principals]
    named = EVERYBODY in names or not {*names}.isdisjoint(services)
    if not named and any(map(_may_be_a_service, names)):
        yield on_a_condition(whole)
    elif named is not statement.excepts or statement.effect not in ("Allow", "Deny"):
        yield whole


def _may_be_a_service(principal: str) -> bool:
    """Whether the principal is only known at deployment and may be a service; a service has no ARN."""
    return has_string_token(principal) and not _NO_SERVICE.search(principal)


_NO_SERVICE = later_pattern(r"^arn:|\.Arn\]\}$|\[AWS::AccountId\]")
