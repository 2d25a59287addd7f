"""What the role of each job may do: its own data, image, logs, metrics, keys and network.

From the rendered arguments alone; by the role's ARN, since steps may share one.
Source: "SageMaker AI Roles" of the developer guide; see docs/permissions.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..language import Definition, PipelineError, Reference, Step
from .needs import Needs, RoleNeeds, elements, member
from .permissions import Permission, merge
from .places import Place
from .types import JOBS


def permissions(definition: Definition, place: Place) -> dict[str, list[Permission]]:
    """What the jobs need, by the ARN of the role that they run with."""
    found: dict[str, list[Permission]] = {}
    for step in definition.all_steps():
        derive = _BY_TYPE.get(step.type)
        for role, permission in derive(definition, step, place) if derive is not None else ():
            if isinstance(role, str):
                found.setdefault(role, []).append(permission)
    return {role: merge(needed) for role, needed in found.items()}


def _model(definition: Definition, step: Step, place: Place) -> RoleNeeds:
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


def _transform(definition: Definition, step: Step, place: Place) -> RoleNeeds:
    """A transform job runs with the role of its model, so the model's role needs the data."""
    role = _model_role(definition, step.arguments.get("ModelName"))
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


def _model_role(definition: Definition, model: Any) -> Any:
    """The role of the model step that a transform names; None for a model that is not made here."""
    get = model.get("Get") if isinstance(model, Mapping) else None
    try:
        reference = Reference.parse(get)
        return definition.step(reference.name).arguments.get("ExecutionRoleArn") if reference.kind == "Steps" else None
    except PipelineError:
        return None


_BY_TYPE: Mapping[str, Callable[[Definition, Step, Place], RoleNeeds]] = {
    "Model": _model,
    "Transform": _transform,
    **JOBS,
}
