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
from ...language import Definition, Finding
from ...language.step_types import SAGEMAKER
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
    for arn, services, step, where in _handed(definition, environment):
        if (arn, services) in told:
            continue
        told.add((arn, services))
        name, trust = role(arn) or ("", ())
        if trust and not _lets_in(trust, services):
            text = f"the role {name} does not let {services[0]} take it; allow that sts:AssumeRole in its trust policy"
            yield Finding(ROLE_TRUST, text, step, where, "warning")


def _handed(definition: Definition, environment: Environment) -> Iterator[tuple[str, tuple[str, ...], str | None, str]]:
    """Each role, the names of the service that it goes to, the step and the path of the field that hands it over."""
    if environment.role is not None:
        yield environment.role, (SAGEMAKER,), None, ""
    for need in pipeline_role.needs(definition, environment):
        services = need.conditions.get("StringEquals", {}).get("iam:PassedToService")
        if need.actions != ("iam:PassRole",) or services is None:
            continue
        reason = need.because[0]
        where = reason.where
        for arn in need.resources:
            names = (services,) if isinstance(services, str) else tuple(services)
            yield arn, names, reason.step, where


def _lets_in(trust: Iterable[Statement], services: Sequence[str]) -> bool:
    """Whether a service may take the role, as far as that is known."""
    policies = Policies(found for one in trust for found in _about(one, services))
    return policies.judge(Need("sts:AssumeRole", "*", {})).outcome is not Outcome.MISSING


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
