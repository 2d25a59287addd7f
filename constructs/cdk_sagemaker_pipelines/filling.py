"""The roles of a pipeline: which there are, and how they get what the definition leads to once it is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from constructs import Construct, IConstruct

from .assets import Workplace
from .iam import job_roles, nag, pipeline_role
from .iam.behind import models_behind, role_behind
from .iam.coarser import coarser
from .iam.permissions import Permission, merge
from .iam.places import Place
from .iam.roles import fill, fits, grant, let_jobs_take, let_tags_through
from .iam.types.training import chained, tags_elsewhere
from .inventory import Inventory
from .language import Definition, Finding, PipelineError

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam


class PipelineRoles:
    """The role of the executions, and those of the jobs.

    ``own``: whether the role of the executions is made for the pipeline. ``scope``: the pipeline, where policies stand
    of what is too long for a role.
    """

    def __init__(self, scope: Construct, workplace: Workplace, role: iam.IRole, app: Inventory, *, own: bool) -> None:
        self._scope, self._workplace, self._app = scope, workplace, app
        self._role, self._own = role, own
        self._jobs: dict[str, tuple[iam.IRole, bool]] = {}
        self._of_steps: dict[str, frozenset[str]] = {}
        self._held: list[tuple[IConstruct, Sequence[Permission]]] = []
        self.explains_wildcards = False

    def use(self, role: iam.IRole, *, own: bool, step: str) -> None:
        """Takes up the role of a step's job; ``own`` when it is made for the step."""
        arn = self._workplace.role_arn(role)
        self._jobs.setdefault(arn, (role, own))
        self._of_steps[step] = self.of(step) | {arn}

    def has_granted(self, holder: IConstruct, permissions: Sequence[Permission]) -> None:
        """Takes up what a step granted by itself."""
        self._held.append((holder, permissions))

    @property
    def arns(self) -> set[str]:
        """The ARNs of the roles of jobs."""
        return set(self._jobs)

    def of(self, step: str) -> frozenset[str]:
        """The ARNs of the roles that a step's jobs have."""
        return self._of_steps.get(step, frozenset())

    @property
    def place(self) -> Place:
        """What permissions follow from beside the definition, with the role of the executions."""
        return replace(self._workplace.place, role=self._workplace.role_arn(self._role))

    def fill(self, definition: Definition) -> Iterator[Finding]:
        """Grants what the definition leads to; yields what is in doubt.

        Raises ``PipelineError`` when a role would need more than IAM takes.
        """
        self._workplace.models.update(models_behind(definition))
        place = self.place
        of_jobs = job_roles.permissions(definition, place)
        permissions = pipeline_role.permissions(definition, place)
        if place.role in of_jobs and place.role not in self._jobs:  # jobs that name no role run with this one
            permissions = merge([*permissions, *of_jobs.pop(place.role)])
            if self._own:
                let_jobs_take(cast("iam.Role", self._role), place, definition)
        self._give(self._role, permissions, own=self._own, name="Pipeline")
        for step, arn in chained(definition, place):
            role, own = (self._role, self._own) if arn == place.role else self._with(arn)
            if own:
                let_tags_through(cast("iam.Role", role), place)
            else:
                yield tags_elsewhere(step)
        for number, (arn, permissions) in enumerate(of_jobs.items()):
            role, own = self._with(arn)
            if role is not None:
                self._give(role, permissions, own=own, name="Job" if own else f"Job{number}")
        for holder, held in self._held if self.explains_wildcards else ():
            nag.acknowledge(holder, held, place)

    def _with(self, arn: Any) -> tuple[iam.IRole | None, bool]:
        """The role of an ARN, and whether it is made for a step; None for one that the app does not have."""
        if not isinstance(arn, str):
            return None, False
        return self._jobs.get(arn) or (role_behind(arn) or self._app.role(arn), False)

    def _give(self, role: iam.IRole, permissions: list[Permission], *, own: bool, name: str) -> None:
        if not fits(permissions):
            permissions = coarser(permissions, self._workplace.place)
            if not fits(permissions):
                raise PipelineError(
                    f"the role {role.node.path} needs more permissions than IAM lets a role hold; give the steps roles "
                    "of their own, or split the pipeline"
                )
        if own:
            fill(cast("iam.Role", role), self._workplace.role_arn(role), permissions, name)
        else:
            grant(self._scope, role, permissions, f"{name}Policy")
        if self.explains_wildcards:
            nag.acknowledge(role, permissions, self._workplace.place)
            if not own:  # what was too long for the role stands in policies here
                nag.acknowledge(self._scope, permissions, self._workplace.place)
