"""The roles of a pipeline: which there are, and how they get what the definition leads to once it is known."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

from constructs import Construct, IConstruct

from ..assets import Workplace
from ..iam import job_roles, nag, pipeline_role
from ..iam.arns import named_by
from ..iam.behind import models_behind, role_behind
from ..iam.coarser import coarser
from ..iam.covering import NOT_GRANTED
from ..iam.elsewhere import kind_on
from ..iam.environment import Environment
from ..iam.needs import field_of
from ..iam.owners import has_name_for, let_in
from ..iam.permissions import Permission, merge
from ..iam.roles import fill, fits, grant, let_jobs_take, let_tags_through, resources_below
from ..iam.types.jobs.training import chained, tags_elsewhere
from ..language import Definition, Finding, PipelineError
from ..language.tokens import has_string_token
from .handed_over import handed_over
from .held import Held
from .inventory import Inventory

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
        self._granted: list[tuple[IConstruct, Sequence[Permission]]] = []
        self._given: list[tuple[iam.IRole, Sequence[Permission]]] = []
        self._resources: Mapping[iam.Role, iam.CfnRole] = {}
        self._held = Held(scope)
        self._explained: nag.Acknowledgments | None = None

    def use(self, role: iam.IRole, *, own: bool, step: str) -> None:
        """Takes up the role of a step's job; ``own`` when it is made for the step."""
        arn = self._workplace.role_arn(role)
        self._jobs.setdefault(arn, (role, own))
        self._of_steps[step] = self.of(step) | {arn}

    def explain_wildcards(self) -> None:
        """From now on tells cdk-nag why each wildcard is there."""
        self._explained = self._explained or nag.Acknowledgments()

    def explain_between_stacks(self) -> None:
        """Tells it once more, when CDK has written the references between stacks."""
        if self._explained is not None:
            self._explained.once_more()

    def has_granted(self, holder: IConstruct, permissions: Sequence[Permission]) -> None:
        """Takes up what a step granted by itself."""
        self._granted.append((holder, permissions))

    def lets_in(self, role: iam.IRole, permissions: Sequence[Permission]) -> None:
        """Has the policies of other accounts allow what a step granted to a role by itself."""
        self._given.append((role, permissions))

    @property
    def arns(self) -> set[str]:
        """The ARNs of the roles of jobs."""
        return set(self._jobs)

    def of(self, step: str) -> frozenset[str]:
        """The ARNs of the roles that a step's jobs have."""
        return self._of_steps.get(step, frozenset())

    @property
    def environment(self) -> Environment:
        """What permissions follow from beside the definition, with the role of the executions."""
        return replace(self._workplace.environment, role=self._workplace.role_arn(self._role))

    def fill(self, definition: Definition) -> Iterator[Finding]:
        """Grants what the definition leads to; yields what is in doubt.

        Raises ``PipelineError`` when a role would need more than IAM takes.
        """
        self._workplace.models.update(models_behind(definition))
        environment = self.environment
        of_jobs = job_roles.permissions(definition, environment)
        permissions = pipeline_role.permissions(definition, environment)
        if self._learn_keys(merge([*permissions, *chain.from_iterable(of_jobs.values())])):
            of_jobs = job_roles.permissions(definition, environment)
            permissions = pipeline_role.permissions(definition, environment)
        if (
            environment.role in of_jobs and environment.role not in self._jobs
        ):  # jobs that name no role run with this one
            permissions = merge([*permissions, *of_jobs.pop(environment.role)])
            if self._own:
                let_jobs_take(cast("iam.Role", self._role), environment, definition)
        self._resources = resources_below(self._scope)
        yield from self._give(self._role, permissions, definition, own=self._own, name="Pipeline")
        for step, arn in chained(definition, environment):
            role, own = (self._role, self._own) if arn == environment.role else self._with(arn)
            if own:
                let_tags_through(cast("iam.Role", role), environment)
            else:
                yield tags_elsewhere(step)
        for number, (arn, permissions) in enumerate(of_jobs.items()):
            role, own = self._with(arn)
            if role is not None:
                name = "Job" if own else f"Job{number}"
                yield from self._give(role, permissions, definition, own=own, name=name)
        self._let_in()
        for holder, granted in self._granted:
            self._explain(holder, granted)

    def _learn_keys(self, permissions: Sequence[Permission]) -> bool:
        """Whether buckets of the app that only a text names have keys, which are entered with those of the others."""
        names = {named_by(resource) for each in permissions if kind_on(each) == "bucket" for resource in each.resources}
        learned = False
        for name in sorted(names - self._workplace.names()):
            bucket = self._workplace.owner(name) if has_string_token(name) else self._app.bucket(name)
            learned |= bucket is not None and self._workplace.learn_key(name, bucket)
        return learned

    def handed_over(self, definition: Definition) -> Iterator[Finding]:
        """What is handed over to code whose role may not touch it; judged when all is granted."""
        yield from handed_over(
            definition, self.environment, self._app.stack, self.of, lambda arn: role_behind(arn) or self._app.role(arn)
        )

    def _with(self, arn: Any) -> tuple[iam.IRole | None, bool]:
        """The role of an ARN, and whether it is made for a step; None for one that the app does not have."""
        if not isinstance(arn, str):
            return None, False
        return self._jobs.get(arn) or (role_behind(arn) or self._app.role(arn), False)

    def _give(
        self, role: iam.IRole, permissions: list[Permission], definition: Definition, *, own: bool, name: str
    ) -> Iterator[Finding]:
        """Grants the permissions; yields a warning of what the role does not get thereby."""
        if not fits(permissions):
            permissions = coarser(permissions, self._workplace.environment, self._workplace.outputs(definition))
            if not fits(permissions):
                raise PipelineError(
                    f"the role {role.node.path} needs more permissions than IAM lets a role hold; give the steps roles "
                    "of their own, or split the pipeline"
                )
        arn = self._workplace.role_arn(role)
        untouched = own and fill(cast("iam.Role", role), arn, permissions, name, self._resources)
        given = own or grant(self._scope, role, permissions, f"{name}Policy")
        self._given.append((role, permissions))
        self._explain(role, permissions)
        if not own:  # what was too long for the role stands in policies here
            self._explain(self._scope, permissions)
        if untouched:  # which is the rule, and CDK takes its time to tell more
            return
        why, lacking = self._held.lacking(role, permissions, self._workplace.environment, given=given, own=own)
        if lacking:
            yield not_granted(definition, why, lacking)

    def _explain(self, holder: IConstruct, permissions: Sequence[Permission]) -> None:
        if self._explained is not None:
            self._explained.add(holder, permissions, self._workplace.environment)

    def _let_in(self) -> None:
        """Lets the roles in where the app has what they need in another account: both accounts have to say so."""
        environment, elsewhere = self._workplace.environment, self._workplace.elsewhere
        if has_string_token(environment.account + environment.region):
            return  # it is not known who is another
        asked: dict[str, tuple[str, Permission, dict[str, str]]] = {}
        closed = set()
        here = {arn for arn, (_, own) in self._jobs.items() if own}
        for role, permissions in self._given:
            for name, part in _by_name(permissions):
                if name in here:
                    continue
                owner = self._workplace.owner(name)
                if owner is None or name not in elsewhere or elsewhere[name].account == role.env.account:
                    continue
                if not has_name_for(owner, role):
                    closed.add(name)
                    continue
                _, _, roles = asked.setdefault(json.dumps([name, part.statement()]), (name, part, {}))
                roles[self._workplace.role_arn(role)] = role.env.account
        for name, part, roles in asked.values():
            opened = [let_in(owner, part, roles) for owner in self._workplace.owners(name, part.resources)]
            if not all(opened):
                closed.add(name)
        for name in {name: None for name, _, _ in asked.values()}:
            elsewhere[name] = replace(elsewhere[name], is_open=name not in closed)


def _by_name(permissions: Sequence[Permission]) -> Iterator[tuple[str, Permission]]:
    """The permissions in parts of which each is on one bucket, or one key and the like, with its name or ARN."""
    for permission in filter(kind_on, permissions):
        names: dict[str, list[str]] = {}
        for resource in permission.resources:
            names.setdefault(named_by(resource), []).append(resource)
        for name, resources in names.items():
            yield name, permission.on(resources)


_TOLD = 3
"""Permissions of a warning; `smpipe explain` tells all."""


def not_granted(definition: Definition, why: str, lacking: Sequence[Permission]) -> Finding:
    """A warning of what a role does not get: at the step that needs it, where it is one alone."""
    needs = [replace(each, because=(reason,)) for each in lacking for reason in each.because]
    steps = {field_of(definition, need)[0].name for need in needs}
    told = [f"{', '.join(each.actions)} on {' and '.join(each.resources)}" for each in lacking[:_TOLD]]
    if len(lacking) > _TOLD:
        told.append(f"and {len(lacking) - _TOLD} more; 'smpipe explain' lists them all")
    return Finding(NOT_GRANTED, f"{why}: {'; '.join(told)}", steps.pop() if len(steps) == 1 else None, "", "warning")
