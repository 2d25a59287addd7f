"""Who is who in moto's IAM and STS: users with keys, roles, and who has assumed them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from moto.iam.models import AccessKey, iam_backends
from moto.sts.models import AssumedRole, sts_backends
from moto.utilities.utils import get_partition

from .front.keys import Key, Keys

DEFAULT_SECONDS = 3600


def user_key(key_id: str) -> Key | None:
    """The key that IAM made for a user: while the user is there, has it, and it is not switched off."""
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
    """A session of a role, which need not be there, in the account that its ARN names; moto knows it from now on."""
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
    """The sessions of roles that services hold: one for each role and name, as long as the server runs.

    A job or function plays its role in its own account and no other, whatever its role's ARN says: a definition that
    names a role of another account gives no way into it.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._sessions: dict[tuple[str, ...], AssumedRole] = {}
        self._lock = threading.Lock()

    def environment(self, account: str, region: str, role: str, session_name: str) -> Mapping[str, str]:
        """The variables that hold a session of the role, which is told by its ARN or name."""
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


def trusts(role_arn: str, region: str, callers: Iterable[str], external_id: str | None) -> bool:
    """Whether a role is there and its trust policy lets one of the callers assume it; of conditions, the external id
    is judged.

    `callers` are account numbers and ARNs.
    """
    backend = iam_backends[account_of(role_arn)][get_partition(region)]
    document = next((role.assume_role_policy_document for role in backend.get_roles() if role.arn == role_arn), None)
    if document is None:
        return False
    statements = json.loads(unquote(document) if document.startswith("%") else document).get("Statement", [])
    return any(
        _allows(statement, set(callers), external_id)
        for statement in (statements if isinstance(statements, list) else [statements])
    )


def _allows(statement: Mapping[str, Any], callers: set[str], external_id: str | None) -> bool:
    if statement.get("Effect") != "Allow" or not {"sts:AssumeRole", "sts:*", "*"} & set(_list(statement.get("Action"))):
        return False
    expected = statement.get("Condition", {}).get("StringEquals", {}).get("sts:ExternalId")
    if expected is not None and external_id not in _list(expected):
        return False
    principal = statement.get("Principal", {})
    named = _list(principal if isinstance(principal, str) else principal.get("AWS"))
    return bool({"*", *callers} & set(named))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
