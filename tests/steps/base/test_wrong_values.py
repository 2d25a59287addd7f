"""Whatever a field is given: it is taken, or refused in the field's own name; nothing raises in Python's words."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_sagemaker_pipelines import (
    EmrCluster,
    EmrInstanceGroup,
    EmrServerlessApplication,
    Parameter,
    Pipeline,
    PipelineError,
    Step,
    StepGroup,
)
from cdk_sagemaker_pipelines.language import Rendering
from tests.steps.least import CLASSES, least
from tests.steps.support import network

pytestmark = pytest.mark.usefixtures("working_directory")

WRONG: dict[str, Any] = {
    "an object": object(),
    "a list with nothing": [None],
    "a dict by number": {5: 1},
    "an empty dict": {},
    "a set": {1},
    "a class": int,
    "a boolean": True,
    "no number": float("nan"),
    "an expression": Parameter.string("X", default="x"),
}


def told_by_their_names(fields: list[str], make: Callable[..., Any]) -> None:
    """Each wrong value of each field is either taken or refused by the field's name; most are refused."""
    told, wrong = 0, []
    for number, (name, what) in enumerate((name, what) for name in fields for what in WRONG):
        try:
            make(number, **{name: WRONG[what]})
        except PipelineError as error:
            told += 1
            if name not in str(error):
                wrong.append(f"{name} is {what}: {error}")
        except Exception as error:
            wrong.append(f"{name} is {what}: {type(error).__name__}: {error}")
    assert wrong == []
    assert told > 2 * len(fields)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_a_wrong_value_of_a_step_is_refused(kind: type[Step], pipeline: Pipeline) -> None:
    def make(number: int, **given: Any) -> None:
        least(kind, StepGroup(pipeline, f"G{number}"), **given).render(Rendering(), lambda step: {})

    told_by_their_names([name for name in kind._declared_fields if name not in ("scope", "construct_id")], make)


@pytest.mark.parametrize("kind", [EmrCluster, EmrServerlessApplication], ids=lambda kind: kind.__name__)
def test_of_what_steps_run_on(kind: type[Any], stack: cdk.Stack) -> None:
    vpc = network(stack)["vpc"]
    least_: dict[str, Any] = {"release_label": "emr-7.10.0"}
    if kind is EmrCluster:
        least_ |= {"vpc": vpc, "primary": EmrInstanceGroup(instance_type="m5.xlarge")}

    def make(number: int, **given: Any) -> None:
        kind(stack, f"C{number}", **{**least_, **given})

    told_by_their_names(list(inspect.signature(kind.__init__).parameters)[3:], make)
