"""What other accounts need that use the versions of a model: to read its data, to decrypt it, to pull its images."""

from __future__ import annotations

from collections.abc import Iterator

from ..language import Definition
from .environment import Environment
from .escaping import derived
from .needs import Needs
from .permissions import Permission, merge
from .types.models import model_container
from .types.models.register_model import containers


def permissions(definition: Definition, step: str, environment: Environment) -> list[Permission]:
    """What whoever runs the versions needs that a step registers, as the role of such a model does.

    Those of which something is not known here have no resources.
    """

    def derive(definition: Definition, environment: Environment) -> Iterator[tuple[None, Permission]]:
        need = Needs(definition, definition.step(step), environment)
        for container in containers(need):
            yield from need.of(None, model_container.runs(need, container))

    found = [permission for _, permission in derived(derive, definition, environment)]
    return [*merge(found), *(permission for permission in found if permission.unknown)]
