"""The role of a step's job: the one given, the pipeline's, or one of its own."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from ...iam.roles import new_role
from ...language.step_types import row_of
from .field_checks import member
from .step import Step


def take_job_role(step: Step, given: iam.IRole | None, scope: Construct | None = None) -> iam.IRole:
    """The role, known to the pipeline. ``scope``: where a new one is made, default the step.

    Who may take a new one follows from the row of the type whose job it is.
    """
    if given is not None:
        member(given, "role_arn", "role", "a role such as iam.Role.from_role_arn(...)")
    shared = given or step.host.default_job_role
    row = row_of(step._runs or step.type)
    role = shared or new_role(scope or step, "JobRole", step.host.workplace.jobs(row.trusted_for, row.service))
    step.host.uses_role(role, own=shared is None, step=step.name)
    return role
