"""What the policy of a resource allows to those who ask: callers of other accounts, and services.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies-cross-account-resource-access.html
What depends on a condition that cannot be evaluated here is refused, and the refusal names the condition.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from ...iam.evaluation import Outcome, Policies, Verdict
from ...iam.requests import Need
from ...iam.statements import listed
from ..json_text import parsed

_LITERAL = str.maketrans({"*": "${*}", "?": "${?}", "$": "${$}"})
_DENIED = "denied in "
_SAYING_THE_OWNER = ("cloudwatch",)
"""Services whose requests have ``aws:SourceOwner``, so that the default policy of a topic lets them in."""
_RESOURCE_POLICY = "a resource-based policy"


class Asking(NamedTuple):
    """Who asks. ``name``: as messages call it; ``principals``: what policies call it, without paths of roles and users;
    ``facts``: what is known of the request, by the condition key.
    """

    name: str
    principals: frozenset[str]
    facts: Mapping[str, str | None]

    def knowing(self, facts: Mapping[str, str | None]) -> Asking:
        """The same with more facts."""
        return self._replace(facts={**self.facts, **facts})


class Statement(NamedTuple):
    """A statement of a policy; one that names no resource, as in a trust policy, applies to what it belongs to."""

    effect: str
    actions: tuple[str, ...]
    conditions: Mapping[str, Any]
    inverted: tuple[str, ...]
    resources: tuple[str, ...]
    policy: str

    @classmethod
    def of(cls, statement: Mapping[str, Any], policy: str) -> Statement:
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


def service(name: str, account: str, source: str) -> Asking:
    """A service such as ``events``, on behalf of a resource of an account, given by its ARN."""
    principal = f"{name}.amazonaws.com"
    facts = {"aws:SourceArn": source, "aws:SourceAccount": account, "aws:SecureTransport": "true"}
    if name in _SAYING_THE_OWNER:
        facts["aws:SourceOwner"] = account
    none = dict.fromkeys(("aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:SourceOwner"))
    return Asking(principal, frozenset({"*", principal}), {**none, **facts})


def judged(policy: str | None, asking: Asking, action: str, resource: str, called: str = _RESOURCE_POLICY) -> Verdict:
    """What a policy says of an action on a resource, or on all that a pattern stands for (``literal`` makes it none).

    ``called``: the kind of policy, in verdicts. Raises ``ValueError`` for a policy that is not JSON.
    """
    told = statements(policy) if policy else []
    about = [Statement.of(statement, called) for statement in told if _is_about(statement, asking.principals)]
    return Policies(about, facts=asking.facts).judge(Need(action, resource, {}))


def refusal(verdict: Verdict, asking: Asking, action: str, resource: str) -> str | None:
    """Why a verdict refuses what is asked, as the services write it; None if it does not."""
    if verdict.outcome is Outcome.GRANTED:
        return None
    because = f"because no resource-based policy allows the {action} action"
    if _is_denied(verdict):
        because = "with an explicit deny in a resource-based policy"
    elif verdict.why:
        because = f"because {verdict.why}"
    return f"User: {asking.name} is not authorized to perform: {action} on resource: {resource} {because}"


def statements(document: str) -> list[Mapping[str, Any]]:
    """The statements of a policy, which IAM may have encoded for URLs. Raises ``ValueError``."""
    found = parsed(unquote(document) if document.startswith("%") else document)
    if not isinstance(found, dict):
        raise ValueError("a policy is a JSON object")
    told = listed(found.get("Statement"))
    if not all(isinstance(statement, dict) for statement in told):
        raise ValueError("a statement of a policy is a JSON object")
    return told


def literal(text: str) -> str:
    """A text in which nothing is a wildcard, as a resource that is asked for."""
    return text.translate(_LITERAL)


def pathless(arn: str) -> str:
    """The ARN of a user or role without its path: its name is unique in its account."""
    return re.sub(r":(role|user)/.*/", r":\1/", arn)


def _is_denied(verdict: Verdict) -> bool:
    return verdict.why.startswith(_DENIED)


def _is_about(statement: Mapping[str, Any], principals: frozenset[str]) -> bool:
    """Whether a statement is about one of those, given as account numbers, ARNs and names of services."""
    if "NotPrincipal" in statement:
        return statement.get("Effect") != "Allow"  # exclusions are not evaluated
    principal = statement.get("Principal", {})
    kinds = {"AWS": principal} if isinstance(principal, str) else principal
    named = [pathless(str(one)) for kind in ("AWS", "Service") for one in listed(kinds.get(kind))]
    # moto writes the principal * of PutPermission as the root of the account *
    return any(one in principals or one.endswith(":iam::*:root") for one in named)
