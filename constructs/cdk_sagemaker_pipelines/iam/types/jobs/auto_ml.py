"""An AutoML job: it trains models, and tries them out, under one role."""

from __future__ import annotations

from collections.abc import Iterator

from ....language import Definition, StepView
from ...environment import Environment
from ...needs import SAGEMAKER, Needs, RoleNeeds, elements, member, pass_role, role_of
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


def pipeline(definition: Definition, step: StepView, environment: Environment) -> Iterator[Permission]:
    """What the pipeline's role needs."""
    # names of AutoML jobs have 32 characters at most, which leaves no room for the service's 'pipelines-'
    yield Permission(_ACTIONS, (environment.sagemaker("automl-job/*"),), because=(f"{step.name}: {step.type}",))
    yield from pass_role(role_of(step.arguments, environment), SAGEMAKER, f"{step.name}: RoleArn")


def jobs(definition: Definition, step: StepView, environment: Environment) -> RoleNeeds:
    """What the job's role needs: its data, and what the job does in turn, to which it hands on its role."""
    role = role_of(step.arguments, environment)
    need = Needs(definition, step, environment)
    yield from need.of(role, _data(need, step))
    yield from need.of(role, pass_role(role, SAGEMAKER, f"{step.name}: RoleArn, to the jobs within"))
    # the service chooses the names
    kinds = tuple(environment.sagemaker(f"{kind}/*") for kind in ("endpoint", "endpoint-config", "model"))
    yield role, Permission(_TRIALS, kinds, because=need.because(f"{step.type}, models that are tried out"))
    for group in ("Endpoints", "ProcessingJobs", "TrainingJobs", "TransformJobs"):
        yield from need.of(role, need.logs(group))


def _data(need: Needs, step: StepView) -> Iterator[Permission]:
    inputs = elements(step.arguments, "InputDataConfig")
    for index, item in enumerate(inputs):
        yield from need.data(member(item, "DataSource", "S3DataSource"), f"InputDataConfig[{index}]")
    features = ("AutoMLJobConfig", "CandidateGenerationConfig", "FeatureSpecificationS3Uri")
    yield from need.read_object(member(step.arguments, *features), ".".join(features))
    output = member(step.arguments, "OutputDataConfig", "S3OutputPath")
    yield from need.write(output, "OutputDataConfig")
    yield from need.read(output, "OutputDataConfig, which the jobs within hand on")
    yield from need.output_key(member(step.arguments, "OutputDataConfig", "KmsKeyId"), "OutputDataConfig.KmsKeyId")
    security, where = member(step.arguments, "AutoMLJobConfig", "SecurityConfig"), "AutoMLJobConfig.SecurityConfig"
    yield from need.volume_key(member(security, "VolumeKmsKeyId"), f"{where}.VolumeKmsKeyId")
    yield from need.network(member(security, "VpcConfig"), f"{where}.VpcConfig")
