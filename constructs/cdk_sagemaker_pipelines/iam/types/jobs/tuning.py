"""A tuning: the jobs of its one training definition, or of each of several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ....language.field import Field
from ...needs import SAGEMAKER, Needs, RoleNeeds
from ...permissions import UNSAID, Permission
from .training import hub_models, plans, training_job

_ACTIONS = (
    "sagemaker:AddTags",
    "sagemaker:CreateHyperParameterTuningJob",
    "sagemaker:DescribeHyperParameterTuningJob",
    "sagemaker:ListTrainingJobsForHyperParameterTuningJob",
    "sagemaker:StopHyperParameterTuningJob",
)
TRAININGS = ("TrainingJobDefinition", "TrainingJobDefinitions[]")
"""Where the arguments hold the training definitions."""


def pipeline(need: Needs) -> Iterator[Permission]:
    """What the pipeline's role needs: the tuning and the list of its jobs, by which the properties are told."""
    # names of tunings have 32 characters at most, which leaves no room for the service's 'pipelines-'
    arn = need.environment.sagemaker("hyper-parameter-tuning-job/*")
    yield Permission(_ACTIONS, (arn,), because=need.because())
    for request in _definitions(need):
        yield from need.pass_role(need.role(request.at("RoleArn")), SAGEMAKER)
        yield from hub_models(need, request)
        for plan in plans(request):
            yield need.note(("sagemaker:CreateTrainingJob",), "role that needs the training plan", UNSAID, plan)


def jobs(need: Needs) -> RoleNeeds:
    """What the roles of the training jobs need."""
    for request in _definitions(need):
        found = training_job(need, request, hyperparameters="StaticHyperParameters")
        yield from need.of(need.role(request.at("RoleArn")).value, found)


def _definitions(need: Needs) -> Iterator[Field]:
    """Each training definition."""
    for path in TRAININGS:
        yield from (request for request in need.arguments.every(path) if isinstance(request.value, Mapping))
