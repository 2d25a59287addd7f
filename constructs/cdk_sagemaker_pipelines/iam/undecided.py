"""What a definition needs that is known at run time only, so that nobody but its author can grant it."""

from __future__ import annotations

from collections.abc import Iterator

from ..language import Definition, Finding
from . import job_roles, pipeline_role
from .needs import field_of
from .permissions import Permission
from .places import Place

_PIPELINE, _JOB = "the pipeline's role", "the role of the step's job"


def undecided(definition: Definition, place: Place) -> Iterator[Finding]:
    """A warning for each field that nothing can be derived from, with what to grant to whom."""
    found: dict[tuple[str, str, str], tuple[dict[str, None], dict[str, None]]] = {}
    for whose, permission in _all(definition, place):
        if permission.unknown:
            step, where = field_of(definition, permission)
            field = where if where.partition(".")[0] in step.json else f"Arguments.{where}"
            actions, roles = found.setdefault((step.name, field, permission.unknown), ({}, {}))
            actions.update(dict.fromkeys(permission.actions))
            roles[whose] = None
    for (name, field, what), (actions, roles) in found.items():
        text = (
            f"the {what} is known at run time only, so no permission for it can be derived; "
            f"grant {', '.join(actions)} to {' and '.join(roles)}"
        )
        yield Finding("undecided-permission", text, name, field, "warning")


def _all(definition: Definition, place: Place) -> Iterator[tuple[str, Permission]]:
    """Each need, and whose it is."""
    for permission in pipeline_role.needs(definition, place):
        yield _PIPELINE, permission
    for _, permission in job_roles.needs(definition, place):
        yield _JOB, permission
