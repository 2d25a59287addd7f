"""What a definition needs that is known at run time only, so that nobody but its author can grant it."""

from __future__ import annotations

from collections.abc import Iterator

from ..language import Definition, Finding
from . import job_roles, pipeline_role
from .needs import field_of
from .permissions import Permission
from .places import Place


def undecided(definition: Definition, place: Place) -> Iterator[Finding]:
    """A warning for each place in the definition, whichever roles need it."""
    told = set()
    for permission in _all(definition, place):
        what = permission.unknown
        if not what:
            continue
        step, where = field_of(definition, permission)
        if (step.name, where, what) in told:
            continue
        told.add((step.name, where, what))
        text = f"the {what} is known at run time only, so no permission for it can be derived; grant it yourself"
        beside = where.partition(".")[0] in step.json
        yield Finding("undecided-permission", text, step.name, where if beside else f"Arguments.{where}", "warning")


def _all(definition: Definition, place: Place) -> Iterator[Permission]:
    yield from pipeline_role.needs(definition, place)
    for _, permission in job_roles.needs(definition, place):
        yield permission
