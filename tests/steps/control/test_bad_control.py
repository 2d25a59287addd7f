"""Bad input to conditions, failures and raw steps."""

# mypy: disable-error-code="arg-type, call-arg, list-item"

from __future__ import annotations

import pytest

from cdk_sagemaker_pipelines import ConditionStep, FailStep, Pipeline, RawStep
from tests.steps.bad import TEXT, Case, Write, cases, refused

pytestmark = pytest.mark.usefixtures("working_directory")

REFUSED: list[Case] = [
    (
        lambda p: ConditionStep(p, "C", condition=True),
        "ConditionStep 'Stack/P/C': a condition or a list of conditions is needed, not True",
    ),
    (
        lambda p: ConditionStep(p, "C", condition=[]),
        "ConditionStep 'Stack/P/C': a condition or a list of conditions is needed, not []",
    ),
    (
        lambda p: ConditionStep(p, "C", condition=[True]),
        (
            "ConditionStep 'Stack/P/C': True is not a condition; compare an expression with <, <=, >, >=, .equals() "
            "or .is_in()"
        ),
    ),
    (
        lambda p: ConditionStep(p, "C", condition=TEXT),
        ("ConditionStep 'Stack/P/C': a condition or a list of conditions is needed, not <Parameter 'Parameters.X'>"),
    ),
    (lambda p: FailStep(p, "F", message=None), "FailStep 'Stack/P/F': message must be a text, not None"),
    (lambda p: FailStep(p, "F", message=["x"]), "FailStep 'Stack/P/F': message must be a text, not ['x']"),
    (lambda p: FailStep(p, "F", message="x" * 4000), "FailStep 'Stack/P/F': message has 4000 characters; at most 3072"),
    (
        lambda p: RawStep(p, "A", step_type=5),
        "RawStep 'Stack/P/A': step_type must be a literal text such as 'Processing', not 5",
    ),
    (
        lambda p: RawStep(p, "A", step_type=TEXT),
        ("RawStep 'Stack/P/A': step_type must be a literal text such as 'Processing', not <Parameter 'Parameters.X'>"),
    ),
    (
        lambda p: RawStep(p, "A", step_type="Training", step_arguments=[1]),
        "RawStep 'Stack/P/A': step_arguments must be a dict by name, not [1]",
    ),
    (
        lambda p: RawStep(p, "A", step_type="Training", step_arguments="x"),
        "RawStep 'Stack/P/A': step_arguments must be a dict by name, not 'x'",
    ),
    (
        lambda p: RawStep(p, "A", step_type="Training", keys={"Name": "x"}),
        "RawStep 'Stack/P/A': keys: 'Name' is a field of the step",
    ),
    (
        lambda p: RawStep(p, "A", step_type="Training", keys=["x"]),
        "RawStep 'Stack/P/A': keys must be a dict by name, not ['x']",
    ),
]

NO_SUCH_CALL: list[Case] = [
    (lambda p: ConditionStep(p, "C"), "ConditionStep 'Stack/P/C' needs 'condition'"),
    (lambda p: ConditionStep(p, "C", condition=None), "ConditionStep 'Stack/P/C' needs 'condition'"),
    (lambda p: RawStep(p, "A"), "RawStep 'Stack/P/A' needs 'step_type'"),
]


@cases(REFUSED)
def test_refused_when_it_is_written(write: Write, text: str, pipeline: Pipeline) -> None:
    refused(write, text, pipeline)


@cases(NO_SUCH_CALL)
def test_refused_as_pythons_own_arguments_are(write: Write, text: str, pipeline: Pipeline) -> None:
    refused(write, text, pipeline, TypeError)
