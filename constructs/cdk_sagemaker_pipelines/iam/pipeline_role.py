"""What the pipeline's role may do: create, describe, stop and tag the jobs that occur, pass the roles that occur.

One function a step type, from the rendered arguments alone, so that raw, overridden and imported steps derive as well.
Source: "IAM access management" of the pipelines guide; the service authorization reference; see docs/permissions.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..language import Definition, PipelineError, Reference, Step
from .needs import creates, model_package_group_arns
from .permissions import Permission, merge
from .places import Location, Place, location, output_location
from .types import PIPELINE


def permissions(definition: Definition, place: Place) -> list[Permission]:
    """All that the pipeline's role needs."""
    found: list[Permission] = []
    for step in definition.all_steps():
        derive = _BY_TYPE.get(step.type)
        if derive is not None:
            found.extend(derive(definition, step, place))
        found.extend(_json_files(definition, step, place))
    return merge(found)


def _register_model(definition: Definition, step: Step, place: Place) -> Iterator[Permission]:
    because = (f"{step.name}: ModelPackageGroupName",)
    arns = model_package_group_arns(step.arguments.get("ModelPackageGroupName"), place)
    if not arns:
        return
    versions = tuple(arn.replace(":model-package-group/", ":model-package/") + "/*" for arn in arns)
    register = ("sagemaker:AddTags", "sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage")
    yield Permission(register, versions, because=because)
    # the service calls CreateModelPackageGroup every time and tolerates only that the group exists
    yield Permission(("sagemaker:AddTags", "sagemaker:CreateModelPackageGroup"), arns, because=because)


def _json_files(definition: Definition, step: Step, place: Place) -> Iterator[Permission]:
    """The pipeline itself reads the JSON files of ``Std:JsonGet``."""
    for where, content in json_gets(step.own_arguments, "Arguments"):
        file = json_file(definition, content)
        because = (f"{step.name}: {where}",)
        if file is not None:
            yield Permission(("s3:GetObject",), (file.object(place),), because=because)
            key = place.bucket_keys.get(file.bucket)
            if key is not None:
                yield Permission(("kms:Decrypt",), (key,), because=because)


def json_file(definition: Definition, content: Mapping[str, Any]) -> Location | None:
    """The object that a ``Std:JsonGet`` reads; None when its bucket is known at run time only."""
    if "S3Uri" in content:
        return location(definition, content["S3Uri"])
    file = content.get("PropertyFile")
    get = file.get("Get") if isinstance(file, Mapping) else None
    if not isinstance(get, str):
        return None
    try:
        reference = Reference.parse(get)
    except PipelineError:
        return None  # a rule finds it
    if reference.kind != "Steps" or len(reference.path) != 2 or reference.name not in definition.step_names:
        return None
    step = definition.step(reference.name)
    view = step.property_files.get(str(reference.path[1]))
    output = output_location(definition, step, view.output_name) if view else None
    return output.below(view.file_path) if output and view else None


def json_gets(value: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every ``Std:JsonGet`` under a JSON value: where it stands and what it says."""
    if isinstance(value, Mapping):
        content = value.get("Std:JsonGet")
        if isinstance(content, Mapping):
            yield path, content
        for key, item in value.items():
            yield from json_gets(item, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from json_gets(item, f"{path}[{index}]")


_BY_TYPE: Mapping[str, Callable[[Definition, Step, Place], Iterator[Permission]]] = {
    "Training": creates("TrainingJob", "training-job", "RoleArn"),
    "Transform": creates("TransformJob", "transform-job", None),  # it runs with the model's role
    "Model": creates("Model", "model", "ExecutionRoleArn"),
    "RegisterModel": _register_model,
    **PIPELINE,
}
