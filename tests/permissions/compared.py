"""Every question to the independent evaluator is put to the local AWS's own as well, which must say the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from cdk_sagemaker_pipelines.local.authorization import ApplicablePolicies, Policy, Principal, Request, decide

if TYPE_CHECKING:
    from tests.permissions import evaluator

_Texts = dict[int, tuple[str, Mapping[str, Any]]]
"""By the identity of a policy, which is kept so that no other gets it."""
_SERVICE_OF_A_KEY = re.compile(r'"([\w-]+:)', re.ASCII)
_VARIABLE = re.compile(r"\$\{([\w-]+:)", re.ASCII)


def differences(asked: Sequence[evaluator.Request], answers: Sequence[bool | str | None]) -> Iterator[str]:
    """Where the two do not agree, in words. ``answers``: those of the independent one."""
    read: _Texts = {}
    for request, answer in zip(asked, answers, strict=True):
        if request.resource is None or answer is None or trusts_unasked(request):
            continue
        found = allows(request, read)
        if found is not answer:
            yield f"allowed here: {found}, by the independent evaluator: {answer}: {request}"


def trusts_unasked(request: evaluator.Request) -> bool:
    """Whether it is about taking a role without the role's trust policy.

    The independent evaluator then asks the identity's policies alone. By IAM's user guide, "How AWS enforcement code
    logic evaluates requests", a trust policy must allow it in any case; of these questions what matters is the former.
    """
    return request.on is None and request.action.startswith("sts:") and ":role/" in str(request.resource)


def allows(request: evaluator.Request, read: _Texts) -> bool:
    """The answer of the local AWS. What a request's context does not have, the request does not have.

    ``read``: the texts of policies that were read, which are the same objects in many requests.
    """
    identity = [_text(each, read) for each in request.identity]
    boundary, on = (None if each is None else _text(each, read) for each in (request.boundary, request.on))
    asked = Request(
        _principal(request.principal),
        request.action,
        str(request.resource),
        owner=request.account,
        context=request.context,
        complete=_keys(*identity, *filter(None, (boundary, on))),
    )
    policies = ApplicablePolicies(
        tuple(map(_policy, identity)),
        None if boundary is None else _policy(boundary),
        resource=None if on is None else _policy(on, of_resource=True),
    )
    return decide(asked, policies).allowed


@cache
def _policy(text: str, *, of_resource: bool = False) -> Policy:
    return Policy.parse(text, "P", of_resource=of_resource)


@cache
def _keys(*texts: str) -> frozenset[str]:
    """The prefixes of the condition keys in policies, and of much else, which does no harm."""
    return frozenset(found for text in texts for form in (_SERVICE_OF_A_KEY, _VARIABLE) for found in form.findall(text))


def _text(policy: Mapping[str, Any], read: _Texts) -> str:
    if id(policy) not in read:
        read[id(policy)] = json.dumps(policy, sort_keys=True), policy
    return read[id(policy)][0]


@cache
def _principal(name: str) -> Principal:
    """Whom a request names by an ARN, or by the name of a service; a role asks by a session."""
    parts = name.split(":", 5)
    if len(parts) < 6:
        return Principal.service(name)
    kind, _, rest = parts[5].partition("/")
    if kind == "assumed-role":
        role, _, session = rest.partition("/")
        return Principal.session(f"arn:aws:iam::{parts[4]}:role/{role}", session)
    if kind == "role":
        return Principal.session(name, "session")
    return Principal.root(parts[4]) if kind == "root" else Principal.user(name)
