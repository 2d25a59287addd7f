"""A transform job, which runs with the role of its model."""

from __future__ import annotations

from ...language import Definition, Step
from ..needs import Needs, RoleNeeds, argument_of, creates, member
from ..places import Place

pipeline = creates("TransformJob", "transform-job", None)
"""What the pipeline's role needs."""


def jobs(definition: Definition, step: Step, place: Place) -> RoleNeeds:
    """What the model's role needs: the data of the job."""
    role = argument_of(definition, step.arguments.get("ModelName"), "ExecutionRoleArn")
    need = Needs(definition, step, place)
    yield from need.of(
        role,
        need.read(member(step.arguments, "TransformInput", "DataSource", "S3DataSource", "S3Uri"), "TransformInput"),
    )
    yield from need.of(role, need.write(member(step.arguments, "TransformOutput", "S3OutputPath"), "TransformOutput"))
    yield from need.of(
        role, need.output_key(member(step.arguments, "TransformOutput", "KmsKeyId"), "TransformOutput.KmsKeyId")
    )
    yield from need.of(
        role,
        need.volume_key(
            member(step.arguments, "TransformResources", "VolumeKmsKeyId"), "TransformResources.VolumeKmsKeyId"
        ),
    )
    yield from need.of(role, need.logs("TransformJobs"))
