"""What a step does, in a few words: image, instances, role, inputs and outputs, wherever its type has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...capacity.jobs import jobs, other_types
from ...language import StepView
from .. import words


def summary(step: StepView) -> Iterator[str]:
    """``image ...``, ``instances 2 ml.m5.xlarge``, ``role ...``, and what the step reads, writes and waits for."""
    images = dict.fromkeys(_texts(step.arguments, ("ImageUri", "TrainingImage", "Image")))
    yield from (f"image {image}" for image in images)
    found = [instances for job in jobs(step) for cluster in job.clusters() for instances in cluster]
    for instances in found:
        yield f"instances {words.of_value(instances.count)} {words.of_value(instances.type).strip(chr(34))}"
    yield from (f"instance type {words.of_value(kind)}" for _, kind in other_types(step))
    for role in dict.fromkeys(_texts(step.own_json, ("RoleArn", "ExecutionRoleArn", "JobRole", "ServiceRole"))):
        yield f"role {role}"
    read = list(dict.fromkeys(_texts(_inputs(step), ("S3Uri", "ModelDataUrl", "DataCapturedDestinationS3Uri"))))
    yield from (f"reads {place}" for place in read)
    written = list(dict.fromkeys(_texts(_outputs(step), ("S3Uri", "S3OutputPath"))))
    yield from (f"writes {place}" for place in written)
    if step.type == "Condition":
        yield f"if {words.of_conditions(step.arguments.get('Conditions'))}"
    after = [each.step for each in step.depends_on]
    if after:
        yield f"waits for {', '.join(after)}"


def _inputs(step: StepView) -> Any:
    return {name: item for name, item in step.own_arguments.items() if "Output" not in name}


def _outputs(step: StepView) -> Any:
    return {name: item for name, item in step.own_arguments.items() if "Output" in name}


def _texts(value: Any, members: tuple[str, ...]) -> Iterator[str]:
    """The values of members with these names, wherever they stand, in words."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name in members and (not isinstance(item, (Mapping, list)) or _is_expression(item)):
                yield words.of_value(item).strip('"')
            else:
                yield from _texts(item, members)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, members)


def _is_expression(item: Any) -> bool:
    return isinstance(item, Mapping) and len(item) == 1 and next(iter(item)) in ("Get", "Std:Join", "Std:JsonGet")
