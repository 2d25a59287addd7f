"""Who asks, and whom the ``Principal`` and ``NotPrincipal`` of a policy name.

Source: IAM user guide, "AWS JSON policy elements: Principal" and "NotPrincipal".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from ...iam.statements import listed
from .errors import PolicyError, UndecidedError


class Match(IntEnum):
    """How a policy names who asks: the nearer, the less else limits what it grants."""

    NOBODY = 0
    ACCOUNT = 1
    """The account, which then decides by its own policies."""
    ENTITY = 2
    """The role of a session, or the user of a federated one: a boundary and session policies limit what it may."""
    ITSELF = 3
    """The session, the user or the service itself, or everybody."""


@dataclass(frozen=True)
class Principal:
    """Who asks: ``Principal.session``, ``user``, ``root``, ``federated`` and ``service`` make one."""

    arn: str
    """The ARN, as messages name it; of a service its name, such as ``sagemaker.amazonaws.com``."""
    type: str
    """As ``aws:PrincipalType`` has it; ``Service`` of a service."""
    account: str = ""
    """Empty of a service."""
    entity: str = ""
    """The ARN of the role of a session, or of the user of a federated one, which has the identity-based policies."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Of the role or user and of the session: what is in ``aws:PrincipalTag``."""

    @classmethod
    def session(cls, role: str, name: str, tags: Mapping[str, str] | None = None) -> Principal:
        """A session of a role, which is given by its ARN; the session's ARN does not have its path."""
        partition, account, rest = _identity(role, "role/")
        session = f"arn:{partition}:sts::{account}:assumed-role/{rest.rpartition('/')[2]}/{name}"
        return cls(session, "AssumedRole", account, role, tags or {})

    @classmethod
    def user(cls, arn: str, tags: Mapping[str, str] | None = None) -> Principal:
        """A user of IAM."""
        return cls(arn, "User", _identity(arn, "user/")[1], "", tags or {})

    @classmethod
    def root(cls, account: str, partition: str = "aws") -> Principal:
        """The root user of an account."""
        return cls(f"arn:{partition}:iam::{account}:root", "Account", account)

    @classmethod
    def federated(cls, user: str, name: str, tags: Mapping[str, str] | None = None) -> Principal:
        """Who has credentials of ``GetFederationToken``. ``user``: the ARN of the user who called it."""
        partition, account, _ = _identity(user, "user/")
        arn = f"arn:{partition}:sts::{account}:federated-user/{name}"
        return cls(arn, "FederatedUser", account, user, tags or {})

    @classmethod
    def service(cls, name: str) -> Principal:
        """A service of AWS that asks as itself, not as a role: it has no account and no policies of its own."""
        return cls(name, "Service")

    @property
    def is_service(self) -> bool:
        """Whether it is a service of AWS."""
        return self.type == "Service"


def _identity(arn: str, kind: str) -> tuple[str, str, str]:
    """The partition, the account and the path and name of a role or user."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[2] != "iam" or not _ACCOUNT.fullmatch(parts[4]) or not parts[5].startswith(kind):
        raise ValueError(f"{arn} is not the ARN of a {kind[:-1]}")
    return parts[1], parts[4], parts[5].removeprefix(kind)


_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_ROOT = re.compile(r"arn:[\w-]+:iam::(\d{12}):root", re.ASCII)
_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")


class Named:
    """Those whom a policy names.

    Raises:
        PolicyError: What is not a principal, such as a part of a name with a wildcard.
    """

    def __init__(self, element: Any) -> None:
        if element == "*":
            element = {"AWS": "*"}
        if not isinstance(element, Mapping) or not element:
            raise PolicyError(f'a principal is "*" or an object such as {{"AWS": ...}}, not {element!r}')
        unknown = [str(kind) for kind in element if kind not in _KINDS]
        if unknown:
            raise PolicyError(f"no principals are known of the kind {', '.join(unknown)}")
        named = [(kind, each) for kind, names in element.items() for each in listed(names)]
        for kind, each in named:
            if not isinstance(each, str) or not each:
                raise PolicyError(f"a principal is a text, not {each!r}")
            if ("*" in each or "?" in each) and (kind, each) != ("AWS", "*"):
                raise PolicyError(f"{each} cannot be a principal: its name cannot have a wildcard")
        self.everybody = ("AWS", "*") in named
        self._services = frozenset(each for kind, each in named if kind == "Service")
        self._canonical = any(kind == "CanonicalUser" for kind, _ in named)
        own = [each for kind, each in named if kind == "AWS"]
        self._accounts = frozenset(account for each in own if (account := _account(each)))
        self._names = frozenset(each for each in own if not _account(each))

    def match(self, principal: Principal) -> Match:
        """How it names who asks. Raises ``UndecidedError`` where S3's own ID of an account decides."""
        if self.everybody:
            return Match.ITSELF
        if principal.is_service:
            return Match.ITSELF if principal.arn in self._services else Match.NOBODY
        if principal.arn in self._names:
            return Match.ITSELF
        if principal.entity in self._names:
            return Match.ENTITY
        if principal.account in self._accounts:
            return Match.ITSELF if principal.type == "Account" else Match.ACCOUNT
        if self._canonical:
            raise UndecidedError("which account a canonical user ID is of")
        return Match.NOBODY

    def excepts(self, principal: Principal) -> bool:
        """Whether ``NotPrincipal`` takes who asks out: its account, its role and itself must all be named."""
        if principal.is_service:
            return principal.arn in self._services
        own = {principal.arn, principal.entity} - {""}
        named = principal.type == "Account" or own <= self._names
        return self.everybody or (principal.account in self._accounts and named)


def _account(name: str) -> str:
    """The account that a name is of as a whole; else empty."""
    root = _ROOT.fullmatch(name)
    return root[1] if root else name if _ACCOUNT.fullmatch(name) else ""
