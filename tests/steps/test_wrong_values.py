"""Whatever a field is given: it is taken, or refused in the field's own name; nothing raises in Python's words."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines import Parameter, Pipeline, PipelineError, Step, StepGroup
from cdk_sagemaker_pipelines.language import Rendering
from tests.steps.least import CLASSES, least

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


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_a_wrong_value_is_told_by_its_field(kind: type[Step], pipeline: Pipeline) -> None:
    fields = [name for name in kind.declared_fields if name not in ("scope", "construct_id")]
    told, wrong = 0, []
    for number, (name, what) in enumerate((name, what) for name in fields for what in WRONG):
        group = StepGroup(pipeline, f"G{number}")
        try:
            least(kind, group, **{name: WRONG[what]}).render(Rendering(), {})
        except PipelineError as error:
            told += 1
            if name not in str(error):
                wrong.append(f"{name} is {what}: {error}")
        except Exception as error:
            wrong.append(f"{name} is {what}: {type(error).__name__}: {error}")
    assert wrong == []
    assert told > 2 * len(fields)
