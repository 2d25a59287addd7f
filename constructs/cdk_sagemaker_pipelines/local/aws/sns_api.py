"""The operations of the SNS API, which are moto's, on topics of other accounts that let the caller in.

https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
"""

from __future__ import annotations

from typing import Any

from moto.sns.responses import SNSResponse

from .front.refusal import Refused
from .held_policies import exists, policy_of
from .identities import account_of
from .principals import asking
from .repeating import again
from .resource_policies import refusal


class SnsApi(SNSResponse):
    """Answers one request."""

    def call_action(self) -> Any:
        topic = self._get_param("TopicArn")
        if topic and account_of(topic) != self.current_account and exists(topic) and not again():
            who = asking(self.get_access_key(), self.current_account, self.region)
            if refused := refusal(policy_of(topic), who, f"SNS:{self._get_action()}", topic):
                raise Refused(403, "AuthorizationError", refused)
        return super().call_action()
