"""Roles of the app that are passed to a service that they do not trust, and that it therefore cannot assume.

What the pipeline's role may pass says which role goes to which service; SageMaker assumes the pipeline's role itself.
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
"""The code of a finding on a role that does not trust the service it is passed to."""
_SUFFIX = "${Token[AWS::URLSuffix]}"


def untaken(
    definition: Definition, environment: Environment, role: Callable[[str], tuple[str, Sequence[Statement]] | None]
) -> Iterator[Finding]:
    """A warning for each role that does not trust the service it is passed to, at the first field that passes it.

    ``role``: returns the display name and trust policy of the role with an ARN; None if the app does not know them.
    Conditions on what the app does not know, such as the calling job, are assumed to be met.
    """
    told = set()
    for arn, services, step, where in _handed(definition, environment):
        if (arn, services) in told:
            continue
        told.add((arn, services))
        name, trust = role(arn) or ("", ())
        if trust and not _lets_in(trust, services):
            text = f"the role {name} does not let {services[0]} assume it; allow sts:AssumeRole in its trust policy"
            yield Finding(ROLE_TRUST, text, step, where, "warning")


def _handed(definition: Definition, environment: Environment) -> Iterator[tuple[str, tuple[str, ...], str | None, str]]:
    """Each role, the names of the service it is passed to, the step and the path of the field that passes it."""
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
    """Whether a service may assume the role, as far as that is known."""
    policies = Policies(found for one in trust for found in _about(one, services))
    return policies.judge(Need("sts:AssumeRole", "*", {})).outcome is not Outcome.MISSING


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


_NO_SERVICE = re.compile(r"^arn:|\.Arn\]\}$|\[AWS::AccountId\]")
