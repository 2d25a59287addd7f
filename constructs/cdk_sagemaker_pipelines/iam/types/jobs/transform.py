"""A transform job, which runs with the role of its model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ....language import Definition, StepView
from ....language.step_types import STEP_TYPES
from ...environment import Environment
from ...models import role_of_model
from ...needs import Needs, RoleNeeds, member
from ...permissions import Permission
from ..base import job


def jobs(definition: Definition, step: StepView, environment: Environment) -> RoleNeeds:
    """What the model's role needs: the data of the job."""
    role = role_of_model(definition, environment, step.arguments.get("ModelName"), "ModelName")
    need = Needs(definition, step, environment)
    yield from need.of(role, transform_job(need, step.arguments))


def transform_job(need: Needs, request: Any, where: str = "") -> Iterator[Permission]:
    """What one transform job needs, also one that tries a version out. ``where``: as of ``training_job``."""
    row, above = STEP_TYPES["Transform"], where.rstrip(".")
    yield from job.inputs(need, request, row, above)
    yield from job.outputs(need, request, row, above)
    capture = member(request, "DataCaptureConfig", "KmsKeyId")
    yield from need.output_key(capture, f"{where}DataCaptureConfig.KmsKeyId")
    yield from job.surroundings(need, request, row, above)
