"""A processing job: its inputs, outputs, image, keys, network and logs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ....language.field import Field
from ...arns import named_arns
from ...needs import Needs, RoleNeeds, creates
from ...patterns import is_told_whole, pattern
from ...permissions import Permission
from ..base import datasets

_create = creates("ProcessingJob", "processing-job", "RoleArn")


def pipeline(need: Needs) -> Iterator[Permission]:
    """What the pipeline's role needs: the job, and of who creates one in a VPC its network interfaces."""
    yield from _create(need)
    yield from need.network(need.arguments.at("NetworkConfig", "VpcConfig"), ("ec2:CreateNetworkInterface",))


def jobs(need: Needs) -> RoleNeeds:
    """What the job's role needs."""
    request = need.arguments
    role, outputs = need.role(request.at("RoleArn")).value, request.at("ProcessingOutputConfig")
    for item in request.at("ProcessingInputs").items():
        yield from need.of(role, need.data(item, "S3Input"))
        yield from datasets.jobs(need, role, item.at("DatasetDefinition"))
    for item in outputs.at("Outputs").items():
        yield from need.of(role, need.write(item, "S3Output", "S3Uri"))
        yield from need.of(role, _features(need, item.at("FeatureStoreOutput")))
    yield from need.of(role, need.image(request.at("AppSpecification", "ImageUri")))
    yield from need.of(role, need.output_key(outputs.at("KmsKeyId")))
    volume = request.at("ProcessingResources", "ClusterConfig", "VolumeKmsKeyId")
    yield from need.of(role, need.volume_key(volume))
    yield from need.of(role, need.network(request.at("NetworkConfig", "VpcConfig")))
    yield from need.of(role, need.logs("ProcessingJobs"))


def _features(need: Needs, output: Field) -> Iterator[Permission]:
    """The feature group that the job's own code writes records to."""
    group, actions = output.at("FeatureGroupName").value, ("sagemaker:DescribeFeatureGroup", "sagemaker:PutRecord")
    if output.at("FeatureGroupName").given and not is_told_whole(pattern(need.definition, group)):
        arns = named_arns("feature-group", group, need.definition, need.environment)
        yield Permission(actions, arns, because=need.because(output))
    else:
        yield from need.undecided(replace(output, value=group), actions, "feature group")
