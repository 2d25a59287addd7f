"""What the policy of a resource allows to those who ask: callers of other accounts, and services.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies-cross-account-resource-access.html
Only the side of the resource is asked. What depends on a condition key of which nothing is known is refused, and the
refusal names the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timezone
from functools import lru_cache

from ..authorization import (
    EVERYTHING,
    ApplicablePolicies,
    Decision,
    Policy,
    PolicyError,
    Request,
    UndecidedError,
    decide,
)
from . import principals
from .principals import Asking, Context
from .repeating import moment

_NOBODY = Policy("nobody", (), of_resource=True)
_EVERY_ROOT = re.compile(r'"arn:[a-z-]+:iam::\*:root"')


def refusal(
    policy: str | None,
    who: Asking,
    action: str,
    resource: str,
    *others: tuple[Asking, str],
    owner: str = "",
    region: str = "",
    complete: Iterable[str] = (),
    called: str = "the resource-based policy",
) -> str | None:
    """Why a policy does not let somebody do something to a resource, as AWS writes it; None if it does.

    Args:
        policy: That of the resource; None if it has none.
        who: Who asks, and what is known of the request.
        action: The action.
        resource: The ARN of the resource.
        others: Who else may be meant by the same request, or which resource: one that is allowed is enough, one that is
            denied refuses it.
        owner: The account of the resource, where its ARN does not name it.
        region: The region of the request, where the ARN of the resource does not name it.
        complete: Condition keys, or their beginnings, of which ``who.context`` says all (``Request``).
        called: What the policy is, where something in it cannot be read or decided.
    """
    where = region or resource.split(":")[3]
    try:
        of_resource = _NOBODY if policy is None else read(policy, called)
        policies = ApplicablePolicies((EVERYTHING,), resource=of_resource)
        verdicts = [
            decide(request_of(each, action, arn, owner, where, complete), policies)
            for each, arn in ((who, resource), *others)
        ]
    except (PolicyError, UndecidedError) as error:
        why = error.why if isinstance(error, UndecidedError) else error
        return f"User: {who.principal.arn} is not authorized to perform: {action} on resource: {resource} because {why}"
    denied = [verdict for verdict in verdicts if verdict.decision is Decision.EXPLICIT_DENY]
    if denied:
        return denied[0].message
    return None if any(verdict.allowed for verdict in verdicts) else verdicts[0].message


def request_of(
    who: Asking, action: str, resource: str, owner: str = "", region: str = "", complete: Iterable[str] = ()
) -> Request:
    """The request with all that is known of it. Raises ``ValueError`` if nobody says whose the resource is."""
    known = {**_of_every_request(region), **who.context}
    given = {key: value for key, value in known.items() if value is not None}
    absent = [key for key in known if key not in given] if len(given) < len(known) else ()
    return Request(who.principal, action, resource, owner=owner, context=given, complete=[*complete, *absent])


def read(document: str, called: str) -> Policy:
    """The policy of a resource, as moto has it. Raises ``PolicyError``."""
    # moto writes the principal * of PutPermission as the root of the account *
    return principals.policy(_EVERY_ROOT.sub('"*"', document), called, of_resource=True)


def _of_every_request(region: str) -> Context:
    return {
        **_at(int(moment().timestamp())),
        "aws:SecureTransport": "true",
        "aws:ViaAWSService": "false",
        **({"aws:RequestedRegion": region} if region else {}),
    }


@lru_cache(maxsize=4)
def _at(second: int) -> Context:
    now = datetime.fromtimestamp(second, timezone.utc)
    return {"aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "aws:EpochTime": str(second)}
