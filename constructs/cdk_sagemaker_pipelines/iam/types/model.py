"""A model: its artifacts, code, images and network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...language import Definition, Step
from ..needs import Needs, RoleNeeds, creates, elements, member, role_of
from ..permissions import Permission
from ..places import Place

pipeline = creates("Model", "model", "ExecutionRoleArn")
"""What the pipeline's role needs."""


def jobs(definition: Definition, step: Step, place: Place) -> RoleNeeds:
    """What the model's role needs."""
    role = role_of(step.arguments, place, "ExecutionRoleArn")
    need = Needs(definition, step, place)
    containers = [("PrimaryContainer", step.arguments.get("PrimaryContainer"))]
    containers += [(f"Containers[{i}]", item) for i, item in enumerate(elements(step.arguments, "Containers"))]
    for where, container in containers:
        if isinstance(container, Mapping):
            yield from need.of(role, _container(need, container, where))
    yield from need.of(role, need.network(step.arguments.get("VpcConfig"), "VpcConfig"))


def _container(need: Needs, container: Mapping[str, Any], where: str) -> Iterator[Permission]:
    read = need.read if container.get("Mode") == "MultiModel" else need.read_object
    yield from read(container.get("ModelDataUrl"), f"{where}.ModelDataUrl")
    yield from _source(need, member(container, "ModelDataSource", "S3DataSource"), f"{where}.ModelDataSource")
    for index, item in enumerate(elements(container, "AdditionalModelDataSources")):
        yield from _source(need, member(item, "S3DataSource"), f"{where}.AdditionalModelDataSources[{index}]")
    code = member(container, "Environment", "SAGEMAKER_SUBMIT_DIRECTORY")
    yield from need.read_object(code, f"{where}.Environment.SAGEMAKER_SUBMIT_DIRECTORY")
    yield from need.image(container.get("Image"), f"{where}.Image")


def _source(need: Needs, source: Any, where: str) -> Iterator[Permission]:
    """An ``S3ModelDataSource``: one object, all below a prefix, or what a manifest lists."""
    read = need.read_object if member(source, "S3DataType") == "S3Object" else need.read
    yield from read(member(source, "S3Uri"), where)
    manifest = member(source, "ManifestS3Uri")
    yield from need.read_object(manifest, f"{where}.ManifestS3Uri")
