"""A processing job: its inputs, outputs, image, keys, network and logs."""

from __future__ import annotations

from ...language import Definition, Step
from ..needs import Needs, RoleNeeds, creates, elements, member
from ..places import Place

pipeline = creates("ProcessingJob", "processing-job", "RoleArn")
"""What the pipeline's role needs."""


def jobs(definition: Definition, step: Step, place: Place) -> RoleNeeds:
    """What the job's role needs."""
    role = step.arguments.get("RoleArn")
    need = Needs(definition, step, place)
    for index, item in enumerate(elements(step.arguments, "ProcessingInputs")):
        uri = member(item, "S3Input", "S3Uri")
        yield from need.of(role, need.read(uri, f"ProcessingInputs[{index}]"))
    outputs = member(step.arguments, "ProcessingOutputConfig", "Outputs")
    for index, item in enumerate(outputs if isinstance(outputs, (list, tuple)) else ()):
        uri = member(item, "S3Output", "S3Uri")
        yield from need.of(role, need.write(uri, f"ProcessingOutputConfig.Outputs[{index}]"))
    image = member(step.arguments, "AppSpecification", "ImageUri")
    yield from need.of(role, need.image(image, "AppSpecification.ImageUri"))
    key = member(step.arguments, "ProcessingOutputConfig", "KmsKeyId")
    yield from need.of(role, need.output_key(key, "ProcessingOutputConfig.KmsKeyId"))
    volume = member(step.arguments, "ProcessingResources", "ClusterConfig", "VolumeKmsKeyId")
    yield from need.of(role, need.volume_key(volume, "ProcessingResources.ClusterConfig.VolumeKmsKeyId"))
    vpc = member(step.arguments, "NetworkConfig", "VpcConfig")
    yield from need.of(role, need.network(vpc, "NetworkConfig.VpcConfig"))
    yield from need.of(role, need.logs("ProcessingJobs"))
