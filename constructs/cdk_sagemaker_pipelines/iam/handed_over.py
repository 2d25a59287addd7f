"""Places in S3 that a step passes to its code as text, and that the role of the code may not use.

Permissions are derived from what a request names as data; what becomes of a URI in a text only the code knows. So it is
granted by ``reads`` and ``writes``, or by whoever wrote the code, and what nobody grants is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ..language import Definition, Finding
from ..language.field import Field
from ..language.later import later_pattern
from ..language.step_types import row_of
from ..language.tokens import begins_at_deployment
from . import job_roles, pipeline_role
from .environment import Environment, Location
from .escaping import folded
from .globs import Share, Symbols, meet, share, starred
from .models import role_of_model
from .needs import role_of
from .patterns import pattern, place
from .step_decorator import step_function
from .types.jobs.tuning import TRAININGS

ACTIONS = ("s3:GetObject", "s3:PutObject", "s3express:CreateSession")
"""Code that has one of these can use a place."""

_URI = later_pattern(r"s3[an]?://(?:\$\{Token\[[^\[\]]*\]\}|[^\s,;'\"#\\])+")


class Handed(NamedTuple):
    """A place that a step hands over. ``role``: the ARN of its code's role; ``where``: the path in the step."""

    step: str
    where: str
    role: str
    at: Location

    def objects(self, environment: Environment) -> tuple[str, ...]:
        """The ARNs of what the code may look for there: the object of that name, or any below."""
        if self.at.is_directory:
            return (self.at.bucket_arn(environment),)
        key = self.at.key
        below = Location(self.at.bucket, f"{key}{'/' if key and not key.endswith('/') else ''}x")
        return (*([self.at.object(environment)] if key else []), below.object(environment))

    def all(self, environment: Environment) -> str:
        """The ARNs of everything there, as one pattern."""
        return self.at.bucket_arn(environment) if self.at.is_directory else f"{self.at.object(environment)}*"

    def finding(self, *, raw: bool = False) -> Finding:
        """The warning. ``raw``: whether the step is JSON, which has no fields beside that."""
        uri = f"s3://{self.at.bucket}/{self.at.key}"
        text = f"{uri!r} is handed over to the code, whose role may neither read nor write there; "
        if raw:
            text += "grant it to the role of the app that the step names, or to pipeline.role where it names none"
        else:
            text += "name it in reads= or writes= of the step, or grant it to the role"
        return Finding("handed-over", text, self.step, self.where, "warning")


def uncovered(
    definition: Definition, environment: Environment, roles_of: Callable[[str], Collection[str]]
) -> list[Handed]:
    """The places that are handed over and that no derived permission of the role covers, each once for a step.

    ``roles_of``: the ARNs of the roles that a step of that name has told the pipeline. Nothing is said of places whose
    bucket, or whose role, is only known at run time.
    """
    found = list(_handed(definition, environment, roles_of))
    if not found:
        return []
    granted = _granted(definition, environment, {one.role for one in found})
    named = {
        (access.role, at)
        for accesses in environment.accesses.values()
        for access in accesses
        for at in (place(definition, uri, environment) for uri in (*access.reads, *access.writes))
        if at is not None
    }

    def covered(one: Handed) -> bool:
        objects, everything = one.objects(environment), starred(one.all(environment))
        if any(share(known, starred(arn)) is Share.ALL for known in granted.get(one.role, ()) for arn in objects):
            return True
        # who names a part of it has decided what the code needs of it
        return any(role == one.role and meet(starred(at.objects(environment)), everything) for role, at in named)

    return [one for one in found if not covered(one)]


def _handed(
    definition: Definition, environment: Environment, roles_of: Callable[[str], Collection[str]]
) -> Iterator[Handed]:
    told: set[tuple[str, str, Location]] = set()
    for step in definition.all_steps():
        function = step_function(definition, Field.of_arguments(step))
        for path in row_of(step.type).texts:
            for text in _values(Field.of_arguments(step), path):
                if function is not None and text.where in function.own:
                    continue  # what the driver does there is known
                value = environment.told(text.value) if begins_at_deployment(text.value) else text.value
                for uri in _URI.findall(pattern(definition, value)):
                    at = place(definition, uri, environment)
                    if at is None or at.is_alias or at.is_access_point:
                        continue
                    for role in map(folded, _roles(definition, text, environment, roles_of)):
                        if isinstance(role, str) and (step.name, role, at) not in told:
                            told.add((step.name, role, at))
                            yield Handed(step.name, text.where, role, at)


def _values(arguments: Field, path: str) -> Iterator[Field]:
    """The values at a path."""
    above = path.removesuffix("*").removesuffix(".")
    for field in arguments.every(*filter(None, above.split("."))):
        if above == path:
            yield field
        elif isinstance(field.value, Mapping):
            yield from (value for _, value in field.members())


def _roles(
    definition: Definition, text: Field, environment: Environment, roles_of: Callable[[str], Collection[str]]
) -> Iterable[Any]:
    """The roles of the code that gets a text."""
    step, arguments = text.step, text.step.arguments
    if step.type == "Transform":
        return [role_of_model(definition, environment, Field.of_arguments(step).at("ModelName"))]
    if step.type == "Tuning":
        jobs = [job for path in TRAININGS for job in Field.of_arguments(step).every(path)]
        return [role_of(job.value, environment) for job in jobs if text.where.startswith(f"{job.where}.")]
    if step.type in ("EMR", "Lambda"):
        own = arguments.get("ExecutionRoleArn")
        return roles_of(step.name) if own is None else [own]
    return [role_of(arguments, environment, row_of(step.type).role or "")]


def _granted(
    definition: Definition, environment: Environment, roles: Collection[str]
) -> dict[str, dict[Symbols, None]]:
    """On which objects the derived permissions are, by role."""
    found: dict[str, dict[Symbols, None]] = {}
    of_pipeline = ((environment.role, permission) for permission in pipeline_role.needs(definition, environment))
    for role, permission in (*of_pipeline, *job_roles.needs(definition, environment)):
        if isinstance(role, str) and role in roles and not set(ACTIONS).isdisjoint(permission.actions):
            found.setdefault(role, {}).update(dict.fromkeys(map(starred, permission.resources)))
    return found
