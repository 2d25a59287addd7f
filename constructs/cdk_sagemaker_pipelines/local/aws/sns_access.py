"""Whether a topic lets another account in, by its own policy.

https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
"""

from __future__ import annotations

from moto.core.request import Request

from .front.application import CALLER
from .front.refusal import Refused
from .front.signature import Caller
from .held_policies import exists, policy_of
from .identities import account_of, asking, caller_of
from .repeating import again
from .resource_policies import judged, refusal

_NAMED = ("TopicArn", "TargetArn", "ResourceArn", "SubscriptionArn")
_TOPIC_PARTS = 6


def check(request: Request) -> None:
    """Raises ``Refused`` for a request that the topic of another account does not allow."""
    who: Caller = request.environ[CALLER]
    named = next((request.form[name] for name in _NAMED if request.form.get(name)), "")
    topic = ":".join(named.split(":")[:_TOPIC_PARTS])  # a subscription's ARN begins with that of its topic
    if account_of(topic) in ("", who.account) or not exists(topic) or again():
        return
    caller = asking(caller_of(who.key.id, who.account, who.region), who.region)
    action = f"sns:{request.form.get('Action')}"
    refused = refusal(judged(policy_of(topic), caller, action, topic), caller, action, topic)
    if refused is not None:
        raise Refused(403, "AuthorizationError", refused)
