"""Identities in moto's IAM and STS: users with keys, roles, and sessions of roles."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from moto.core.responses import BaseResponse
from moto.iam.models import AccessKey, iam_backends
from moto.organizations.models import organizations_backends
from moto.sts.models import AssumedRole, sts_backends
from moto.utilities.utils import get_partition

from ...iam.evaluation import Outcome, Verdict
from ...iam.requests import facts_of
from .front.keys import Key, Keys
from .resource_policies import Asking, judged, pathless

DEFAULT_SECONDS = 3600


def user_key(key_id: str) -> Key | None:
    """The key that IAM made for a user, while the user exists and has it, and it is active."""
    for account, partitions in list(iam_backends.items()):
        for backend in list(partitions.values()):
            key = backend.access_keys.get(key_id)
            if key is None or key.status != "Active":
                continue
            if any(key in user.access_keys for user in list(backend.users.values())):
                return Key(key_id, account, key.secret_access_key)
    return None


def assume(
    keys: Keys, region: str, role_arn: str, session_name: str, *, seconds: int = DEFAULT_SECONDS, policy: str = ""
) -> AssumedRole:
    """Creates a session of a role, which need not exist, in the account that its ARN names; moto then knows it."""
    account, partition = account_of(role_arn), get_partition(region)
    session = keys.new_session(account)
    access = AccessKey(user_name=None, prefix="ASIA", account_id=account)  # type: ignore[abstract]
    access.access_key_id, access.secret_access_key, access.role_arn = session.id, session.secret, role_arn
    role = AssumedRole(account, region, access, session_name, role_arn, policy, seconds, "")
    role.session_token = session.token or ""
    iam_backends[account][partition].access_keys[session.id] = access
    sts_backends[account][partition].assumed_roles.append(role)
    return role


class RoleSessions:
    """The sessions of roles that services hold: one per role and name, as long as the server runs.

    A job or function acts as its role in its own account and no other, whatever its role's ARN says: a definition that
    names a role of another account does not give access to that account.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._sessions: dict[tuple[str, ...], AssumedRole] = {}
        self._lock = threading.Lock()

    def environment(self, account: str, region: str, role: str, session_name: str) -> Mapping[str, str]:
        """The variables that hold a session of the role, given by its ARN or name."""
        path = role.rpartition(":role/")[2].rpartition(":")[2].strip("/") or "none"
        arn = f"arn:{get_partition(region)}:iam::{account}:role/{path}"
        with self._lock:
            if (arn, session_name) not in self._sessions:
                self._sessions[arn, session_name] = assume(self._keys, region, arn, session_name)
            session = self._sessions[arn, session_name]
        return {
            "AWS_ACCESS_KEY_ID": session.access_key_id,
            "AWS_SECRET_ACCESS_KEY": session.secret_access_key,
            "AWS_SESSION_TOKEN": session.session_token,
        }


def account_of(arn: str) -> str:
    """The account that an ARN names; empty without one."""
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 else ""


def trust(
    role_arn: str, region: str, caller: str, *, external_id: str | None = None, session_name: str | None = None
) -> Verdict:
    """Whether a role exists and its trust policy lets a caller, given by an ARN, assume it.

    ``external_id``: None for a request without one, which is what the trust of ``cdk bootstrap`` takes.
    The result is undecided if it depends on a condition that cannot be evaluated here.
    """
    backend = iam_backends[account_of(role_arn)][get_partition(region)]
    document = next((role.assume_role_policy_document for role in backend.get_roles() if role.arn == role_arn), None)
    if document is None:
        return Verdict(Outcome.MISSING)
    known = {} if session_name is None else {"sts:RoleSessionName": session_name}
    who = asking(caller, region)
    facts = {name: who.facts[name] for name in ("aws:PrincipalAccount", "aws:PrincipalArn")}
    who = who._replace(facts={**facts, "sts:ExternalId": external_id, **known})
    return judged(document, who, "sts:AssumeRole", role_arn, called="its trust policy")


def asking(caller: str, region: str) -> Asking:
    """A caller, given by its ARN, as policies of resources know it."""
    account, principal = account_of(caller), principal_of(caller, region)
    root = f"arn:{get_partition(region)}:iam::{account}:root"
    principals = frozenset({"*", account, root, *map(pathless, (caller, principal))})
    facts = {"aws:PrincipalOrgID": _organization(account, region), "aws:SourceOwner": account}
    return Asking(caller, principals, {**facts_of(principal, account), **facts})


def sender_of(request: BaseResponse) -> Asking:
    """Who has sent a request of moto's, as policies of resources know them."""
    caller = caller_of(request.get_access_key(), request.current_account, request.region)
    return asking(caller, request.region)


def caller_of(key_id: str, account: str, region: str) -> str:
    """The ARN of who has a key: a session, a user, or the account itself."""
    partition = get_partition(region)
    session = sts_backends[account][partition].get_assumed_role_from_access_key(key_id)
    if session is not None:
        return str(session.arn)
    user = iam_backends[account][partition].get_user_from_access_key_id(key_id)
    return f"arn:{partition}:iam::{account}:root" if user is None else str(user.arn)


def _organization(account: str, region: str) -> str | None:
    """The organization of an account, if it belongs to one."""
    for partitions in list(organizations_backends.values()):
        backend = partitions[get_partition(region)]
        if backend.org is not None and any(one.id == account for one in backend.accounts):
            return str(backend.org.id)
    return None


def principal_of(caller: str, region: str) -> str:
    """The ARN of the caller; for a session, that of its role."""
    sessions = list(sts_backends[account_of(caller)][get_partition(region)].assumed_roles)
    return next((session.role_arn for session in reversed(sessions) if session.arn == caller), caller)
