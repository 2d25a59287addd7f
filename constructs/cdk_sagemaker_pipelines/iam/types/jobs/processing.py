"""A processing job: its inputs, outputs, image, keys, network and logs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ....language.field import Field
from ....language.step_types import row_of
from ...arns import named_arns
from ...needs import Needs, RoleNeeds
from ...patterns import is_told_whole, pattern
from ...permissions import Permission
from ..base import datasets, job


def pipeline(need: Needs) -> Iterator[Permission]:
    """What the pipeline's role needs beside the job: of who creates one in a VPC its network interfaces."""
    yield from need.network(need.arguments.at("NetworkConfig", "VpcConfig"), ("ec2:CreateNetworkInterface",))


def jobs(need: Needs) -> RoleNeeds:
    """What the job's role needs."""
    request, row = need.arguments, row_of(need.step.type)
    role = need.role(request.at("RoleArn")).value
    for item in request.at("ProcessingInputs").items():
        yield from need.of(role, need.data(item, "S3Input"))
        yield from datasets.jobs(need, role, item.at("DatasetDefinition"))
    for item in request.at("ProcessingOutputConfig", "Outputs").items():
        yield from need.of(role, need.write(item, "S3Output", "S3Uri"))
        yield from need.of(role, _features(need, item.at("FeatureStoreOutput")))
    yield from need.of(role, job.image(need, request, row))
    yield from need.of(role, job.surroundings(need, request, row))


def _features(need: Needs, output: Field) -> Iterator[Permission]:
    """The feature group that the job's own code writes records to."""
    group, actions = output.at("FeatureGroupName").value, ("sagemaker:DescribeFeatureGroup", "sagemaker:PutRecord")
    if output.at("FeatureGroupName").given and not is_told_whole(pattern(need.definition, group)):
        arns = named_arns("feature-group", group, need.definition, need.environment)
        yield Permission(actions, arns, because=need.because(output))
    else:
        yield from need.undecided(replace(output, value=group), actions, "feature group")
