"""Whether a bucket, and the key of an object in it, let another account in."""

from __future__ import annotations

from moto.core.request import Request
from moto.s3.models import s3_backends

from .front.application import CALLER
from .front.refusal import Refused
from .front.signature import Caller
from .identities import account_of
from .principals import asking
from .repeating import again
from .resource_policies import refusal
from .s3_actions import asked
from .s3_questions import questions


def check(request: Request) -> None:
    """Raises ``Refused`` for a request that the bucket or the key of another account does not allow."""
    who: Caller = request.environ[CALLER]
    if again() or not _is_abroad(request, who):
        return
    for question, policy, region in questions(request):
        owner = question.owner or account_of(question.resource)
        if owner == who.account:
            continue
        caller = asking(who.key.id, who.account, who.region).knowing(question.context)
        refused = refusal(
            policy, caller, question.action, question.resource, owner=owner, region=region, complete=question.complete
        )
        if refused is not None:
            raise Refused(403, "AccessDenied", refused)


def _is_abroad(request: Request, who: Caller) -> bool:
    """Whether it is about a bucket of another account."""
    buckets = {one.bucket for one in asked(request.method, request.path, list(request.args), request.headers)}
    return any(s3_backends.bucket_accounts.get(name, ("", who.account))[1] != who.account for name in buckets)
