"""What the roles of pipelines may do and why: their actual policies, each permission with the fields that need it.

The reasons are derived again, from the definition and from what the template says about its environment. Whatever else
the policies allow counts as granted in code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ...iam import job_roles, pipeline_role
from ...iam.cross_environment import OwnersPolicy, owners_policies
from ...iam.environment import Environment
from ...iam.environment_json import KEY, from_json
from ...iam.evaluation import Outcome, Policies, Verdict
from ...iam.needs import RoleElsewhere
from ...iam.permissions import Permission, Reason
from ...iam.requests import facts_of, needs_of
from ...iam.types.calls.callback import workers
from ...language import DefinitionError, StepView
from ...language.field import Field
from ..reading.buckets import with_keys
from ..reading.canonical import Canonical
from ..reading.files import Found, Unreadable
from ..reading.stacks import Stack, shown
from ..reading.templates import PIPELINE
from .reasons import (
    NOWHERE,
    OF_MANAGED,
    Allowed,
    FieldOf,
    Form,
    KeysByAlias,
    Needed,
    Needs,
    Pipeline,
    needed,
    needing,
    rows,
)
from .roles import Role, Roles


@dataclass(frozen=True)
class Undecided:
    """What a field needs on a resource that is not known here, and why it is not known."""

    actions: tuple[str, ...]
    unknown: str
    why: str
    reason: FieldOf
    sources: tuple[str, ...] = ()
    """Where the field gets its value from, such as ``Parameters.InputData``."""


@dataclass
class Explained:
    """A role that a pipeline uses."""

    role: Role
    own: bool
    """Whether it is the role of the pipeline itself."""
    uses: list[FieldOf]
    """The fields that name the role."""
    allowed: list[Allowed]
    missing: list[Allowed]
    """What is needed, and not granted by anything known here."""
    doubtful: list[Allowed]
    """What is needed, and may be granted by something that is not known here."""
    undecided: list[Undecided]
    """What is needed on resources that are not known here."""


@dataclass(frozen=True)
class Explanation:
    """A pipeline and the roles it uses, its own first."""

    pipeline: Pipeline
    roles: list[Explained]

    @property
    def owners(self) -> list[OwnersPolicy]:
        """What the policies of resources in other accounts must allow as well."""
        return list(owners_policies(self.pipeline.definition, self.pipeline.environment))


def of_definition(found: Found) -> Pipeline:
    """A pipeline of which only the definition is known, so account and region stay placeholders."""
    return Pipeline(found.file, found.name, found.name, found.definition, from_json(None, found.name, _NO_ROLE))


def of_stacks(stacks: Sequence[Stack]) -> Iterator[Pipeline | Unreadable]:
    """The pipelines of an app's stacks."""
    canonical = Canonical(stacks)
    for stack in stacks:
        for resource in stack.resources():
            if resource.type != PIPELINE:
                continue
            name = resource.text(resource.properties.get("PipelineName", resource.logical_id))
            role = resource.text(resource.properties.get("RoleArn", _NO_ROLE))
            environment = from_json(resource.plain(resource.metadata.get(KEY)), name, role)
            environment = with_keys(environment, stack)
            environment = replace(environment, told=partial(canonical.told, environment=environment))
            try:
                yield Pipeline(stack.file, name, resource.path, stack.definition(resource), environment, resource)
            except (DefinitionError, OSError, UnicodeDecodeError) as error:
                yield Unreadable(f"{stack.file}#{resource.path}", str(error))


_NO_ROLE = "${Token[PipelineRole]}"


def explain(pipelines: Sequence[Pipeline], roles: Roles) -> list[Explanation]:
    """Explains the roles of each pipeline. A role that several share has the reasons of all of them."""
    users = [_User(pipeline, roles) for pipeline in pipelines]
    needs: dict[str, list[Needed]] = {}
    for user in users:
        for key, permission in user.needs:
            needs.setdefault(key, []).append((user.pipeline, permission))
    return [user.explanation(needs) for user in users]


class _User:
    """A pipeline with its roles, by ARN or as the definition names them, and what it needs of each."""

    def __init__(self, pipeline: Pipeline, roles: Roles) -> None:
        self.pipeline = pipeline
        self._all = roles
        self._roles: dict[str, Role] = {}
        self._uses: dict[str, list[FieldOf]] = {}
        self._own = self._take(pipeline.environment.role)
        of_pipeline = list(pipeline_role.needs(pipeline.definition, pipeline.environment))
        for permission in of_pipeline:
            if permission.actions == ("iam:PassRole",):
                for arn in permission.resources:
                    self._take(arn, needing(pipeline, permission))
        for step in pipeline.definition.all_steps():
            for _, field in Field.of_arguments(step, own=True).texts():
                if field.value in roles or _ARN.fullmatch(field.value):
                    self._take(field.value, FieldOf(pipeline.path, Reason(step.name, field.where), step.type))
        self.needs = [(self._own, permission) for permission in of_pipeline]
        for role, permission in job_roles.needs(pipeline.definition, pipeline.environment):
            self.needs.append((self._take(role), permission))
        for queue, permission in workers(pipeline.definition, pipeline.environment):
            for worker in () if pipeline.resource is None else roles.workers(queue, pipeline.resource):
                self.needs.append((self._take(worker, needing(pipeline, permission)), permission))

    def _take(self, role: Any, use: FieldOf | None = None) -> str:
        """Registers a role, and returns the name it is registered under."""
        found = self._all.role(role, self.pipeline.resource) if isinstance(role, str) else None
        if found is None:  # an expression, or a role that is named where something else is created
            key = "null" if isinstance(role, RoleElsewhere) else json.dumps(role)
        else:
            key = found.arn
        self._roles.setdefault(key, found or Role(key))
        uses = self._uses.setdefault(key, [])
        if use is not None and not any(
            use.step == known.step and use.reason.where == known.reason.where for known in uses
        ):
            uses.append(use)
        return key

    def explanation(self, needs: Mapping[str, Sequence[Needed]]) -> Explanation:
        """What its roles may do. ``needs``: the needs of all pipelines, by role."""
        return Explanation(self.pipeline, [self._explained(key, needs.get(key, ())) for key in self._roles])

    def _explained(self, key: str, needs: Sequence[Needed]) -> Explained:
        role = self._roles[key]
        form = Form(self._all.canonical, self._place_of(role))
        index = Needs(needs, form)
        own = [permission for pipeline, permission in needs if pipeline is self.pipeline]
        judged = self._judged(role, [permission for permission in own if not permission.unknown], form)
        return Explained(
            role,
            key == self._own,
            self._uses[key],
            [row for statement in role.statements for row in rows(statement, index)],
            list(needed(judged, Outcome.MISSING, index)),
            list(needed(judged, Outcome.UNDECIDED, index)),
            self._undecided([permission for permission in own if permission.unknown]),
        )

    def _place_of(self, role: Role) -> Environment:
        """The environment of a role's policies: the pipeline's, or that of a stack about which less is known."""
        resource = self.pipeline.resource
        here = resource is None or role.resource is None or role.resource.stack is resource.stack
        return self.pipeline.environment if here else from_json(None, self.pipeline.name, None)

    def _judged(self, role: Role, needs: Sequence[Permission], form: Form) -> dict[Verdict, list[Permission]]:
        """What is not known to be granted, by verdict: one action and one resource at a time."""
        told, place = self._all.bounds(role), self._all.place_of(role)
        policies = Policies(
            map(form.statement, [*role.statements, *self._all.of_everybody(role)]),
            None if told is None else map(form.statement, told),
            facts_of(form.text(role.arn), "" if place is None else form.text(place.account)),
            {form.text(key): map(form.statement, allowed) for key, allowed in self._all.of_keys(role).items()},
            self._all.buckets,
        )
        keys = KeysByAlias(self._all.aliases(role), form)
        found: dict[Verdict, list[Permission]] = {}
        for need in needs:
            for one in needs_of(need):
                asked = keys.behind(form.need(one))
                verdict = policies.judge(asked)
                if verdict == NOWHERE and (role.managed or role.resource is None):
                    # what grants it may stand elsewhere, but what refuses it stands here
                    limit = policies.limit(asked)
                    if limit.outcome is Outcome.MISSING:
                        verdict = limit
                    elif role.managed:
                        verdict = Verdict(Outcome.UNDECIDED, OF_MANAGED.format(" or ".join(map(shown, role.managed))))
                if verdict.outcome is not Outcome.GRANTED:
                    part = replace(need, actions=(one.action,), resources=(one.resource,), conditions=one.conditions)
                    found.setdefault(verdict, []).append(part)
        return found

    def _undecided(self, needed: Sequence[Permission]) -> list[Undecided]:
        """Each field once per unknown resource, with all actions it needs."""
        found: dict[tuple[FieldOf, str, str], list[str]] = {}
        for need in needed:
            found.setdefault((needing(self.pipeline, need), need.unknown, need.why), []).extend(need.actions)
        return [
            Undecided(tuple(dict.fromkeys(actions)), unknown, why, reason, self._sources(reason))
            for (reason, unknown, why), actions in found.items()
        ]

    def _sources(self, use: FieldOf) -> tuple[str, ...]:
        return _sources(self.pipeline.definition.step(use.step), use.reason.where)


_ARN = re.compile(r"arn:[^:]*:iam::[^:]*:role/.+")


_PLACE = re.compile(r"(Uri|Path|Url)s?(\[\d+\])*$")


def _sources(step: StepView, where: str) -> tuple[str, ...]:
    """The expressions at a path or below it; of an S3 location, only those that make up its URI."""
    below = [(at, str(get)) for at, get in step.gets if at == where or at.startswith((f"{where}.", f"{where}["))]
    places = [(at, get) for at, get in below if any(_PLACE.search(part) for part in at.split(".Std:"))]
    return tuple(dict.fromkeys(get for _, get in places or below))
