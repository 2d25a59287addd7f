"""What the pipeline's role may do: create, describe, stop and tag the jobs that occur, pass the roles that occur.

From the rendered arguments alone, so that raw, overridden and imported steps derive as well.
Source: "IAM access management" of the pipelines guide; the service authorization reference; see docs/permissions.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..language import Definition
from . import json_files
from .permissions import Permission, merge
from .places import Place
from .types import PIPELINE


def permissions(definition: Definition, place: Place) -> list[Permission]:
    """All that the pipeline's role needs, in as few permissions as possible."""
    return merge(needs(definition, place))


def needs(definition: Definition, place: Place) -> Iterator[Permission]:
    """All that the pipeline's role needs, one permission for each reason."""
    for step in definition.all_steps():
        derive = PIPELINE.get(step.type)
        if derive is not None:
            yield from derive(definition, step, place)
        yield from json_files.permissions(definition, step, place)
