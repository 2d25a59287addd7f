"""The role of a step's job: the one given, the pipeline's, or one of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..iam.roles import job_role
from .checks import member
from .step import Step

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam


def take_job_role(step: Step, given: iam.IRole | None, job_arns: str) -> iam.IRole:
    """The role, known to the pipeline. ``job_arns``: the end of the jobs' ARNs, for the trust of a new role."""
    if given is not None:
        member(given, "role_arn", "role", "a role such as iam.Role.from_role_arn(...)")
    shared = given or step.host.default_job_role
    role = shared or job_role(step, "JobRole", step.host.workplace.stack, job_arns)
    step.host.uses_role(role, own=shared is None)
    return role
