"""A model: its artifacts, code, images and network."""

from __future__ import annotations

from collections.abc import Mapping

from ...language import Definition, Step
from ..needs import Needs, RoleNeeds, creates, elements, member
from ..places import Place

pipeline = creates("Model", "model", "ExecutionRoleArn")
"""What the pipeline's role needs."""


def jobs(definition: Definition, step: Step, place: Place) -> RoleNeeds:
    """What the model's role needs."""
    role = step.arguments.get("ExecutionRoleArn")
    need = Needs(definition, step, place)
    containers = [("PrimaryContainer", step.arguments.get("PrimaryContainer"))]
    containers += [(f"Containers[{i}]", item) for i, item in enumerate(elements(step.arguments, "Containers"))]
    for where, container in containers:
        if not isinstance(container, Mapping):
            continue
        read = need.read if container.get("Mode") == "MultiModel" else need.read_object
        yield from need.of(role, read(container.get("ModelDataUrl"), f"{where}.ModelDataUrl"))
        source = member(container, "ModelDataSource", "S3DataSource", "S3Uri")
        yield from need.of(role, need.read(source, f"{where}.ModelDataSource"))
        code = member(container, "Environment", "SAGEMAKER_SUBMIT_DIRECTORY")
        yield from need.of(role, need.read_object(code, f"{where}.Environment.SAGEMAKER_SUBMIT_DIRECTORY"))
        yield from need.of(role, need.image(container.get("Image"), f"{where}.Image"))
    yield from need.of(role, need.network(step.arguments.get("VpcConfig"), "VpcConfig"))
