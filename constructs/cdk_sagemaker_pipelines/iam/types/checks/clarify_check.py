"""A Clarify check: a processing job, what its configuration names, and the endpoint that it makes of a model."""

from __future__ import annotations

from collections.abc import Iterator

from ....language.field import Field
from ...needs import Needs, RoleNeeds
from ...patterns import is_told_whole, pattern
from ...permissions import Permission
from . import baseline_check

pipeline = baseline_check.pipeline
"""What the pipeline's role needs."""

_CONFIG = (
    "sagemaker:AddTags",
    "sagemaker:CreateEndpoint",
    "sagemaker:CreateEndpointConfig",
    "sagemaker:DeleteEndpointConfig",
)
_ENDPOINT = (
    "sagemaker:AddTags",
    "sagemaker:CreateEndpoint",
    "sagemaker:DeleteEndpoint",
    "sagemaker:DescribeEndpoint",
    "sagemaker:InvokeEndpoint",
)


def jobs(need: Needs) -> RoleNeeds:
    """What the job's role needs."""
    yield from baseline_check.jobs(need)
    for model in need.beside.every("ModelName"):
        yield from need.of(need.role(need.arguments.at("RoleArn")).value, served(need, model))


def served(need: Needs, model: Field) -> Iterator[Permission]:
    """The job serves the model for itself, and names endpoint and configuration when it runs."""
    environment, because = need.environment, need.because(model, "served for the job")
    configs = (environment.sagemaker("endpoint-config/sm-clarify-config*"),)
    for actions, conditions in environment.limits.split(_CONFIG):
        yield Permission(actions, configs, conditions, because)
    yield Permission(_ENDPOINT, (environment.sagemaker("endpoint/sm-clarify-*"),), because=because)
    models = tuple(environment.sagemaker(f"model/{name}") for name in _models(need, model))
    if not models:
        yield from need.undecided(model, ("sagemaker:DescribeModel",), "model")
    if models:
        yield Permission(("sagemaker:DescribeModel",), models, because=because)


def _models(need: Needs, model: Field) -> Iterator[str]:
    """The names that IAM may see; none of a model that is only known at run time, unless a step here creates it."""
    known = pattern(need.definition, model.value)
    if not is_told_whole(known):
        yield from dict.fromkeys([known, known.lower()])  # the service writes models in lower case into ARNs
