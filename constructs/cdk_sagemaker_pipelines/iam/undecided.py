"""What a definition needs on resources that are not known here, so that only its author can grant it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..language import Definition, Finding, StepView, choices, is_expression_json
from ..language.field import Field
from . import job_roles, pipeline_role
from .environment import Environment
from .needs import RoleElsewhere
from .permissions import ELSEWHERE, IMPORTED, RUN_TIME, UNSAID, Permission

UNDECIDED = "undecided-permission"
"""The code of a finding of what nothing can be derived for."""
SAYS_KEY = {
    "bucket-key": "encryption_key= to Bucket.from_bucket_attributes(...) and that bucket to a step",
    "queue-key": "key_arn= to Queue.from_queue_attributes(...)",
    "topic-key": "key_arn= to Topic.from_topic_attributes(...)",
}
"""By the code of a finding of a key that the app does not say: what says it."""
_PIPELINE, _JOB, _IT = "the pipeline's role", "the role of the step's job", "it"
_TOLD = 3
"""Steps that a warning names of those whose jobs use a bucket and the like."""


def undecided(definition: Definition, environment: Environment) -> Iterator[Finding]:
    """A warning for each field from which nothing can be derived, with what to grant to which role."""
    if definition.json.get("MlflowConfig") is not None:
        text = f"the role that records the runs of a whole pipeline {UNSAID}, so no permission for it can be derived"
        yield Finding(UNDECIDED, text, None, "MlflowConfig", "warning")
    found: dict[tuple[str, str], _Doubt] = {}
    for role, permission in _all(definition, environment):
        if not permission.unknown and (role is None or isinstance(role, str)):
            continue  # what is needed is known, and who needs it
        reason = permission.because[0]
        step = definition.step(reason.step)
        whose = _PIPELINE if role in (None, environment.role) else _JOB
        code, of = UNDECIDED, step.name
        imported = next((kind for kind, why in IMPORTED.items() if permission.why == why), None)
        if imported is not None:  # one for each bucket and the like, whoever uses it
            code, of = f"{imported}-key", ""
        if permission.unknown:
            what = f"the {permission.unknown} {permission.why}"
            at = reason.path
            key = what if permission.once or not of else f"{at}: {what}"
        elif isinstance(role, RoleElsewhere):
            whose, what, at = _IT, f"the role of the {role.whose} {ELSEWHERE}", role.where
            key = what
        elif is_expression_json(role):
            whose, what, at = _IT, f"the role {RUN_TIME}", _place_of(step, role)
            key = f"{at}: {what}"
        else:
            continue
        doubt = found.setdefault((of, key), _Doubt(code, step.name, at, what))
        doubt.grants.setdefault(whose, {}).update(dict.fromkeys(permission.actions))
        if whose == _JOB:
            doubt.jobs[step.name] = None
    for doubt in found.values():
        yield doubt.finding()


def _place_of(step: StepView, role: Any) -> str:
    """Where in the arguments the expression of a role stands."""
    for path in ("RoleArn", "ExecutionRoleArn", "TrainingJobDefinition.RoleArn", "TrainingJobDefinitions[].RoleArn"):
        for told in Field.of_arguments(step).every(*path.split(".")):
            if told.value == role:
                return told.where
    return Field.of_arguments(step).at("RoleArn").where


@dataclass
class _Doubt:
    """What is not known at a field, and the actions that each role needs on it. ``jobs``: the steps whose jobs do."""

    code: str
    step: str
    at: str
    what: str
    grants: dict[str, dict[str, None]] = field(default_factory=dict)
    jobs: dict[str, None] = field(default_factory=dict)

    def finding(self) -> Finding:
        """The warning."""
        whose: dict[str, list[str]] = {}
        for role, actions in self.grants.items():
            whose.setdefault(", ".join(actions), []).append(self._of_jobs() if role == _JOB else role)
        grants = [f"{actions} to {' and '.join(roles)}" for actions, roles in whose.items() if actions]
        text = f"{self.what}, so no permission for it can be derived"
        if self.code in SAYS_KEY:
            text += f"; if it has one, give {SAYS_KEY[self.code]}, or"
            return Finding(self.code, f"{text} grant {', and '.join(grants)}", self.step, self.at, "warning")
        text += f"; grant {', and '.join(grants)}" if grants else ""
        return Finding(self.code, text, self.step, self.at, "warning")

    def _of_jobs(self) -> str:
        """Whose jobs they are, where it is not this step's alone."""
        if list(self.jobs) == [self.step]:
            return _JOB
        several = "the roles of the jobs of steps" if len(self.jobs) > 1 else "the role of the job of step"
        return f"{several} {choices(self.jobs, _TOLD)}"


def _all(definition: Definition, environment: Environment) -> Iterator[tuple[Any, Permission]]:
    """Each needed permission with the role of the job that needs it; None for the pipeline's role."""
    for permission in pipeline_role.needs(definition, environment):
        yield None, permission
    for role, permission in job_roles.needs(definition, environment):
        yield role, permission
