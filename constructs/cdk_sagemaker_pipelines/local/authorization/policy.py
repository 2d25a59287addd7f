"""A policy and its statements, read once, and which of them are about a request.

Sources: IAM user guide, "IAM JSON policy elements reference" and "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ...iam.statements import listed
from ..json_text import parsed
from .conditions import Condition, conditions_of
from .errors import PolicyError, UndecidedError
from .principals import Match, Named
from .request import Request
from .texts import Text, arn_like, like

VERSIONS = ("2012-10-17", "2008-10-17")
"""Of the policy language. The older one, which a policy without a version has, knows no variables."""
_PLACED_VARIABLE = re.compile(r"(?:[^:$]*:){0,4}[^:$]*\$\{[^*?$]")
_ELEMENTS = frozenset(
    {
        *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource"),
        "Condition",
    }
)


class Found(NamedTuple):
    """How a statement is about a request. ``doubt``: what that depends on and is not known; else empty.

    ``unmet``: the only reason why it is not, which is a condition; else empty.
    """

    match: Match
    doubt: str = ""
    unmet: str = ""


NOT_ABOUT_IT = Found(Match.NOBODY)
_ITSELF = Found(Match.ITSELF)


class Policy:
    """A policy. ``name``: its ARN or name, by which messages name it; ``of_resource``: whether a resource has it."""

    def __init__(self, name: str, statements: Sequence[Statement], *, of_resource: bool) -> None:
        self.name = name
        self.of_resource = of_resource
        self.keys = frozenset(key for one in statements for key in one.keys)
        """The condition keys that its conditions and variables name, as they are written."""
        self.allowing = [one for one in statements if one.effect == "Allow"]
        self.denying = [one for one in statements if one.effect == "Deny"]

    @classmethod
    def parse(cls, document: str | Mapping[str, Any], name: str, *, of_resource: bool = False) -> Policy:
        """Reads a policy from its JSON, or from what that means in Python.

        ``of_resource``: a resource's policy or a role's trust policy, which says whom it is about.

        Raises:
            PolicyError: What is not a policy, and what is unknown here, such as another operator.
        """
        try:
            told = parsed(document) if isinstance(document, str) else document
        except ValueError as error:
            raise PolicyError(f"{name} is not JSON: {error}") from None
        if not isinstance(told, Mapping):
            raise PolicyError(f"{name} is not a policy, which is an object with statements")
        unknown = set(told) - {"Version", "Id", "Statement"}
        version = told.get("Version", VERSIONS[-1])
        if unknown or version not in VERSIONS:
            raise PolicyError(f"{name} has an unknown {', '.join(sorted(map(str, unknown))) or f'version, {version}'}")
        if "Statement" not in told:
            raise PolicyError(f"{name} has no statement")
        statements = []
        for number, each in enumerate(listed(told.get("Statement")), 1):
            try:
                statement = Statement(each, name, number, variables=version == VERSIONS[0])
                if statement.names_principals is not of_resource:
                    raise PolicyError("it names no principal" if of_resource else "it names a principal")
                statements.append(statement)
            except PolicyError as error:
                raise PolicyError(f"statement {number} of {name}: {error}") from None
        return cls(name, statements, of_resource=of_resource)


class Statement:
    """A statement of a policy. One that names nobody is its holder's; one without resources is about its own."""

    def __init__(self, told: Any, policy: str, number: int, *, variables: bool) -> None:
        if not isinstance(told, Mapping):
            raise PolicyError(f"it is an object, not {told!r}")
        unknown = sorted(str(element) for element in told if element not in _ELEMENTS)
        if unknown:
            raise PolicyError(f"{', '.join(unknown)} is not an element of a statement")
        self.effect = told.get("Effect")
        if self.effect not in ("Allow", "Deny"):
            raise PolicyError(f"its effect is Allow or Deny, not {self.effect!r}")
        self.policy = policy
        self.place = f"statement {number}" + (f" ({told['Sid']})" if told.get("Sid") else "")
        actions, self._not_action = _one_of(told, "Action")
        resources, self._not_resource = _one_of(told, "Resource")
        named, self._not_principal = _one_of(told, "Principal")
        if actions is None:
            raise PolicyError("it names no action")
        if self._not_principal and self.effect == "Allow":
            raise PolicyError("NotPrincipal goes with Deny only")
        self._named = None if named is None else Named(named)
        self.names_principals = self._named is not None
        if resources is None and named is None:
            raise PolicyError("it names no resource")
        lower = [each.lower() for each in _texts(actions)]
        wrong = [each for each in lower if each != "*" and each.count(":") != 1]
        if wrong:
            raise PolicyError(f"an action has a service and a name, such as s3:GetObject, not {wrong[0]}")
        self._literal = frozenset(lower)
        self._actions = [
            like(Text(each, wildcards=True, variables=False).constant or ()) for each in lower if {*each} & {*"*?"}
        ]
        self._resources = None if resources is None else [
            _resource(each, variables=variables) for each in _texts(resources)
        ]  # fmt: skip
        constant = [text.constant for text in self._resources or ()]
        self._patterns = [arn_like(each, runs_on=True) for each in constant if each is not None]
        self._open = [text for text in self._resources or () if text.constant is None]
        conditions = conditions_of(told.get("Condition", {}), variables=variables)
        texts = [*self._open, *(text for condition in conditions for text in condition.texts)]
        self.keys = [*(condition.key for condition in conditions), *(key for text in texts for key in text.keys)]
        self._holds: list[tuple[Condition | None, Callable[[Request], bool]]] = [
            (None, self._is_resource), *((condition, condition.met) for condition in conditions)
        ]  # fmt: skip

    def match(self, request: Request, *, bounded: bool = False) -> Found:
        """How it is about the request; ``ITSELF`` of one that names nobody.

        ``bounded``: whether who asks has a permissions boundary, from which ``NotPrincipal`` takes nobody out.
        """
        if not self._is_action(request.plain_action):
            return NOT_ABOUT_IT
        match, doubt, _ = self._principal(request, bounded)
        if match is Match.NOBODY:
            return NOT_ABOUT_IT
        for condition, holds in self._holds:
            try:
                if not holds(request):
                    return NOT_ABOUT_IT if condition is None else self._unmet(condition)
            except UndecidedError as error:
                doubt = str(error)
        return Found(match, f"{self.place} of {self.policy} depends on {doubt}" if doubt else "")

    def _unmet(self, condition: Condition) -> Found:
        return Found(Match.NOBODY, "", f"{condition.name} of {condition.key} in {self.place} of {self.policy}")

    def _is_action(self, action: str) -> bool:
        found = action in self._literal or any(pattern.match(action) for pattern in self._actions)
        return found is not self._not_action

    def _principal(self, request: Request, bounded: bool) -> Found:
        if self._named is None:
            return _ITSELF
        if self._not_principal:
            return NOT_ABOUT_IT if self._named.excepts(request.principal) and not bounded else _ITSELF
        try:
            return Found(self._named.match(request.principal))
        except UndecidedError as error:
            return Found(Match.ACCOUNT, str(error))

    def _is_resource(self, request: Request) -> bool:
        if self._resources is None:
            return True
        found = any(pattern.match(request.resource) for pattern in self._patterns) or self._is_open_resource(request)
        return found is not self._not_resource

    def _is_open_resource(self, request: Request) -> bool:
        """Whether it is one of those with a variable; a variable without a value makes it no resource's."""
        for text in self._open:
            symbols = text.resolved(request.variable)
            if symbols is not None and arn_like(symbols, runs_on=True).match(request.resource):
                return True
        return False


def _one_of(told: Mapping[str, Any], element: str) -> tuple[Any, bool]:
    """The value of an element or of what negates it, and whether it is the latter."""
    inverted = f"Not{element}"
    if element in told and inverted in told:
        raise PolicyError(f"it has both {element} and {inverted}")
    return told.get(inverted, told.get(element)), inverted in told


def _resource(text: str, *, variables: bool) -> Text:
    if not text.startswith(("arn:", "*")):
        raise PolicyError(f"a resource is an ARN or *, not {text}")
    if variables and _PLACED_VARIABLE.match(text):
        raise PolicyError(f"{text} has a variable before its fifth colon, where IAM takes none")
    return Text(text, wildcards=True, variables=variables)


def _texts(values: Any) -> list[str]:
    found = listed(values)
    wrong = [each for each in found if not isinstance(each, str)]
    if wrong:
        raise PolicyError(f"actions and resources are texts, not {wrong[0]!r}")
    return found


EVERYTHING = Policy.parse({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}, "everything")
"""Allows everything: for a side of a decision that is not asked."""
