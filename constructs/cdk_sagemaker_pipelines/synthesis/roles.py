"""The roles of a pipeline: which there are, and how they get what the definition leads to once it is known."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

from constructs import Construct, IConstruct

from ..assets import Workplace
from ..iam import job_roles, pipeline_role
from ..iam.app_resources import models_behind, role_behind
from ..iam.arns import named_by
from ..iam.cross_environment import kind_on
from ..iam.environment import Environment
from ..iam.evaluation import NOT_GRANTED
from ..iam.permissions import Permission, merge
from ..iam.resource_policies import deploy_after
from ..iam.roles import fill_role, fits, grant, is_created, let_jobs_take, let_tags_through, resources_below
from ..iam.shared_roles import coarser
from ..iam.types.jobs.training import chained, tags_elsewhere
from ..language import Definition, Finding, PipelineError
from ..language.later import Later, later_pattern
from ..language.tokens import has_string_token
from .app_roles import AppRoles
from .cross_account import Granted, let_roles_in
from .handed_over_check import handed_over
from .inventory import Inventory

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam

    from ..iam import nag
else:  # which few pipelines need
    nag = Later(f"{__package__.partition('.')[0]}.iam.nag")


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
        self._given: list[Granted] = []
        self._workers: list[tuple[iam.IRole, Sequence[Permission]]] = []
        self._resources: Mapping[iam.Role, iam.CfnRole] = {}
        self._app_roles = AppRoles(scope, workplace.stack)
        self._explained: nag.Acknowledgments | None = None
        self._owners: list[Any] = []
        self._environment: Environment | None = None
        self._expected: list[str] = []
        self.names: Mapping[str, str] = {}
        """The literal names in a definition of buckets that it calls by tokens, too."""

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

    def wait_for_owners(self) -> None:
        """Has the stack deployed after those that let it in, when CDK has written the references between stacks."""
        for owner in self._owners:
            deploy_after(self._workplace.stack, owner)

    def has_granted(self, holder: IConstruct, permissions: Sequence[Permission]) -> None:
        """Takes up what a step granted by itself."""
        self._granted.append((holder, permissions))

    def lets_in(self, role: iam.IRole, permissions: Sequence[Permission]) -> None:
        """Has the policies of other accounts allow what a step granted to a role by itself."""
        self._given.append(Granted(role, self._workplace.role_arn(role), permissions))

    def works_off(self, role: iam.IRole, permissions: Sequence[Permission]) -> None:
        """Takes up a role of the user's own that answers a step, and what it needs for it."""
        self._workers.append((role, permissions))

    @property
    def arns(self) -> set[str]:
        """The ARNs of the roles of jobs."""
        return set(self._jobs)

    def by_step(self) -> dict[str, str]:
        """The ARN of the role of each step whose jobs have one alone."""
        return {step: next(iter(arns)) for step, arns in self._of_steps.items() if len(arns) == 1}

    def of(self, step: str) -> frozenset[str]:
        """The ARNs of the roles that a step's jobs have."""
        return self._of_steps.get(step, frozenset())

    @property
    def environment(self) -> Environment:
        """What permissions follow from besides the definition; once the roles are filled, what theirs followed from."""
        return self._environment or self._workplace.environment(self._workplace.role_arn(self._role))

    def expect(self, text: str) -> None:
        """Enters the buckets of the URIs in a definition whose key nobody says; ``grant`` tells whether they matter.

        Mostly they do, and the permissions need not be derived again.
        """
        names = sorted(set(_BUCKET_OF_URI.findall(text)))
        buckets = {name: self._app.bucket(name) for name in names}
        bound = ((self._workplace.called(bucket), name) for name, bucket in buckets.items() if bucket is not None)
        self.names = {token: name for token, name in bound if token is not None}
        self._expected = [name for name in names if buckets[name] is None and self._workplace.lacks_key(name)]

    def grant(self, definition: Definition) -> Iterator[Finding]:
        """Grants what the definition leads to; yields what is in doubt.

        Raises ``PipelineError`` when a role would need more than IAM takes.
        """
        self._workplace.models.update(models_behind(definition))
        environment = self.environment
        of_jobs = job_roles.permissions(definition, environment)
        permissions = pipeline_role.permissions(definition, environment)
        if self._learn_keys(merge([*permissions, *chain.from_iterable(of_jobs.values())])):
            environment = self.environment
            of_jobs = job_roles.permissions(definition, environment)
            permissions = pipeline_role.permissions(definition, environment)
        self._environment = environment
        # jobs that name no role run with this one
        if environment.role in of_jobs and environment.role not in self._jobs:
            permissions = merge([*permissions, *of_jobs.pop(environment.role)])
            if self._own:
                let_jobs_take(cast("iam.Role", self._role), environment, definition)
        self._resources = resources_below(self._scope)
        role_arn = self._workplace.role_arn(self._role)
        yield from self._give(self._role, role_arn, permissions, definition, own=self._own, name="Pipeline")
        for step, arn in chained(definition, environment):
            role, own = (self._role, self._own) if arn == environment.role else self._with(arn)
            if own:
                let_tags_through(cast("iam.Role", role), environment)
            elif not self._app_roles.is_of_app(role):  # whose trust is judged with the others
                yield tags_elsewhere(step)
        for number, (arn, permissions) in enumerate(of_jobs.items()):
            role, own = self._with(arn)
            if role is not None:
                name = "Job" if own else f"Job{number}"
                yield from self._give(role, arn, permissions, definition, own=own, name=name)
        for role, needed in self._workers:
            why, lacking = self._app_roles.lacking(role, needed, environment, given=bool(role.node.children), own=False)
            if lacking:
                yield not_granted(why, lacking)
        here = {arn for arn, (_, own) in self._jobs.items() if own}
        self._owners = let_roles_in(self._given, here, self._workplace, self._app, self._app_roles)
        self._environment = replace(environment, elsewhere=dict(self._workplace.owners.elsewhere))
        for holder, granted in self._granted:
            self._explain(holder, granted)

    def _learn_keys(self, permissions: Sequence[Permission]) -> bool:
        """Enters what is known of the app's buckets that only a text, or an import, names; whether that is news."""
        names = {named_by(resource) for each in permissions if kind_on(each) == "bucket" for resource in each.resources}
        bound = self._workplace.names()
        work, keyless = self._workplace, list(self._workplace.keyless)
        for name in self._expected:
            work.keyless.remove(name)
        learned = False
        for name in sorted(names):
            if not has_string_token(name):
                bucket = self._app.bucket(name)
                if bucket is None:
                    work.lacks_key(name)
                else:
                    learned |= work.recognize(name, bucket)
            elif name in bound:  # whose resource may have got a key since
                learned |= name not in work.bucket_keys and work.learn_key(name, work.owners.of(name))
            elif self._workplace.learn_access_point(name):
                learned = True
            else:
                self._workplace.owners.locate(name)
                bucket = self._workplace.owners.of(name)
                learned |= bucket is not None and self._workplace.learn_key(name, bucket)
        return learned or work.keyless != keyless

    def handed_over(self, definition: Definition, raw: Collection[str]) -> Iterator[Finding]:
        """What is handed over to code whose role may not touch it; judged when all is granted.

        ``raw``: the names of steps that are written in JSON.
        """

        def derived(role: iam.IRole) -> Iterator[Permission]:
            return chain.from_iterable(one.permissions for one in self._given if one.role.node.path == role.node.path)

        yield from handed_over(
            definition,
            self.environment,
            self._app_roles,
            self.of,
            lambda arn: role_behind(arn) or self._app.role(arn),
            derived,
            raw,
        )

    def not_assumable(self, definition: Definition) -> Iterator[Finding]:
        """What is handed to a service that it does not let in, of the roles that are made for nothing here."""

        environment = self.environment

        def given(arn: str) -> iam.IRole | None:
            role, own = (self._role, self._own) if arn == environment.role else self._with(arn)
            return None if own else role

        return self._app_roles.not_assumable(definition, environment, given)

    def _with(self, arn: Any) -> tuple[iam.IRole | None, bool]:
        """The role of an ARN, and whether it is made for a step; None for one that the app does not have."""
        if not isinstance(arn, str):
            return None, False
        return self._jobs.get(arn) or (role_behind(arn) or self._app.role(arn), False)

    def _give(
        self, role: iam.IRole, arn: str, permissions: list[Permission], definition: Definition, *, own: bool, name: str
    ) -> Iterator[Finding]:
        """Grants the permissions; yields a warning of what the role does not get thereby.

        ``arn``: by which the definition calls it.
        """
        if not fits(permissions):
            permissions = coarser(permissions, self.environment, self._workplace.outputs(definition))
            if not fits(permissions):
                raise PipelineError(
                    f"the role {role.node.path} needs more permissions than IAM lets a role hold; give the steps roles "
                    "of their own, or split the pipeline"
                )
        arn = self._workplace.role_arn(role)
        own = own and is_created(cast("iam.Role", role), self._resources)
        untouched = own and fill_role(cast("iam.Role", role), arn, permissions, name, self._resources)
        given = own or grant(self._scope, role, permissions, f"{name}Policy")
        self._given.append(Granted(role, arn, permissions))
        self._explain(role, permissions)
        if not own:  # what was too long for the role stands in policies here
            self._explain(self._scope, permissions)
        if untouched:  # which is the rule, and CDK takes its time to tell more
            return
        why, lacking = self._app_roles.lacking(role, permissions, self.environment, given=given, own=own)
        if lacking:
            yield not_granted(why, lacking)

    def _explain(self, holder: IConstruct, permissions: Sequence[Permission]) -> None:
        if self._explained is not None:
            self._explained.add(holder, permissions, self.environment)


_BUCKET_OF_URI = later_pattern(r'"s3://([a-z0-9][a-z0-9._-]*)[/"]')
_TOLD = 3
"""Permissions of a warning; `smpipe explain` lists all."""


def not_granted(why: str, lacking: Sequence[Permission]) -> Finding:
    """A warning of what a role does not get: at the step that needs it, where it is one alone."""
    steps = {reason.step for each in lacking for reason in each.because}
    told = [f"{', '.join(each.actions)} on {' and '.join(each.resources)}" for each in lacking[:_TOLD]]
    if len(lacking) > _TOLD:
        told.append(f"and {len(lacking) - _TOLD} more; 'smpipe explain' lists them all")
    return Finding(NOT_GRANTED, f"{why}: {'; '.join(told)}", steps.pop() if len(steps) == 1 else None, "", "warning")
