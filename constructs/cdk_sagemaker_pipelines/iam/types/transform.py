"""A transform job, which runs with the role of its model."""

from __future__ import annotations

from ...language import Definition, Step
from ..needs import Needs, RoleNeeds, creates, member, role_of, step_of
from ..places import Place

pipeline = creates("TransformJob", "transform-job", None)
"""What the pipeline's role needs."""


def jobs(definition: Definition, step: Step, place: Place) -> RoleNeeds:
    """What the model's role needs: the data of the job."""
    model = step_of(definition, step.arguments.get("ModelName"))
    role = None if model is None else role_of(model.arguments, place, "ExecutionRoleArn")
    need = Needs(definition, step, place)
    source = member(step.arguments, "TransformInput", "DataSource", "S3DataSource")
    yield from need.of(role, need.data(source, "TransformInput"))
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
    capture = member(step.arguments, "DataCaptureConfig")
    yield from need.of(role, need.write(member(capture, "DestinationS3Uri"), "DataCaptureConfig"))
    yield from need.of(role, need.output_key(member(capture, "KmsKeyId"), "DataCaptureConfig.KmsKeyId"))
    yield from need.of(role, need.logs("TransformJobs"))
