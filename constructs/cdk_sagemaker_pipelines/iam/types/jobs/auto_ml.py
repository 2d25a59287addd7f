"""An AutoML job: it trains models, and tries them out, under one role."""

from __future__ import annotations

from collections.abc import Iterator

from ....language.step_types import SAGEMAKER, row_of
from ...needs import Needs, RoleNeeds
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
    request, row = need.arguments, row_of(need.step.type)
    yield from job.inputs(need, request, row)
    features = ("AutoMLJobConfig", "CandidateGenerationConfig", "FeatureSpecificationS3Uri")
    yield from need.read_object(request.at(*features))
    yield from job.outputs(need, request, row)
    yield from need.read(request.at("OutputDataConfig"), "S3OutputPath", note="which the jobs within hand on")
    yield from job.surroundings(need, request, row)
