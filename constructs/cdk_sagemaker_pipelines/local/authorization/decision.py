"""Whether all policies together allow a request.

Not decided here: service and resource control policies, policies of VPC endpoints, grants of KMS, access control lists.
Sources: IAM user guide, "How AWS enforcement code logic evaluates requests to allow or deny access" and "Cross-account
policy evaluation logic"; AWS KMS developer guide, "Key policies in AWS KMS".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from .errors import UndecidedError
from .policy import Found, Policy, Statement
from .principals import Match
from .request import Request
from .verdict import Decision, Kind, Verdict


@dataclass(frozen=True)
class ApplicablePolicies:
    """The policies that a request is judged by."""

    identity: Sequence[Policy] = ()
    """Those of the role or user and of its groups, inline and managed."""
    boundary: Policy | None = None
    """The permissions boundary of the role or user."""
    session: Sequence[Policy] | None = None
    """Those that were passed when the session was made; None if none was."""
    resource: Policy | None = None
    """That of the resource: of a bucket, a key, a queue, ..., or a role's trust policy."""

    def __post_init__(self) -> None:
        of_identity = [*self.identity, *(self.session or ()), *filter(None, [self.boundary])]
        if any(policy.of_resource for policy in of_identity) or not (
            self.resource is None or self.resource.of_resource
        ):
            raise ValueError("a policy is of a resource or of an identity, and not the other")


class _Answer(IntEnum):
    """Whether something is allowed. Of several that must all allow it the least counts, of alternatives the most."""

    NO = 0
    MAYBE = 1
    YES = 2


_Needed = tuple[tuple[Kind, _Answer], ...]
"""Kinds of policies that must all allow a request, and what each says."""


def decide(request: Request, policies: ApplicablePolicies) -> Verdict:
    """Whether the policies allow the request.

    Raises:
        UndecidedError: That depends on what is not known; the text names the statement and the condition key.
    """
    judged = _Judged(request, policies)
    denied = judged.explicit_deny()
    if denied is not None:
        return denied
    missing, answer = judged.missing()
    if answer is _Answer.NO:
        unmet = tuple(dict.fromkeys(condition for kind, condition in judged.unmet if kind in missing))
        boundary = policies.boundary.name if policies.boundary is not None and Kind.BOUNDARY in missing else ""
        return Verdict(request, Decision.IMPLICIT_DENY, missing, policy=boundary, unmet=unmet)
    if answer is _Answer.MAYBE or judged.denies_maybe:
        asked = f"{request.principal.arn} may {request.action} on {request.resource}"
        why = "; ".join(dict.fromkeys(judged.doubts))
        raise UndecidedError(f"it is not known whether {asked}: {why}", why)
    return Verdict(request, Decision.ALLOWED)


class _Judged:
    """A request, and what each kind of policies says of it."""

    def __init__(self, request: Request, policies: ApplicablePolicies) -> None:
        self._request = request
        self._policies = policies
        self._bounded = policies.boundary is not None
        self._resource_kind = Kind.TRUST if _is_trust(request) else Kind.RESOURCE
        self.doubts: list[str] = []
        self.unmet: list[tuple[Kind, str]] = []
        """The conditions without which statements would allow it, with the kinds of their policies."""
        self.denies_maybe = False

    def explicit_deny(self) -> Verdict | None:
        """What denies the request, whoever allows it."""
        for kind, policy in self._kinds():
            for statement in policy.denying:
                if self._match(statement, kind) is _Answer.YES:
                    deny = Decision.EXPLICIT_DENY
                    return Verdict(self._request, deny, (), kind, statement.policy, statement.place)
        self.denies_maybe = bool(self.doubts)
        return None

    def missing(self) -> tuple[tuple[Kind, ...], _Answer]:
        """The kinds of policies that do not allow the request as they should, and the answer."""
        asked, given = self._request, self._policies
        itself = entity = account = _Answer.NO
        if given.resource is not None:
            by_match = self._by_match(given.resource)
            itself, entity, account = (by_match[match] for match in (Match.ITSELF, Match.ENTITY, Match.ACCOUNT))
        if asked.principal.is_service:
            return (self._resource_kind,), itself
        identity = self._identity()
        boundary = _Answer.YES if given.boundary is None else self._allowed(Kind.BOUNDARY, [given.boundary])
        limits: _Needed = ((Kind.BOUNDARY, boundary), (Kind.SESSION, self._session()))
        limit = min(answer for _, answer in limits)
        if asked.is_across_accounts:
            resource = max(itself, entity, account)
            needed: _Needed = ((Kind.IDENTITY, identity), *limits, (self._resource_kind, resource))
            return _least(needed), min(identity, limit, resource)
        if _asks_the_resource(asked):
            granted = max(entity, min(account, identity))
            needed = ((self._resource_kind, max(entity, account)), (Kind.IDENTITY, max(entity, identity)), *limits)
        else:
            granted = max(entity, identity)
            needed = ((Kind.IDENTITY, granted), *limits)
        return _least(needed), max(itself, min(granted, limit))

    def _identity(self) -> _Answer:
        # a root user may do everything in its account and has no policies
        return (
            _Answer.YES
            if self._request.principal.type == "Account"
            else self._allowed(Kind.IDENTITY, self._policies.identity)
        )

    def _session(self) -> _Answer:
        if self._policies.session is not None:
            return self._allowed(Kind.SESSION, self._policies.session)
        # a federated user may do nothing but what session policies say
        return _Answer.NO if self._request.principal.type == "FederatedUser" else _Answer.YES

    def _allowed(self, kind: Kind, policies: Sequence[Policy]) -> _Answer:
        answer = _Answer.NO
        for policy in policies:
            for statement in policy.allowing:
                answer = max(answer, self._match(statement, kind))
                if answer is _Answer.YES:
                    return answer
        return answer

    def _by_match(self, policy: Policy) -> dict[Match, _Answer]:
        """What the resource's policy allows to those whom it names so."""
        answers = dict.fromkeys(Match, _Answer.NO)
        for statement in policy.allowing:
            found = self._found(statement, self._resource_kind)
            answers[found.match] = max(answers[found.match], _Answer.MAYBE if found.doubt else _Answer.YES)
        return answers

    def _match(self, statement: Statement, kind: Kind) -> _Answer:
        """Whether a statement is about the request."""
        found = self._found(statement, kind)
        if found.match is Match.NOBODY:
            return _Answer.NO
        return _Answer.MAYBE if found.doubt else _Answer.YES

    def _found(self, statement: Statement, kind: Kind) -> Found:
        found = statement.match(self._request, bounded=self._bounded)
        if found.doubt:
            self.doubts.append(found.doubt)
        if found.unmet and statement.effect == "Allow":
            self.unmet.append((kind, found.unmet))
        return found

    def _kinds(self) -> Iterator[tuple[Kind, Policy]]:
        given = self._policies
        if given.resource is not None:
            yield self._resource_kind, given.resource
        if not self._request.principal.is_service:
            yield from ((Kind.IDENTITY, policy) for policy in given.identity)
            yield from ((Kind.BOUNDARY, policy) for policy in (given.boundary,) if policy is not None)
            yield from ((Kind.SESSION, policy) for policy in given.session or ())


def _least(needed: _Needed) -> tuple[Kind, ...]:
    return tuple(kind for kind, answer in needed if answer is _Answer.NO)


def _is_trust(request: Request) -> bool:
    """Whether it is about taking a role, which the role's trust policy decides."""
    return request.plain_action.startswith("sts:") and ":role/" in request.resource


def _asks_the_resource(request: Request) -> bool:
    """Whether the policy of the resource must allow it even within the account: a role's trust, a key's policy."""
    return _is_trust(request) or (request.plain_action.startswith("kms:") and ":key/" in request.resource)
