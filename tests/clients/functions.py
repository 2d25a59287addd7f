"""Functions as steps with SDK 2, run by its own Python against a local AWS.

The last arguments name runs, which are made at the same time. Prints a line of JSON for each: what the SDK was told.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import ConditionLessThan
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.function_step import step
from sagemaker.workflow.parameters import ParameterInteger
from sagemaker.workflow.pipeline import Pipeline

ROLE = sys.argv[1]
RUNS: dict[str, dict[str, int]] = {"small": {}, "large": {"Number": 30}}
FUNCTIONS = {
    "role": ROLE,
    "instance_type": "ml.m5.large",
    "image_uri": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/python:1",
}


@step(name="Double", **FUNCTIONS)
def double(number: int) -> dict[str, int]:
    return {"number": 2 * number}


@step(name="Keep", **FUNCTIONS)
def keep(found: dict[str, int]) -> str:
    return f"kept {found['number']}"


def tell(moment: str, execution: Any) -> None:
    try:
        execution.wait(delay=0.2, max_attempts=3000)
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    described = execution.describe()
    states = {found["StepName"]: found["StepStatus"] for found in execution.list_steps()}
    kept = execution.result("Keep") if states.get("Keep") == "Succeeded" else None
    told = {"status": described["PipelineExecutionStatus"], "reason": described.get("FailureReason"), "kept": kept}
    print(json.dumps({"moment": moment, "states": states, **told}), flush=True)


number = ParameterInteger("Number", default_value=3)
doubled = double(number)
choice = ConditionStep(
    "Small",
    conditions=[ConditionLessThan(left=doubled["number"], right=10)],
    if_steps=[keep(doubled)],
    else_steps=[FailStep("Large", error_message="the number is large")],
)
functions = Pipeline("Functions", parameters=[number], steps=[choice])
functions.upsert(ROLE)
started = {run: functions.start(parameters=RUNS[run]) for run in sys.argv[5:]}
for run, execution in started.items():
    tell(run, execution)
