"""What IAM's policy simulator answers: the policies of a role or user, and what is given besides, judged as requests.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..authorization import EVERYTHING, ApplicablePolicies, Policy, PolicyError, Request, UndecidedError, decide
from .front.refusal import Refused
from .principals import Asking

_NOT_SIMULATED = ("CallerArn", "PolicyExclusionList", "ResourceHandlingOption", "ResourceOwner", "ResourcePolicy")
_IN_EVERY_REQUEST = frozenset({"aws:currenttime", "aws:epochtime"})


def check(request: Mapping[str, Any]) -> None:
    """Refuses what is not simulated here."""
    given = [member for member in _NOT_SIMULATED if request.get(member)]
    if given:
        text = f"the local AWS does not simulate with {', '.join(given)}: iam SimulatePrincipalPolicy"
        raise Refused(501, "NotImplemented", text)


def results(who: Asking, account: str, request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The result of each action on each resource. Raises ``Refused``."""
    context = {
        entry["ContextKeyName"]: _values(entry.get("ContextKeyType", "string"), entry.get("ContextKeyValues") or [])
        for entry in request.get("ContextEntries") or ()
    }
    try:
        own = who.policies or ApplicablePolicies()
    except PolicyError as error:
        raise Refused(501, "NotImplemented", f"the local AWS cannot simulate it: {error}") from None
    policies = _with_inputs(own, account, request)
    for action in request["ActionNames"]:
        for resource in request.get("ResourceArns") or ["*"]:
            yield _result(who, policies, account, action, resource, context)


def _values(kind: str, values: list[str]) -> str | list[str]:
    """A key of a type such as ``stringList`` has several values."""
    return values if kind.endswith("List") or len(values) != 1 else values[0]


def _with_inputs(policies: ApplicablePolicies, account: str, request: Mapping[str, Any]) -> ApplicablePolicies:
    """With the policies of the request; a boundary that it gives takes the place of the identity's."""
    own, limits = (
        [_input(document, f"{member}.{number}") for number, document in enumerate(request.get(member) or (), 1)]
        for member in ("PolicyInputList", "PermissionsBoundaryPolicyInputList")
    )
    if len(limits) > 1:
        raise Refused(400, "InvalidInput", "a role or user has one permissions boundary, not several")
    # the policy of the resource is not asked, so it leaves all to the account
    leaves_it = {"Statement": {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "*"}}
    return replace(
        policies,
        identity=(*policies.identity, *own),
        boundary=limits[0] if limits else policies.boundary,
        resource=Policy.parse(leaves_it, "resource", of_resource=True),
    )


def _input(document: str, name: str) -> Policy:
    try:
        return Policy.parse(document, name)
    except PolicyError as error:
        raise Refused(400, "InvalidInput", str(error)) from None


def _result(
    who: Asking, policies: ApplicablePolicies, account: str, action: str, resource: str, context: Mapping[str, Any]
) -> dict[str, Any]:
    told = [*policies.identity, *filter(None, [policies.boundary])]
    keys = {key for policy in told for key in policy.keys if key.lower() not in _IN_EVERY_REQUEST}
    try:
        asked = Request(who.principal, action, resource, owner=account, context=context, complete=keys)
    except ValueError as error:
        raise Refused(400, "InvalidInput", str(error)) from None
    try:
        verdict = decide(asked, policies)
        within = policies.boundary is None or decide(asked, replace(policies, identity=(EVERYTHING,))).allowed
    except UndecidedError as error:
        raise Refused(501, "NotImplemented", f"the local AWS cannot simulate it: {error}") from None
    boundary = {} if policies.boundary is None else {"AllowedByPermissionsBoundary": within}
    return {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": verdict.decision.value,
        "MatchedStatements": [],
        "MissingContextValues": sorted(key for key in keys if not asked.has(key)),
        **({"PermissionsBoundaryDecisionDetail": boundary} if boundary else {}),
    }
