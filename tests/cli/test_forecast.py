"""What a start uses at most: only of the steps that run or may run, with the values that it starts with."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_sagemaker_pipelines.executions.forecast import AtMost, at_most
from cdk_sagemaker_pipelines.executions.forecast_steps import StepForecast
from cdk_sagemaker_pipelines.language import Definition
from tests.team.support import branch, definition, get, parameter, training

from .abalone import DESCRIBED, answers
from .conftest import Command

FOUR_GPUS = "ml.g5.12xlarge"


def train(name: str, count: Any = 1, type: Any = FOUR_GPUS) -> dict[str, Any]:
    """A step of two hours."""
    return training(name, type, count, 7200)


def used(made: Definition, outcomes: dict[str, str], **values: Any) -> AtMost:
    steps = [StepForecast(step, outcomes.get(step.name, "will run"), "") for step in made.all_steps()]
    return at_most(made, values, steps)


@pytest.mark.parametrize(
    ("outcome", "hours"),
    [("will run", 2), ("may run", 2), ("reused", None), ("not run", None), ("left out", None)],
)
def test_steps_that_do_not_run_use_nothing(outcome: str, hours: float | None) -> None:
    told = used(definition(train("A"), train("B", 3)), {"A": outcome})
    assert told.instance_hours.get("A") == hours
    assert told.gpu_hours.get("A") == (hours and 4 * hours)
    assert (told.instance_hours["B"], told.gpu_hours["B"]) == (6, 24)


def test_of_a_condition_only_the_branch_that_runs_counts() -> None:
    made = definition(branch("Check", [train("Small")], [train("Large", 9)]))
    assert used(made, {"Small": "will run", "Large": "not run"}).instance_hours == {"Small": 2}
    assert used(made, {"Small": "may run", "Large": "may run"}).instance_hours == {"Large": 18}


def test_the_values_of_the_start_are_counted_not_the_defaults() -> None:
    declared = (
        parameter("Count", "Integer", DefaultValue=1),
        parameter("Type", DefaultValue="ml.m5.large", EnumValues=["ml.m5.large", FOUR_GPUS]),
    )
    made = definition(train("A", get("Count"), get("Type")), parameters=declared)
    assert used(made, {}, Count=5, Type=FOUR_GPUS) == AtMost({"A": 10}, {"A": 40})
    assert used(made, {}, Count=5, Type="ml.m5.large") == AtMost({"A": 10})


def test_what_has_no_limit_is_named_unless_it_does_not_run() -> None:
    made = definition(training("A", seconds=None), train("B"))
    assert used(made, {}).doubts == (
        "A: Arguments.StoppingCondition.MaxRuntimeInSeconds is missing: the job itself has no time limit",
    )
    assert used(made, {"A": "reused"}).doubts == ()


def test_both_forms_of_a_dry_run_have_it(smpipe: Command) -> None:
    document = json.dumps(definition(train("Train", 2), training("Free", seconds=None)).json)
    smpipe.answers(**answers(DescribePipeline={**DESCRIBED, "PipelineDefinition": document}))
    printed = smpipe("start", "Abalone", "--dry-run").splitlines()
    at = printed.index("at most 4.00 instance-hours, 16.00 GPU-hours; without a limit: 'Free'")
    assert printed[at + 1].startswith("  Free: Arguments.StoppingCondition.MaxRuntimeInSeconds is missing")
    told = smpipe.json("start", "Abalone", "--dry-run")["atMost"]
    assert (told["instanceHours"], told["gpuHours"]) == ({"Train": 4}, {"Train": 16})
    assert (told["uncounted"], len(told["doubts"])) == (["Free"], 1)


def test_what_uses_no_instances_is_said(smpipe: Command) -> None:
    document = json.dumps(definition(branch("Check")).json)
    smpipe.answers(**answers(DescribePipeline={**DESCRIBED, "PipelineDefinition": document}))
    assert "\nno instance-hours\n" in smpipe("start", "Abalone", "--dry-run")
