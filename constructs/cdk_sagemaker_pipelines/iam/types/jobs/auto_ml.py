"""An AutoML job: it trains models, and tries them out, under one role."""

from __future__ import annotations

from collections.abc import Iterator

from ...needs import SAGEMAKER, Needs, RoleNeeds
from ...permissions import Permission

_ACTIONS = (
    "sagemaker:AddTags",
    "sagemaker:CreateAutoMLJob",
    "sagemaker:DescribeAutoMLJob",
    "sagemaker:StopAutoMLJob",
)
_TRIALS = (
    "sagemaker:AddTags",
    "sagemaker:CreateEndpoint",
    "sagemaker:CreateEndpointConfig",
    "sagemaker:CreateModel",
    "sagemaker:DeleteEndpoint",
    "sagemaker:DeleteEndpointConfig",
    "sagemaker:DeleteModel",
    "sagemaker:DescribeEndpoint",
    "sagemaker:DescribeEndpointConfig",
    "sagemaker:DescribeModel",
    "sagemaker:InvokeEndpoint",
    "sagemaker:ListTags",
)
"""What the guide lists for the role of an AutoML job; and tags, which the service writes on all that it creates."""


def pipeline(need: Needs) -> Iterator[Permission]:
    """What the pipeline's role needs."""
    # names of AutoML jobs have 32 characters at most, which leaves no room for the service's 'pipelines-'
    yield Permission(_ACTIONS, (need.environment.sagemaker("automl-job/*"),), because=need.because())
    yield from need.pass_role(need.role(need.arguments.at("RoleArn")), SAGEMAKER)


def jobs(need: Needs) -> RoleNeeds:
    """What the job's role needs: its data, and what the job does in turn, to which it hands on its role."""
    field = need.role(need.arguments.at("RoleArn"))
    role = field.value
    yield from need.of(role, _data(need))
    yield from need.of(role, need.pass_role(field, SAGEMAKER, "to the jobs within"))
    # the service chooses the names
    kinds = tuple(need.environment.sagemaker(f"{kind}/*") for kind in ("endpoint", "endpoint-config", "model"))
    yield role, Permission(_TRIALS, kinds, because=need.because(note="models that are tried out"))
    for group in ("Endpoints", "ProcessingJobs", "TrainingJobs", "TransformJobs"):
        yield from need.of(role, need.logs(group))


def _data(need: Needs) -> Iterator[Permission]:
    for channel in need.arguments.at("InputDataConfig").items():
        yield from need.data(channel, "DataSource", "S3DataSource")
    config, output = need.arguments.at("AutoMLJobConfig"), need.arguments.at("OutputDataConfig")
    yield from need.read_object(config.at("CandidateGenerationConfig", "FeatureSpecificationS3Uri"))
    yield from need.write(output, "S3OutputPath")
    yield from need.read(output, "S3OutputPath", note="which the jobs within hand on")
    yield from need.output_key(output.at("KmsKeyId"))
    yield from need.volume_key(config.at("SecurityConfig", "VolumeKmsKeyId"))
    yield from need.network(config.at("SecurityConfig", "VpcConfig"))
