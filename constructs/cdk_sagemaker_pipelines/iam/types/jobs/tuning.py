"""A tuning: the jobs of its one training definition, or of each of several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ....language import Definition, StepView
from ....language.step_types import SAGEMAKER
from ...environment import Environment
from ...needs import Needs, RoleNeeds, elements, pass_role, role_of
from ...permissions import UNSAID, Permission
from .training import hub_models, plans, training_job


def pipeline(definition: Definition, step: StepView, environment: Environment) -> Iterator[Permission]:
    """What the pipeline's role needs beside the tuning: to pass the roles of its jobs, and the models of hubs."""
    need = Needs(definition, step, environment)
    for where, request in _definitions(step):
        yield from pass_role(role_of(request, environment), SAGEMAKER, f"{step.name}: {where}.RoleArn")
        yield from hub_models(need, request, where)
        for on, _ in plans(request, where):
            yield need.note(("sagemaker:CreateTrainingJob",), "role that needs the training plan", UNSAID, on)


def jobs(definition: Definition, step: StepView, environment: Environment) -> RoleNeeds:
    """What the roles of the training jobs need."""
    need = Needs(definition, step, environment)
    for where, request in _definitions(step):
        found = training_job(need, request, f"{where}.", hyperparameters="StaticHyperParameters")
        yield from need.of(role_of(request, environment), found)


def _definitions(step: StepView) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each training definition with its path in the arguments."""
    several = elements(step.arguments, "TrainingJobDefinitions")
    given = [(f"TrainingJobDefinitions[{index}]", item) for index, item in enumerate(several)]
    for where, request in [("TrainingJobDefinition", step.arguments.get("TrainingJobDefinition")), *given]:
        if isinstance(request, Mapping):
            yield where, request
