"""What the code of a step reads and writes beside what its arguments tell: ``reads``, ``writes``, what files name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ....language import Definition, StepView
from ....language.step_types import row_of
from ...environment import Environment
from ...needs import Needs, RoleNeeds
from ...permissions import Permission


def jobs(definition: Definition, step: StepView, environment: Environment) -> RoleNeeds:
    """What the roles of the step's jobs need for it."""
    need = Needs(definition, step, environment)
    write = _as_spark if row_of(step.type).family == "emr" else Needs.write
    for access in environment.accesses.get(step.name, ()):
        for index, uri in enumerate(access.reads):
            yield from need.of(access.role, need.read(uri, access.told or f"reads[{index}]"))
        for index, uri in enumerate(access.writes):
            yield from need.of(access.role, write(need, uri, access.told or f"writes[{index}]"))


def _as_spark(need: Needs, uri: Any, where: str) -> Iterator[Permission]:
    # Spark lists and reads what its tasks have written, and deletes the parts that it does not keep
    yield from need.read(uri, where)
    for permission in need.write(uri, where):
        deletes = ("s3:DeleteObject",) if "s3:PutObject" in permission.actions else ()
        yield replace(permission, actions=(*permission.actions, *deletes))
