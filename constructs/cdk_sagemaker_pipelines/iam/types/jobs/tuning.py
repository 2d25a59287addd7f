"""A tuning: the jobs of its one training definition, or of each of several."""

from __future__ import annotations

from collections.abc import Iterator

from ....language.field import Field
from ....language.step_types import SAGEMAKER
from ...needs import Needs, RoleNeeds
from ...permissions import UNSAID, Permission
from .training import hub_models, plans, training_job

TRAININGS = ("TrainingJobDefinition", "TrainingJobDefinitions[]")
"""Where the arguments hold the training definitions."""


def pipeline(need: Needs) -> Iterator[Permission]:
    """What the pipeline's role needs beside the tuning: to pass the roles of its jobs, and the models of hubs."""
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
        yield from (request for request in need.arguments.every(path) if isinstance(request.value, dict))
