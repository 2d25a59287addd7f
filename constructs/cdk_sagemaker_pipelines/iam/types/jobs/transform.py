"""A transform job, which runs with the role of its model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ....language import Definition, StepView
from ...environment import Environment
from ...models import role_of_model
from ...needs import Needs, RoleNeeds, creates, member
from ...permissions import Permission

pipeline = creates("TransformJob", "transform-job", None)
"""What the pipeline's role needs."""


def jobs(definition: Definition, step: StepView, environment: Environment) -> RoleNeeds:
    """What the model's role needs: the data of the job."""
    role = role_of_model(definition, environment, step.arguments.get("ModelName"), "ModelName")
    need = Needs(definition, step, environment)
    yield from need.of(role, transform_job(need, step.arguments))


def transform_job(need: Needs, request: Any, where: str = "") -> Iterator[Permission]:
    """What one transform job needs, also one that tries a version out. ``where``: as of ``training_job``."""
    yield from need.data(member(request, "TransformInput", "DataSource", "S3DataSource"), f"{where}TransformInput")
    output, here = member(request, "TransformOutput"), f"{where}TransformOutput"
    yield from need.write(member(output, "S3OutputPath"), here)
    yield from need.output_key(member(output, "KmsKeyId"), f"{here}.KmsKeyId")
    volume = member(request, "TransformResources", "VolumeKmsKeyId")
    yield from need.volume_key(volume, f"{where}TransformResources.VolumeKmsKeyId")
    capture, here = member(request, "DataCaptureConfig"), f"{where}DataCaptureConfig"
    yield from need.write(member(capture, "DestinationS3Uri"), here)
    yield from need.output_key(member(capture, "KmsKeyId"), f"{here}.KmsKeyId")
    yield from need.logs("TransformJobs")
