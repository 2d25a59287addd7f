"""Roles of the app that are handed to a service which they do not let in: it could not take them, whatever they may do.

Which role goes to which service is what the pipeline's role may pass, beside which SageMaker takes that one itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from ...iam import pipeline_role
from ...iam.covering import Need, Outcome, Policies
from ...iam.environment import Environment
from ...iam.types.jobs.training import chained
from ...language import Definition, Finding
from ...language.step_types import SAGEMAKER, row_of
from ...language.tokens import has_string_token
from .roles import EVERYBODY, Statement, on_a_condition

ROLE_TRUST = "role-trust"
"""The code of a finding of a role that does not let in the service to which it is handed."""
_SUFFIX = "${Token[AWS::URLSuffix]}"


def untaken(
    definition: Definition, environment: Environment, role: Callable[[str], tuple[str, Sequence[Statement]] | None]
) -> Iterator[Finding]:
    """A warning for each role that does not let the service in to which it is handed, at the first field that does so.

    ``role``: by an ARN how people know the role, and its trust policy; None of a role of which the app knows none.
    Conditions that the app does not know, such as on the job that asks, are taken to be met.
    """
    told = set()
    for arn, services, actions, step, where in _handed(definition, environment):
        if (arn, services, actions) in told:
            continue
        told.add((arn, services, actions))
        name, trust = role(arn) or ("", ())
        lacking = [action for action in actions if trust and not _lets_in(trust, services, action)]
        if lacking:
            what = "take it" if _TAKE in lacking else "tag its sessions"
            allow = f"allow that {' and '.join(lacking)} in its trust policy"
            text = f"the role {name} does not let {services[0]} {what}; {allow}"
            yield Finding(ROLE_TRUST, text, step, where, "warning")


_TAKE, _TAG = "sts:AssumeRole", "sts:TagSession"
_OF_JOBS = row_of("Job").service
_Handed = tuple[str, tuple[str, ...], tuple[str, ...], str | None, str]


def _handed(definition: Definition, environment: Environment) -> Iterator[_Handed]:
    """Each role, the names of the service that it goes to, what that does with it, the step and the path of the field.

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
    """The statement, where it is about the service; on a condition where that is not known here."""
    whole = replace(statement, resources=("*",))
    names = [one.replace(_SUFFIX, "amazonaws.com") for one in statement.principals]
    named = EVERYBODY in names or not {*names}.isdisjoint(services)
    if not named and any(map(_may_be_a_service, names)):
        yield on_a_condition(whole)
    elif named is not statement.excepts or statement.effect not in ("Allow", "Deny"):
        yield whole


def _may_be_a_service(principal: str) -> bool:
    """Whether only the deployment tells whom a trust policy names; what has an ARN is no service."""
    return has_string_token(principal) and not _NO_SERVICE.search(principal)


_NO_SERVICE = re.compile(r"^arn:|\.Arn\]\}$|\[AWS::AccountId\]")
