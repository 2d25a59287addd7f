"""A Clarify check: a processing job, what its configuration names, and the endpoint that it makes of a model."""

from __future__ import annotations

from collections.abc import Iterator

from ....language import Definition, StepView
from ...environment import Environment
from ...needs import Needs, RoleNeeds, role_of
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


def jobs(definition: Definition, step: StepView, environment: Environment) -> RoleNeeds:
    """What the job's role needs."""
    yield from baseline_check.jobs(definition, step, environment)
    role = role_of(step.arguments, environment)
    need = Needs(definition, step, environment)
    if step.json.get("ModelName") is not None:
        yield from need.of(role, _endpoint(need))


def _endpoint(need: Needs) -> Iterator[Permission]:
    """The job serves the model for itself, and names endpoint and configuration when it runs."""
    environment, because = need.environment, need.because("ModelName, served for the job")
    yield Permission(_CONFIG, (environment.sagemaker("endpoint-config/sm-clarify-config*"),), because=because)
    yield Permission(_ENDPOINT, (environment.sagemaker("endpoint/sm-clarify-*"),), because=because)
    models = tuple(environment.sagemaker(f"model/{name}") for name in _models(need))
    if not models:
        yield from need.undecided(need.step.json["ModelName"], ("sagemaker:DescribeModel",), "model", "ModelName")
    if models:
        yield Permission(("sagemaker:DescribeModel",), models, because=because)


def _models(need: Needs) -> Iterator[str]:
    """The names that IAM may see; none of a model that is known at run time only, unless a step here creates it."""
    name = need.step.json["ModelName"]
    known = pattern(need.definition, name)
    if not is_told_whole(known):
        yield from dict.fromkeys([known, known.lower()])  # the service writes models in lower case into ARNs
