"""The operations of the SNS API, which are moto's, on topics of other accounts that let the caller in.

https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
"""

from __future__ import annotations

from typing import Any

from moto.sns.responses import SNSResponse

from .front.refusal import Refused
from .held_policies import exists, policy_of
from .identities import account_of
from .principals import sender_of
from .repeating import again
from .resource_policies import refusal

_NAMED = ("TopicArn", "TargetArn", "ResourceArn", "SubscriptionArn")
_TOPIC_PARTS = 6


class SnsApi(SNSResponse):
    """Answers one request."""

    def call_action(self) -> Any:
        named = next((str(self._get_param(name)) for name in _NAMED if self._get_param(name)), "")
        topic = ":".join(named.split(":")[:_TOPIC_PARTS])  # a subscription's ARN begins with that of its topic
        if account_of(topic) not in ("", self.current_account) and exists(topic) and not again():
            who = sender_of(self)
            if refused := refusal(policy_of(topic), who, f"SNS:{self._get_action()}", topic):
                raise Refused(403, "AuthorizationError", refused)
        return super().call_action()
