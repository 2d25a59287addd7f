"""The operations of the STS API that issue keys: moto's are the same for everybody, or belong to nobody.

https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

from moto.core.responses import ActionResult
from moto.sts.responses import TokenResponse

from ...iam.evaluation import Outcome
from .front.keys import Keys
from .front.refusal import Refused
from .identities import DEFAULT_SECONDS, account_of, assume, caller_of, trust

_HALF_A_DAY = 43200


class StsApi(TokenResponse):
    """Answers one request; each public method is an operation."""

    def __init__(self, keys: Keys) -> None:
        super().__init__()
        self._keys = keys

    def assume_role(self) -> ActionResult:
        """A session of a role in the caller's account; in another one only if the role exists and trusts the caller.

        Within an account no policy is checked, and the role need not exist. An ARN of another partition than the
        region's names the role there: a CDK CLI that deploys to several partitions writes that of the first, since it
        remembers one for each key, and here a key is good in all of them.
        """
        arn = re.sub(r"^arn:aws[a-z-]*:", f"arn:{self.partition}:", str(self._get_param("RoleArn")))
        if ":role/" not in arn or len(account_of(arn)) != 12:
            raise Refused(400, "ValidationError", f"{arn} is invalid")
        caller = caller_of(self.get_access_key(), self.current_account, self.region)
        name = str(self._get_param("RoleSessionName"))
        if account_of(arn) != self.current_account:
            given = self._get_param("ExternalId")
            verdict = trust(arn, self.region, caller, external_id=given, session_name=name)
            if verdict.outcome is not Outcome.GRANTED:
                why = f" ({verdict.why})" if verdict.why else ""
                text = f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {arn}{why}"
                raise Refused(403, "AccessDenied", text)
        session = assume(
            self._keys, self.region, arn, name,
            seconds=self._get_int_param("DurationSeconds", DEFAULT_SECONDS), policy=self._get_param("Policy") or "",
        )  # fmt: skip
        user = {"AssumedRoleId": session.user_id, "Arn": session.arn}
        return ActionResult({"Credentials": session, "AssumedRoleUser": user, "PackedPolicySize": 6})

    def get_session_token(self) -> ActionResult:
        return ActionResult({"Credentials": self._credentials()})

    def get_federation_token(self) -> ActionResult:
        name = self._get_param("Name")
        arn = f"arn:{self.partition}:sts::{self.current_account}:federated-user/{name}"
        user = {"FederatedUserId": f"{self.current_account}:{name}", "Arn": arn}
        return ActionResult({"Credentials": self._credentials(), "FederatedUser": user, "PackedPolicySize": 6})

    def assume_role_with_web_identity(self) -> ActionResult:
        raise NotImplementedError("AssumeRoleWithWebIdentity (it knows no identity provider)")

    def assume_role_with_saml(self) -> ActionResult:
        raise NotImplementedError("AssumeRoleWithSAML (it knows no identity provider)")

    def _credentials(self) -> dict[str, Any]:
        session = self._keys.new_session(self.current_account)
        seconds = timedelta(seconds=self._get_int_param("DurationSeconds", _HALF_A_DAY))
        return {
            "AccessKeyId": session.id,
            "SecretAccessKey": session.secret,
            "SessionToken": session.token,
            "Expiration": datetime.now(timezone.utc) + seconds,
        }
