"""The role of a step's job: the one given, the pipeline's, or one of its own."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from ...iam.needs import SAGEMAKER
from ...iam.roles import new_role
from .given import member
from .step import Step


def take_job_role(
    step: Step, given: iam.IRole | None, job_arns: str, scope: Construct | None = None, *, service: str = SAGEMAKER
) -> iam.IRole:
    """The role, known to the pipeline.

    ``job_arns``: the end of the jobs' ARNs, for the trust of a new role. ``scope``: where that is made, default the
    step. ``service``: who takes it.
    """
    if given is not None:
        member(given, "role_arn", "role", "a role such as iam.Role.from_role_arn(...)")
    shared = given or step.host.default_job_role
    role = shared or new_role(scope or step, "JobRole", step.host.workplace.jobs(job_arns, service))
    step.host.uses_role(role, own=shared is None, step=step.name)
    return role
