"""What the roles of a pipeline may do, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ...iam.statements import Conditions
from ..reading.stacks import shown
from .access import Explained, Explanation, Undecided
from .reasons import Allowed, FieldOf
from .statements import Statement
from .text import name


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
