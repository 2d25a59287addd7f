"""An AutoML job: it trains models, and tries them out, under one role."""

from __future__ import annotations

from collections.abc import Iterator

from ....language import Definition, StepView
from ....language.step_types import SAGEMAKER, row_of
from ...environment import Environment
from ...needs import Needs, RoleNeeds, member, pass_role, role_of
from ...permissions import Permission
from ..base import job

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
    row = row_of(step.type)
    yield from job.inputs(need, step.arguments, row)
    features = ("AutoMLJobConfig", "CandidateGenerationConfig", "FeatureSpecificationS3Uri")
    yield from need.read_object(member(step.arguments, *features), ".".join(features))
    yield from job.outputs(need, step.arguments, row)
    output = member(step.arguments, "OutputDataConfig", "S3OutputPath")
    yield from need.read(output, "OutputDataConfig, which the jobs within hand on")
    yield from job.surroundings(need, step.arguments, row)
