"""What the pipeline's role may do: create, describe, stop and tag the jobs that occur, pass the roles that occur.

From the rendered arguments alone, so that raw, overridden and imported steps derive as well.
Source: "IAM access management" of the pipelines guide; the service authorization reference; see docs/permissions.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from ..language import Definition
from . import json_files
from .environment import Environment
from .escaping import derived
from .needs import Needs
from .permissions import Permission, merge
from .types import of_pipeline


def permissions(definition: Definition, environment: Environment) -> list[Permission]:
    """All that the pipeline's role needs, in as few permissions as possible."""
    return merge(needs(definition, environment))


def needs(definition: Definition, environment: Environment) -> Iterator[Permission]:
    """All that the pipeline's role needs, one permission for each reason."""
    return (permission for _, permission in derived(_derive, definition, environment))


def _derive(definition: Definition, environment: Environment) -> Iterator[tuple[None, Permission]]:
    for step in definition.all_steps():
        need = Needs(definition, step, environment)
        for permission in chain(of_pipeline(need), json_files.permissions(need)):
            yield None, permission
