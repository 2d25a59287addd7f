"""A processing job: its inputs, outputs, image, keys, network and logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ....language import Definition, StepView
from ....language.step_types import row_of
from ...arns import named_arns
from ...environment import Environment
from ...needs import Needs, RoleNeeds, elements, member, role_of
from ...patterns import is_told_whole, pattern
from ...permissions import Permission
from ..base import datasets, job


def pipeline(definition: Definition, step: StepView, environment: Environment) -> Iterator[Permission]:
    """What the pipeline's role needs beside the job: of who creates one in a VPC its network interfaces."""
    vpc, where = member(step.arguments, "NetworkConfig", "VpcConfig"), "NetworkConfig.VpcConfig"
    yield from Needs(definition, step, environment).network(vpc, where, ("ec2:CreateNetworkInterface",))


def jobs(definition: Definition, step: StepView, environment: Environment) -> RoleNeeds:
    """What the job's role needs."""
    role = role_of(step.arguments, environment)
    need = Needs(definition, step, environment)
    for index, item in enumerate(elements(step.arguments, "ProcessingInputs")):
        where = f"ProcessingInputs[{index}]"
        yield from need.of(role, need.data(member(item, "S3Input"), where))
        yield from datasets.jobs(need, role, member(item, "DatasetDefinition"), f"{where}.DatasetDefinition")
    outputs = member(step.arguments, "ProcessingOutputConfig", "Outputs")
    for index, item in enumerate(outputs if isinstance(outputs, (list, tuple)) else ()):
        where = f"ProcessingOutputConfig.Outputs[{index}]"
        yield from need.of(role, need.write(member(item, "S3Output", "S3Uri"), where))
        group = member(item, "FeatureStoreOutput", "FeatureGroupName")
        yield from need.of(role, _features(need, group, f"{where}.FeatureStoreOutput"))
    row = row_of(step.type)
    yield from need.of(role, job.image(need, step.arguments, row))
    yield from need.of(role, job.surroundings(need, step.arguments, row))


def _features(need: Needs, group: Any, where: str) -> Iterator[Permission]:
    """The feature group that the job's own code writes records to."""
    actions = ("sagemaker:DescribeFeatureGroup", "sagemaker:PutRecord")
    if group is not None and not is_told_whole(pattern(need.definition, group)):
        arns = named_arns("feature-group", group, need.definition, need.environment)
        yield Permission(actions, arns, because=need.because(where))
    else:
        yield from need.undecided(group, actions, "feature group", where)
