"""The operations of the STS API that issue keys: moto's are the same for everybody, or belong to nobody.

https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from moto.core.responses import ActionResult
from moto.sts.responses import TokenResponse

from ..authorization import PolicyError
from .front.keys import Keys
from .front.refusal import Refused
from .identities import DEFAULT_SECONDS, Given, account_of, assume, new_user_key, untrusted
from .principals import Asking, asking, managed, policy, session_of

_HALF_A_DAY = 43200
_LASTING = ("Account", "User")
"""Types of those who may have a key without a session token."""


class StsApi(TokenResponse):
    """Answers one request; each public method is an operation."""

    def __init__(self, keys: Keys) -> None:
        super().__init__()
        self._keys = keys

    def assume_role(self) -> ActionResult:
        """A session of a role in the caller's account; in another one only if the role exists and trusts the caller.

        Within an account no policy is checked here, since others than the account's own key have been judged, and the
        role need not exist. An ARN of another partition than the region's names the role there: a CDK CLI that deploys
        to several partitions writes that of the first, since it remembers one for each key, and here a key is good in
        all of them.
        """
        arn = re.sub(r"^arn:aws[a-z-]*:", f"arn:{self.partition}:", str(self._get_param("RoleArn")))
        if ":role/" not in arn or len(account_of(arn)) != 12:
            raise Refused(400, "ValidationError", f"{arn} is invalid")
        who = asking(self.get_access_key(), self.current_account, self.region)
        given, name = self._given(), str(self._get_param("RoleSessionName"))
        if account_of(arn) != self.current_account:
            self._check_trust(arn, who, name, given)
        session = assume(self._keys, self.region, arn, name, given)
        user = {"AssumedRoleId": session.user_id, "Arn": session.arn}
        more = {"SourceIdentity": given.source_identity} if given.source_identity else {}
        return ActionResult({"Credentials": session, "AssumedRoleUser": user, "PackedPolicySize": 6, **more})

    def _given(self) -> Given:
        """What the session gets: from the request, and from the session of a role that asks for it."""
        before = session_of(self.get_access_key(), self.current_account, self.region)
        inherited = {} if before is None else {key: before.tags[key] for key in before.transitive}
        pairs = [(tag["Key"].lower(), tag["Value"]) for tag in self._get_param("Tags") or ()]
        tags = dict(pairs)
        if len(tags) < len(pairs):
            raise _invalid("two session tags have the same key, in which no case counts")
        overridden = sorted(tags.keys() & inherited.keys())
        if overridden:
            raise _invalid(f"the session that asks passes on the tag {overridden[0]}, which cannot be given again")
        identity = self._get_param("SourceIdentity")
        if before is not None and before.source_identity and identity not in (None, before.source_identity):
            raise _invalid("the session that asks has another source identity, which cannot be changed")
        transitive = {key.lower() for key in self._get_param("TransitiveTagKeys") or ()}
        if transitive - tags.keys():
            raise _invalid(f"the transitive key {min(transitive - tags.keys())} is not that of a session tag")
        return Given(
            self._get_int_param("DurationSeconds", DEFAULT_SECONDS),
            {**inherited, **tags},
            frozenset({*inherited, *transitive}),
            self._session_policies(),
            identity or (before.source_identity if before is not None else None),
        )

    def _session_policies(self) -> Mapping[str, str] | None:
        """Those of the request, by their names."""
        found = {}
        for arn in [one["arn"] for one in self._get_param("PolicyArns") or ()]:
            try:
                found[arn] = managed(arn)
            except Exception as error:  # how moto says that there is none
                raise _invalid(f"the session policy {arn} does not exist") from error
        if self._get_param("Policy"):
            found["the session's policy"] = self._get_param("Policy")
        try:
            for name, document in found.items():
                policy(document, name)
        except PolicyError as error:
            raise Refused(400, "MalformedPolicyDocument", str(error)) from error
        return found or None

    def _check_trust(self, role_arn: str, who: Asking, name: str, given: Given) -> None:
        """Raises ``Refused`` unless a role of another account trusts who asks for all that is asked."""
        tags = {tag["Key"]: tag["Value"] for tag in self._get_param("Tags") or ()}
        context = {
            "sts:ExternalId": self._get_param("ExternalId"),
            "sts:RoleSessionName": name,
            "sts:SourceIdentity": given.source_identity,
            "sts:TransitiveTagKeys": tuple(self._get_param("TransitiveTagKeys") or ()) or None,
            "aws:TagKeys": tuple(tags) or None,
            **{f"aws:RequestTag/{key}": value for key, value in tags.items()},
        }
        actions = {
            "sts:AssumeRole": True, "sts:TagSession": bool(tags), "sts:SetSourceIdentity": bool(given.source_identity),
        }  # fmt: skip
        for action in (action for action, is_asked in actions.items() if is_asked):
            if refused := untrusted(role_arn, who, self.region, action, context):
                raise Refused(403, "AccessDenied", refused)

    def get_session_token(self) -> ActionResult:
        return ActionResult({"Credentials": self._credentials("GetSessionToken")})

    def get_federation_token(self) -> ActionResult:
        name = self._get_param("Name")
        arn = f"arn:{self.partition}:sts::{self.current_account}:federated-user/{name}"
        user = {"FederatedUserId": f"{self.current_account}:{name}", "Arn": arn}
        credentials = self._credentials("GetFederationToken", name)
        return ActionResult({"Credentials": credentials, "FederatedUser": user, "PackedPolicySize": 6})

    def assume_role_with_web_identity(self) -> ActionResult:
        raise NotImplementedError("AssumeRoleWithWebIdentity (it knows no identity provider)")

    def assume_role_with_saml(self) -> ActionResult:
        raise NotImplementedError("AssumeRoleWithSAML (it knows no identity provider)")

    def _credentials(self, operation: str, federated: str | None = None) -> dict[str, Any]:
        """A key that may do what the caller's may, which is the account's or a user's; of a federated user less."""
        who = asking(self.get_access_key(), self.current_account, self.region)
        if session_of(self.get_access_key(), self.current_account, self.region) or who.principal.type not in _LASTING:
            raise Refused(403, "AccessDenied", f"Cannot call {operation} with session credentials")
        seconds = self._get_int_param("DurationSeconds", _HALF_A_DAY)
        if who.principal.type == "User":
            policies = None if federated is None else self._session_policies()
            session = new_user_key(self._keys, self.region, who.principal.arn, seconds, federated, policies)
        else:
            session = self._keys.new_session(self.current_account, seconds)
        return {
            "AccessKeyId": session.id,
            "SecretAccessKey": session.secret,
            "SessionToken": session.token,
            "Expiration": datetime.now(timezone.utc) + timedelta(seconds=seconds),
        }


def _invalid(text: str) -> Refused:
    return Refused(400, "ValidationError", text)
