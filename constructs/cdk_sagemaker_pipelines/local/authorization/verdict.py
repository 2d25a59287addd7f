"""What IAM answers to a request, and its words for it.

Source: IAM user guide, "Troubleshoot access denied error messages".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .request import Request


class Kind(Enum):
    """The kinds of policies, as messages name them."""

    IDENTITY = "identity-based policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    RESOURCE = "resource-based policy"
    TRUST = "role trust policy"


class Decision(Enum):
    """What is decided."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


@dataclass(frozen=True)
class Verdict:
    """The decision about a request."""

    request: Request
    decision: Decision
    missing: tuple[Kind, ...] = ()
    """Of an implicit deny: the kinds of policies that would have to allow it and do not; messages name the first."""
    kind: Kind | None = None
    """Of an explicit deny: the kind of the policy."""
    policy: str = ""
    """Of an explicit deny: the name or ARN of the policy; of an implicit one: of a boundary that does not allow it."""
    statement: str = ""
    """Of an explicit deny: which of its statements, such as ``statement 2 (NoLogs)``."""
    unmet: tuple[str, ...] = ()
    """Of an implicit deny: the first condition not met, of each statement of the missing kinds about the request."""

    @property
    def allowed(self) -> bool:
        """Whether the request is allowed."""
        return self.decision is Decision.ALLOWED

    @property
    def message(self) -> str:
        """AWS's message of a refusal, with the request's own texts, which others wrote; empty of what is allowed."""
        asked = self.request
        if self.allowed:
            return ""
        who, action = asked.principal.arn, asked.action
        begins = f"User: {who} is not authorized to perform: {action} on resource: {asked.resource}"
        if self.kind is None:
            return f"{begins} because no {self.missing[0].value} allows the {action} action"
        article = {Kind.IDENTITY: "an", Kind.TRUST: "the"}.get(self.kind, "a")
        named = f": {self.policy}" if self.kind in _NAMED and self.policy.startswith("arn:") else ""
        return f"{begins} with an explicit deny in {article} {self.kind.value}{named}"


_NAMED = (Kind.IDENTITY, Kind.BOUNDARY, Kind.SESSION)
"""The kinds of which AWS names the policy that denies, where it has an ARN."""
