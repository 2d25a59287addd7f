"""What the roles of a pipeline may do, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from ...iam.statements import Conditions
from ...language.later import later_pattern
from ..reading.stacks import Resource, shown
from ..words import printable
from .access import DERIVED, WIDER, Allowed, Explained, Explanation, FieldOf, Undecided
from .roles import Role
from .statements import Statement

_OPERATORS = {
    "ArnEquals": "is",
    "ArnLike": "is like",
    "Bool": "is",
    "StringEquals": "is",
    "StringLike": "is like",
}
_BREAK = later_pattern(r"(?<=[/:,=])(?! )|(?=\$)")
"""Where a long word may be broken."""


def text(explanation: Explanation, *, width: int = 80) -> Iterator[str]:
    """For people: role by role, each permission with its resource and the fields that need it."""
    pipeline = explanation.pipeline
    yield from _folded(pipeline.path, 0, width)
    if pipeline.file != pipeline.path:
        yield from _folded(f"in {pipeline.file}", 2, width)
    for explained in explanation.roles:
        yield ""
        yield from _role(explained, pipeline.path, width)
    undecided = [(explained, need) for explained in explanation.roles for need in explained.undecided]
    if undecided:
        yield ""
        yield from _folded("not known here, so not derived; grant these in code:", 0, width)
        for explained, need in undecided:
            yield from _folded(f"{_field(need.reason, pipeline.path)}: {_unknown(need)}", 2, width)
            if need.actions:
                yield from _folded(f"{', '.join(need.actions)}", 4, width)
            yield from _folded(f"to {name(explained.role)}", 4, width)
    for owner in explanation.owners:
        yield ""
        whose = f"the {owner.kind} {shown(owner.name)} is in account {owner.account}"
        yield from _folded(f"{whose}, where its policy must also say:", 0, width)
        # to be pasted, so not folded
        yield from (printable(f"  {line}") for line in shown(json.dumps(owner.statements, indent=2)).splitlines())


def unused(roles: Sequence[Resource], width: int = 80) -> Iterator[str]:
    """Roles in the stacks that no pipeline and no job of one uses, such as those of functions."""
    if roles:
        yield from _folded("other roles in these stacks, which no pipeline uses:", 0, width)
        for role in roles:
            yield from _folded(f"{role.stack.file}#{role.path}", 2, width)


def shared(statements: Sequence[Statement], width: int = 80) -> Iterator[str]:
    """What resource policies say about everybody, or about a whole account, including the pipelines' roles."""
    if statements:
        yield from _folded("what resource policies say about everybody, including these roles:", 0, width)
    for statement in statements:
        yield ""
        yield from _folded(_actions(statement, statement.actions), 2, width)
        yield from _conditions(statement.conditions, 4, width)
        for resource in statement.resources:
            yield from _folded(f"{_on(statement)} {shown(resource)}", 4, width)
        yield from _folded(f"for {_whom(statement)}, in {statement.policy}", 6, width)


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


def _role(explained: Explained, path: str, width: int) -> Iterator[str]:
    role = explained.role
    of = ["the pipeline's own"] if explained.own else []
    of += [_field(use, path) for use in explained.uses]
    yield from _folded(f"role {name(role)}", 0, width)
    for use in of:
        yield from _folded(use if use == "the pipeline's own" else f"of {use}", 2, width)
    for statement in role.trust:
        assumed = "assumed" if statement.effect == "Allow" else f"{statement.effect}: assumed"
        yield from _folded(f"{assumed} by {_principals(statement)}", 2, width)
        yield from _conditions(statement.conditions, 4, width)
    if role.boundary is not None:
        yield from _folded(f"within the permissions boundary {shown(role.boundary)}", 2, width)
    for arn in role.managed:
        yield from _folded(f"has all of {shown(arn)}, whose content is not known here", 2, width)
    if role.resource is None and not role.arn.startswith(("{", "null")):
        yield from _folded("is not in these stacks: what else it may do is not known here", 2, width)
    for _, group in groupby(explained.allowed, _block):
        yield ""
        yield from _permission(list(group), path, 2, width)
    if explained.missing:
        told = "needed, but not granted here:" if role.resource or role.statements else "needed:"
        yield from ("", *_folded(told, 2, width))
    for _, group in groupby(explained.missing, _block):
        yield ""
        yield from _permission(list(group), path, 4, width)
    if explained.doubtful:
        yield from ("", *_folded("needed, and perhaps granted by something not known here:", 2, width))
    for _, group in groupby(explained.doubtful, _block):
        yield ""
        yield from _permission(list(group), path, 4, width)
    if not (explained.allowed or explained.missing or explained.doubtful or role.managed):
        yield from _folded("nothing is known to be granted or needed", 2, width)


def _block(allowed: Allowed) -> tuple[int, tuple[str, ...], bool]:
    return id(allowed.statement), allowed.actions, _pattern(allowed.conditions) is not None


def _permission(rows: Sequence[Allowed], path: str, indent: int, width: int) -> Iterator[str]:
    statement = rows[0].statement
    yield from _folded(_actions(statement, rows[0].actions), indent, width)
    if _pattern(rows[0].conditions) is None:
        yield from _conditions(rows[0].conditions, indent + 2, width)
    for before, row, following in zip([None, *rows], rows, [*rows[1:], None], strict=False):
        same = before is not None and before.resource == row.resource
        if row.resource and not same:
            yield from _folded(f"{_on(statement)} {shown(row.resource)}", indent + 2, width)
        pattern = _pattern(row.conditions)
        if pattern is not None and same and _why(before) == _why(row):
            yield from _folded(f"or {shown(pattern)}", indent + 6, width)
        elif pattern is not None:
            yield from _conditions(row.conditions, indent + 4, width, "or if" if same else "if")
        last_of_resource = following is None or following.resource != row.resource
        if _why(following) != _why(row) or (pattern is not None and last_of_resource):
            for line in _because(row, path):
                yield from _folded(line, indent + 4 if pattern is None else indent + 6, width)


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


def _conditions(conditions: Conditions, indent: int, width: int, word: str = "if") -> Iterator[str]:
    for operator, keys in conditions.items():
        for key, values in keys.items():
            told = [shown(str(value)) for value in (values if isinstance(values, (list, tuple)) else [values])]
            words = _OPERATORS.get(operator, f"{operator}:")
            yield from _folded(f"{word} {key} {words} {told[0] if told else 'nothing'}", indent, width)
            for other in told[1:]:
                yield from _folded(f"or {other}", indent + 2, width)


def _field(reason: FieldOf, path: str) -> str:
    """``Train: InputDataConfig[0]``, with the pipeline in front if it is not the one at the path."""
    told = f"{reason.step}: {reason.field}"
    return told if reason.pipeline == path else f"{reason.pipeline}: {told}"


def _unknown(need: Undecided) -> str:
    names = ", ".join(need.sources)
    return f"the {need.unknown} {need.why}" + (f", from {names}" if names else "")


def _folded(line: str, indent: int, width: int) -> Iterator[str]:
    """The line, indented and wrapped to the width; continuation lines are indented further."""
    line, space = printable(line), " " * indent
    room = max(width - indent, 20)
    while len(line) > room:
        cut = line.rfind(" ", 0, room + 1)
        if cut < room // 2:
            cut = max(
                (match.start() for match in _BREAK.finditer(line, 0, room + 1) if match.start() <= room), default=0
            )
        cut = cut if cut > room // 3 else room
        yield (space + line[:cut]).rstrip()
        line, space = line[cut:].lstrip(), " " * (indent + 4)
        room = max(width - indent - 4, 20)
    yield space + line


# -- JSON --------------------------------------------------------------------------------------------------------------


def json_shared(statements: Sequence[Statement]) -> list[dict[str, Any]]:
    """The statements of ``shared``, as ``smpipe explain --json`` prints them."""
    return [
        {
            **_json_statement(statement),
            "resources": [shown(one) for one in statement.resources],
            "policy": statement.policy,
        }
        for statement in statements
    ]


def as_json(explanation: Explanation) -> dict[str, Any]:
    """What ``smpipe explain --json`` prints for one pipeline; docs/permissions.md lists the members."""
    pipeline = explanation.pipeline
    return {
        "file": pipeline.file,
        "pipeline": pipeline.path,
        "name": pipeline.name,
        "roles": [_json_role(explained, pipeline.path) for explained in explanation.roles],
        "otherAccounts": [
            {
                "kind": owner.kind,
                "name": shown(owner.name),
                "account": owner.account,
                "statements": json.loads(shown(json.dumps(owner.statements))),
            }
            for owner in explanation.owners
        ],
    }


def _json_role(explained: Explained, path: str) -> dict[str, Any]:
    role = explained.role
    return {
        "role": name(role),
        "arn": shown(role.arn) if role.arn.startswith(("arn:", "${")) else None,
        "own": explained.own,
        "of": [_json_reason(use) for use in explained.uses],
        "trust": [_json_statement(statement) for statement in role.trust],
        "boundary": None if role.boundary is None else shown(role.boundary),
        "managedPolicies": [shown(arn) for arn in role.managed],
        "permissions": [_json_allowed(row) for row in explained.allowed],
        "missing": [_json_allowed(row) for row in explained.missing],
        "doubtful": [_json_allowed(row) for row in explained.doubtful],
        "undecided": [_json_undecided(need) for need in explained.undecided],
    }


def _json_statement(statement: Statement) -> dict[str, Any]:
    return {
        "effect": statement.effect,
        "actions": list(statement.actions),
        "principals": [shown(one) for one in statement.principals],
        "conditions": _json_conditions(statement.conditions),
        "inverted": list(statement.inverted),
    }


def _json_allowed(row: Allowed) -> dict[str, Any]:
    return {
        "effect": row.statement.effect,
        "actions": list(row.actions),
        "resource": shown(row.resource),
        "conditions": _json_conditions(row.conditions),
        "inverted": list(row.statement.inverted),
        "policy": row.statement.policy,
        "origin": row.origin,
        **({"why": row.why} if row.why else {}),
        "because": [{**_json_reason(reason), "actions": list(actions)} for reason, actions in row.reasons.items()],
    }


def _json_undecided(need: Undecided) -> dict[str, Any]:
    return {
        "actions": list(need.actions),
        "unknown": need.unknown,
        "why": need.why,
        "from": list(need.sources),
        "because": _json_reason(need.reason),
    }


def _json_reason(reason: FieldOf) -> dict[str, str]:
    return {"pipeline": reason.pipeline, "step": reason.step, "field": reason.field}


def _json_conditions(conditions: Conditions) -> Mapping[str, Mapping[str, list[str]]]:
    return {
        operator: {
            key: [shown(str(value)) for value in (values if isinstance(values, (list, tuple)) else [values])]
            for key, values in keys.items()
        }
        for operator, keys in conditions.items()
    }
