"""What a definition needs that is known at run time only, so that nobody but its author can grant it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..language import Definition, Finding, StepView, is_expression_json
from . import job_roles, pipeline_role
from .environment import Environment
from .following import every
from .needs import RoleElsewhere, field_of, path_of
from .permissions import ELSEWHERE, IMPORTED, RUN_TIME, UNSAID, Permission

_PIPELINE, _JOB, _IT = "the pipeline's role", "the role of the step's job", "it"


def undecided(definition: Definition, environment: Environment) -> Iterator[Finding]:
    """A warning for each field that nothing can be derived from, with what to grant to whom."""
    if definition.json.get("MlflowConfig") is not None:
        text = f"the role that records the runs of a whole pipeline {UNSAID}, so no permission for it can be derived"
        yield Finding("undecided-permission", text, None, "MlflowConfig", "warning")
    found: dict[tuple[str, str], _Doubt] = {}
    for role, permission in _all(definition, environment):
        step, where = field_of(definition, permission)
        whose = _PIPELINE if role in (None, environment.role) else _JOB
        code, of = "undecided-permission", step.name
        if permission.why == IMPORTED:  # one for each bucket, whoever reads it
            code, of = "bucket-key", ""
        if permission.unknown:
            what = f"the {permission.unknown} {permission.why}"
            at = path_of(step, where)
            key = what if permission.once or not of else f"{at}: {what}"
        elif isinstance(role, RoleElsewhere):
            whose, what, at = _IT, f"the role of the {role.whose} {ELSEWHERE}", f"Arguments.{role.where}"
            key = what
        elif is_expression_json(role):
            whose, what, at = _IT, f"the role {RUN_TIME}", f"Arguments.{_place_of(step, role)}"
            key = f"{at}: {what}"
        else:
            continue
        doubt = found.setdefault((of, key), _Doubt(code, step.name, at, what))
        doubt.grants.setdefault(whose, {}).update(dict.fromkeys(permission.actions))
    for doubt in found.values():
        yield doubt.finding()


def _place_of(step: StepView, role: Any) -> str:
    """Where the arguments tell a role that an expression gives."""
    for path in ("RoleArn", "ExecutionRoleArn", "TrainingJobDefinition.RoleArn", "TrainingJobDefinitions[].RoleArn"):
        for where, value in every(step.arguments, *path.split(".")):
            if value == role:
                return where
    return "RoleArn"


@dataclass
class _Doubt:
    """What is not known at a field, and what is needed for it, by whose role needs it."""

    code: str
    step: str
    at: str
    what: str
    grants: dict[str, dict[str, None]] = field(default_factory=dict)

    def finding(self) -> Finding:
        """The warning."""
        whose: dict[str, list[str]] = {}
        for role, actions in self.grants.items():
            whose.setdefault(", ".join(actions), []).append(role)
        grants = [f"{actions} to {' and '.join(roles)}" for actions, roles in whose.items() if actions]
        text = f"{self.what}, so no permission for it can be derived"
        if self.code == "bucket-key":
            text += "; if it has one, say encryption_key= in Bucket.from_bucket_attributes(...), or"
            return Finding(self.code, f"{text} grant {', and '.join(grants)}", self.step, self.at, "warning")
        text += f"; grant {', and '.join(grants)}" if grants else ""
        return Finding(self.code, text, self.step, self.at, "warning")


def _all(definition: Definition, environment: Environment) -> Iterator[tuple[Any, Permission]]:
    """Each need and the role of the job that has it; None for the pipeline's."""
    for permission in pipeline_role.needs(definition, environment):
        yield None, permission
    for role, permission in job_roles.needs(definition, environment):
        yield role, permission
