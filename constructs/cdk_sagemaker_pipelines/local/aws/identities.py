"""Identities in moto's IAM and STS: users with keys, roles, and sessions of roles."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from moto.iam.models import AccessKey, iam_backends
from moto.sts.models import AssumedRole, sts_backends
from moto.utilities.utils import get_partition

from ...iam.evaluation import Outcome, Policies, Verdict
from ...iam.requests import Need
from ...iam.statements import listed
from ..json_text import parsed
from .front.keys import Key, Keys

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
    account, principal = account_of(caller), principal_of(caller, region)
    callers = {"*", account, f"arn:{get_partition(region)}:iam::{account}:root", *map(_pathless, (caller, principal))}
    known = {} if session_name is None else {"sts:RoleSessionName": session_name}
    told = listed(parsed(unquote(document) if document.startswith("%") else document).get("Statement"))
    policies = Policies(
        [_Statement.of(statement, "its trust policy") for statement in told if _is_about(statement, callers)],
        facts={
            "aws:PrincipalAccount": account,
            "aws:PrincipalArn": principal,
            "sts:ExternalId": external_id,
            **known,
        },
    )
    return policies.judge(Need("sts:AssumeRole", role_arn, {}))


def principal_of(caller: str, region: str) -> str:
    """The ARN of the caller; for a session, that of its role."""
    sessions = list(sts_backends[account_of(caller)][get_partition(region)].assumed_roles)
    return next((session.role_arn for session in reversed(sessions) if session.arn == caller), caller)


class _Statement(NamedTuple):
    """A statement of a policy; that of a trust policy names no resource, as it applies to its role."""

    effect: str
    actions: tuple[str, ...]
    conditions: Mapping[str, Any]
    inverted: tuple[str, ...]
    resources: tuple[str, ...]
    policy: str

    @classmethod
    def of(cls, statement: Mapping[str, Any], policy: str) -> _Statement:
        inverted = tuple(member for member in ("NotAction", "NotResource") if member in statement)
        actions = listed(statement.get("NotAction" if "NotAction" in inverted else "Action"))
        resources = listed(statement.get("NotResource" if "NotResource" in inverted else "Resource", "*"))
        return cls(
            str(statement.get("Effect")),
            tuple(map(str, actions)),
            statement.get("Condition") or {},
            inverted,
            tuple(map(str, resources)),
            policy,
        )


def _is_about(statement: Mapping[str, Any], callers: set[str]) -> bool:
    """Whether a statement is about one of the callers, given as account numbers and ARNs."""
    if "NotPrincipal" in statement:
        return statement.get("Effect") != "Allow"  # exclusions are not evaluated
    principal = statement.get("Principal", {})
    named = listed(principal if isinstance(principal, str) else principal.get("AWS"))
    return any(_pathless(str(one)) in callers for one in named)


def _pathless(arn: str) -> str:
    """The ARN of a user or role without its path: its name is unique in its account."""
    return re.sub(r":(role|user)/.*/", r":\1/", arn)
