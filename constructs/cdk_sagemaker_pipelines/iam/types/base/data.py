"""What the code of a step reads and writes beside what its arguments tell: ``reads``, ``writes``, what files name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ....language.field import Field
from ....language.step_types import row_of
from ...needs import Needs, RoleNeeds
from ...permissions import Permission


def jobs(need: Needs) -> RoleNeeds:
    """What the roles of the step's jobs need for it."""
    write = _as_spark if row_of(need.step.type).family == "emr" else Needs.write
    for access in need.environment.accesses.get(need.step.name, ()):
        for index, uri in enumerate(access.reads):
            field = Field(need.step, access.told or f"reads[{index}]", uri)
            yield from need.of(access.role, need.read(field))
        for index, uri in enumerate(access.writes):
            field = Field(need.step, access.told or f"writes[{index}]", uri)
            yield from need.of(access.role, write(need, field))


def _as_spark(need: Needs, uri: Field) -> Iterator[Permission]:
    # Spark lists and reads what its tasks have written, and deletes the parts that it does not keep
    yield from need.read(uri)
    for permission in need.write(uri):
        deletes = ("s3:DeleteObject",) if "s3:PutObject" in permission.actions else ()
        yield replace(permission, actions=(*permission.actions, *deletes))
