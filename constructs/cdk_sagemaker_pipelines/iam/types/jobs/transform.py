"""A transform job, which runs with the role of its model."""

from __future__ import annotations

from collections.abc import Iterator

from ....language.field import Field
from ...models import role_of_model
from ...needs import Needs, RoleNeeds, creates
from ...permissions import Permission

pipeline = creates("TransformJob", "transform-job", None)
"""What the pipeline's role needs."""


def jobs(need: Needs) -> RoleNeeds:
    """What the model's role needs: the data of the job."""
    role = role_of_model(need.definition, need.environment, need.arguments.at("ModelName"))
    yield from need.of(role, transform_job(need, need.arguments))


def transform_job(need: Needs, request: Field) -> Iterator[Permission]:
    """What one transform job needs, also one that tries a version out."""
    yield from need.data(request.at("TransformInput"), "DataSource", "S3DataSource")
    output, capture = request.at("TransformOutput"), request.at("DataCaptureConfig")
    yield from need.write(output, "S3OutputPath")
    yield from need.output_key(output.at("KmsKeyId"))
    yield from need.volume_key(request.at("TransformResources", "VolumeKmsKeyId"))
    yield from need.write(capture, "DestinationS3Uri")
    yield from need.output_key(capture.at("KmsKeyId"))
    yield from need.logs("TransformJobs")
