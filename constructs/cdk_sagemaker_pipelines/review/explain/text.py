"""What the roles of a pipeline may do, as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby

from ...iam.statements import Conditions
from ..reading.stacks import Resource, shown
from ..words import printable
from ..wrapping import wrapped
from .access import Explained, Explanation, Undecided
from .reasons import DERIVED, WIDER, Allowed, FieldOf
from .roles import Role
from .statements import Statement

_OPERATORS = {
    "ArnEquals": "is",
    "ArnLike": "is like",
    "Bool": "is",
    "ForAllValues:StringLike": "are all like",
    "NumericLessThanEquals": "is at most",
    "NumericLessThanEqualsIfExists": "is at most",
    "StringEquals": "is",
    "StringLike": "is like",
}


def text(explanation: Explanation, *, width: int | None = 80) -> Iterator[str]:
    """For people: role by role, each permission with its resource and the fields that need it."""
    pipeline = explanation.pipeline
    yield from wrapped(pipeline.path, 0, width)
    if pipeline.file != pipeline.path:
        yield from wrapped(f"in {pipeline.file}", 2, width)
    for explained in explanation.roles:
        yield ""
        yield from _role(explained, pipeline.path, width)
    undecided = [(explained, need) for explained in explanation.roles for need in explained.undecided]
    if undecided:
        yield ""
        yield from wrapped("not known here, so not derived; grant these in code:", 0, width)
        for explained, need in undecided:
            yield from wrapped(f"{_field(need.reason, pipeline.path)}: {_unknown(need)}", 2, width)
            if need.actions:
                yield from wrapped(f"{', '.join(need.actions)}", 4, width)
            yield from wrapped(f"to {name(explained.role)}", 4, width)
    for owner in explanation.owners:
        yield ""
        whose = f"the {owner.kind} {shown(owner.name)} is in account {owner.account}"
        yield from wrapped(f"{whose}, where its policy must also say:", 0, width)
        # to be pasted, so not folded
        yield from (printable(f"  {line}") for line in shown(json.dumps(owner.statements, indent=2)).splitlines())


def unused(roles: Sequence[Resource], width: int | None = 80) -> Iterator[str]:
    """Roles in the stacks that no pipeline and no job of one uses, such as those of functions."""
    if roles:
        yield from wrapped("other roles in these stacks, which no pipeline uses:", 0, width)
        for role in roles:
            yield from wrapped(f"{role.stack.file}#{role.path}", 2, width)


def shared(statements: Sequence[Statement], width: int | None = 80) -> Iterator[str]:
    """What resource policies say about everybody, or about a whole account, including the pipelines' roles."""
    if statements:
        yield from wrapped("what resource policies say about everybody, including these roles:", 0, width)
    for statement in statements:
        yield ""
        yield from wrapped(_actions(statement, statement.actions), 2, width)
        yield from _conditions(statement.conditions, 4, width)
        for resource in statement.resources:
            yield from wrapped(f"{_on(statement)} {shown(resource)}", 4, width)
        yield from wrapped(f"for {_whom(statement)}, in {statement.policy}", 6, width)


def name(role: Role) -> str:
    """The display name of a role: the path of its construct, its ARN, or the expression that names it."""
    if role.resource is not None:
        return role.resource.path
    if role.arn == "null":
        return "a role that the definition does not name"
    if role.arn.startswith("{"):
        return f"a role that is only known at run time ({role.arn})"
    return shown(role.arn)


def _whom(statement: Statement) -> str:
    if statement.for_everybody:
        return _principals(statement)
    if statement.effect == "Allow":
        return f"everybody in account {_principals(statement)} whose own policies allow it"
    return f"everybody in account {_principals(statement)}"


def _principals(statement: Statement) -> str:
    named = ", ".join(map(shown, statement.principals)) or "principals that are not known here"
    if "NotPrincipal" in statement.inverted:
        return f"everybody but {named}"
    return "everybody" if statement.for_everybody else named


def _role(explained: Explained, path: str, width: int | None) -> Iterator[str]:
    role = explained.role
    of = ["the pipeline's own"] if explained.own else []
    of += [_field(use, path) for use in explained.uses]
    yield from wrapped(f"role {name(role)}", 0, width)
    for use in of:
        yield from wrapped(use if use == "the pipeline's own" else f"of {use}", 2, width)
    for statement in role.trust:
        assumed = "assumed" if statement.effect == "Allow" else f"{statement.effect}: assumed"
        yield from wrapped(f"{assumed} by {_principals(statement)}", 2, width)
        yield from _conditions(statement.conditions, 4, width)
    if role.boundary is not None:
        yield from wrapped(f"within the permissions boundary {shown(role.boundary)}", 2, width)
    for arn in role.managed:
        yield from wrapped(f"has all of {shown(arn)}, whose content is not known here", 2, width)
    if role.resource is None and not role.arn.startswith(("{", "null")):
        yield from wrapped("is not in these stacks: what else it may do is not known here", 2, width)
    for _, group in groupby(explained.allowed, _block):
        yield ""
        yield from _permission(list(group), path, 2, width)
    if explained.missing:
        told = "needed, but not granted here:" if role.resource or role.statements else "needed:"
        yield from ("", *wrapped(told, 2, width))
    for _, group in groupby(explained.missing, _block):
        yield ""
        yield from _permission(list(group), path, 4, width)
    if explained.doubtful:
        yield from ("", *wrapped("needed, and perhaps granted by something not known here:", 2, width))
    for _, group in groupby(explained.doubtful, _block):
        yield ""
        yield from _permission(list(group), path, 4, width)
    if not (explained.allowed or explained.missing or explained.doubtful or role.managed):
        yield from wrapped("nothing is known to be granted or needed", 2, width)


def _block(allowed: Allowed) -> tuple[int, tuple[str, ...], bool]:
    return id(allowed.statement), allowed.actions, _pattern(allowed.conditions) is not None


def _permission(rows: Sequence[Allowed], path: str, indent: int, width: int | None) -> Iterator[str]:
    statement = rows[0].statement
    yield from wrapped(_actions(statement, rows[0].actions), indent, width)
    if _pattern(rows[0].conditions) is None:
        yield from _conditions(rows[0].conditions, indent + 2, width)
    for before, row, following in zip([None, *rows], rows, [*rows[1:], None], strict=False):
        same = before is not None and before.resource == row.resource
        if row.resource and not same:
            yield from wrapped(f"{_on(statement)} {shown(row.resource)}", indent + 2, width)
        pattern = _pattern(row.conditions)
        if pattern is not None and same and _why(before) == _why(row):
            yield from wrapped(f"or {shown(pattern)}", indent + 6, width)
        elif pattern is not None:
            yield from _conditions(row.conditions, indent + 4, width, "or if" if same else "if")
        last_of_resource = following is None or following.resource != row.resource
        if _why(following) != _why(row) or (pattern is not None and last_of_resource):
            for line in _because(row, path):
                yield from wrapped(line, indent + 4 if pattern is None else indent + 6, width)


def _why(row: Allowed | None) -> object:
    return None if row is None else (row.origin, row.reasons)


def _actions(statement: Statement, actions: Sequence[str]) -> str:
    words = ", ".join(actions)
    words = f"all but {words}" if "NotAction" in statement.inverted else words
    return words if statement.effect == "Allow" else f"{statement.effect}: {words}"


def _on(statement: Statement) -> str:
    return "all but" if "NotResource" in statement.inverted else "on"


def _because(row: Allowed, path: str) -> Iterator[str]:
    if row.why:
        yield row.why
    if row.origin == DERIVED:
        yield from (f"for {_needs(row, reason, path)}" for reason in row.reasons)
    elif row.origin == WIDER:
        yield f"more than is needed, granted in {row.statement.policy}"
        yield from (f"needed for {_needs(row, reason, path)}" for reason in row.reasons)
    else:
        yield f"not derived, granted in {row.statement.policy}"


def _needs(row: Allowed, reason: FieldOf, path: str) -> str:
    actions = row.reasons[reason]
    some = "" if len(actions) == len(row.actions) else f" ({', '.join(actions)} alone)"
    return _field(reason, path) + some


def _pattern(conditions: Conditions) -> str | None:
    """The pattern, if there is one condition with one pattern."""
    if list(conditions) == ["StringLike"] and len(conditions["StringLike"]) == 1:
        ((values),) = conditions["StringLike"].values()
        return str(values[0]) if len(values) == 1 else None
    return None


def _conditions(conditions: Conditions, indent: int, width: int | None, word: str = "if") -> Iterator[str]:
    for operator, keys in conditions.items():
        for key, values in keys.items():
            told = [shown(str(value)) for value in (values if isinstance(values, (list, tuple)) else [values])]
            words = _OPERATORS.get(operator, f"{operator}:")
            yield from wrapped(f"{word} {key} {words} {told[0] if told else 'nothing'}", indent, width)
            for other in told[1:]:
                yield from wrapped(f"or {other}", indent + 2, width)


def _field(reason: FieldOf, path: str) -> str:
    """``Train: InputDataConfig[0]``, with the pipeline in front if it is not the one at the path."""
    told = f"{reason.step}: {reason.field}"
    return told if reason.pipeline == path else f"{reason.pipeline}: {told}"


def _unknown(need: Undecided) -> str:
    names = ", ".join(need.sources)
    return f"the {need.unknown} {need.why}" + (f", from {names}" if names else "")
