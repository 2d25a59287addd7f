"""The roles of an app by what their policies mean, each permission with what it is for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ...iam.statements import Conditions, alternatives
from ..explain.access import Explained, Explanation
from ..explain.reasons import DERIVED, WIDER, Allowed, FieldOf
from ..explain.roles import Role
from ..explain.statements import Statement
from ..reading.stacks import Stack
from .names import Names, path_of
from .values import Permission, ReviewedRole, Trust

_FOR = "for "
_OPERATORS = {
    "ArnEquals": "is",
    "ArnLike": "is like",
    "Bool": "is",
    "StringEquals": "is",
    "StringLike": "is like",
}


def explained_role(explained: Explained, explanation: Explanation, names: Names, stack: Stack | None) -> ReviewedRole:
    """A role that a pipeline uses, seen from the pipeline's stack."""
    permissions: dict[Permission, dict[str, None]] = {}
    for row in explained.allowed:
        for permission in _of_row(row, names, stack):
            why = permissions.setdefault(permission, {})
            why.update(dict.fromkeys(_why(row, permission.action, explanation.pipeline.path, names, stack)))
    return _role(explained.role, {one: tuple(why) for one, why in permissions.items()}, names, stack)


def other_role(role: Role, names: Names, stack: Stack) -> ReviewedRole:
    """A role that no pipeline uses, such as that of a function."""
    permissions: dict[Permission, tuple[str, ...]] = {}
    for statement in role.statements:
        for one in alternatives(statement.conditions):
            for permission in _of_statement(statement, statement.resources or ("",), one, names, stack):
                permissions[permission] = ()
    return _role(role, permissions, names, stack)


def attached(statements: Sequence[Statement], names: Names, stack: Stack) -> ReviewedRole:
    """A role that is made elsewhere, by the statements of a policy that is attached to it."""
    return replace(other_role(Role("", statements=list(statements)), names, stack), elsewhere=True)


def _role(
    role: Role, permissions: dict[Permission, tuple[str, ...]], names: Names, stack: Stack | None
) -> ReviewedRole:
    def text(value: str) -> str:
        return names.text(value, stack)

    trust = {
        Trust(statement.effect, action, text(principal), _conditions(statement.conditions, text), statement.inverted)
        for statement in role.trust
        for action in statement.actions
        for principal in statement.principals or ("?",)
    }
    boundary = None if role.boundary is None else text(role.boundary)
    return ReviewedRole(permissions, tuple(sorted(trust)), tuple(sorted(map(text, role.managed))), boundary)


def _of_row(row: Allowed, names: Names, stack: Stack | None) -> Iterator[Permission]:
    for permission in _of_statement(row.statement, (row.resource,), row.conditions, names, stack):
        if permission.action in {names.text(action, stack) for action in row.actions}:
            yield permission


def _of_statement(
    statement: Statement, resources: Sequence[str], conditions: Conditions, names: Names, stack: Stack | None
) -> Iterator[Permission]:
    def text(value: str) -> str:
        return names.text(value, stack)

    for action in statement.actions or ("",):
        for resource in resources:
            told = _conditions(conditions, text)
            yield Permission(statement.effect, text(action), text(resource), told, statement.inverted)


def _conditions(conditions: Conditions, text: Callable[[str], str]) -> tuple[str, ...]:
    found = []
    for operator, keys in conditions.items():
        for key, values in keys.items():
            listed = values if isinstance(values, (list, tuple)) else [values]
            told = " or ".join(sorted(text(str(value)) for value in listed)) or "nothing"
            found.append(f"{text(key)} {_OPERATORS.get(operator, f'{operator}:')} {told}")
    return tuple(sorted(found))


def _why(row: Allowed, action: str, path: str, names: Names, stack: Stack | None) -> Iterator[str]:
    """What a permission is for, in a few words."""
    if row.origin == DERIVED:
        for reason, actions in row.reasons.items():
            if action in {names.text(each, stack) for each in actions}:
                yield f"{_FOR}{_field(reason, path)}"
        return
    above = f"{path_of(stack)}/" if stack is not None else ""
    wider = ", more than fields need" if row.origin == WIDER else ""
    yield f"granted in code, in {row.statement.policy.removeprefix(above)}{wider}"


def is_for_fields(reason: str) -> bool:
    """Whether a permission with such a reason is one that fields of steps need."""
    return reason.startswith(_FOR)


def _field(reason: FieldOf, path: str) -> str:
    told = f"{reason.step}: {reason.field}"
    return told if reason.pipeline == path else f"{reason.pipeline}: {told}"
