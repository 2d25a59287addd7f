"""The parameters that starts pass on, and what EventBridge does not take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cdk_sagemaker_pipelines import ExecutionVariables, Parameter, PipelineError, from_event
from cdk_sagemaker_pipelines.triggers.values import StartValue, of_rule, of_schedule

TIME = "<aws.scheduler.scheduled-time>"


def test_a_rule_passes_literals_and_what_is_in_the_event() -> None:
    key = Parameter.string("Key")
    given: dict[Any, Any] = {
        key: from_event("$.detail.object.key"),
        "Rows": 5,
        "Least": 0.5,
        "Full": True,
        "Name": "a$.b",
    }
    assert of_rule(given) == [
        StartValue("Key", "$.detail.object.key", False),
        StartValue("Rows", "5", True),
        StartValue("Least", "0.5", True),
        StartValue("Full", "true", True),
        StartValue("Name", "a$.b", True),
    ]
    assert of_rule(None) == []


def test_a_schedule_passes_its_time_and_names_with_underscores() -> None:
    assert of_schedule({"the_day": TIME, "max_mse": 2}) == [
        StartValue("the_day", TIME, False),
        StartValue("max_mse", "2", True),
    ]


@pytest.mark.parametrize(
    "path", ["$.id", "$.detail.items[0].name", "$.resources[1]", "$.detail.version-id", "$['detail']['a b']"]
)
def test_paths(path: str) -> None:
    assert from_event(path).path == path


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("detail.key", "from_event: 'detail.key' is not a path; write $.detail.object.key or $.detail.items[0]"),
        ("$", "from_event: '$' is not a path"),
        ("$.detail[*]", "from_event: '$.detail[*]' is not a path"),
        ("$..key", "from_event: '$..key' is not a path"),
        (5, "from_event: 5 is not a path"),
        ("$.detial.key", "from_event: '$.detial.key': an event has no 'detial'; did you mean 'detail'?"),
        ("$.object.key", "an event has no 'object'; it has 'account', 'detail', 'detail-type', 'id', 'region'"),
    ],
)
def test_a_path_that_no_event_has(path: Any, message: str) -> None:
    with pytest.raises(PipelineError) as refusal:
        from_event(path)
    assert message in str(refusal.value)


def test_what_is_in_the_event_is_not_put_into_a_text() -> None:
    with pytest.raises(
        TypeError, match=r"from_event\('\$\.id'\) is not a value and cannot be put into a text; give it"
    ):
        str(from_event("$.id"))


RULE_ALONE: list[tuple[Any, str]] = [
    (
        {"max_mse": 1},
        "an EventBridge rule cannot pass 'max_mse': names have letters, digits and '-' between them; "
        "rename it in the pipeline, such as 'max-mse'",
    ),
    ({"Key": "$.detail.key"}, "EventBridge reads '$.detail.key', the value of 'Key', as a path; write from_event("),
    ({"Key": "$['detail']"}, "as a path; write from_event("),
    ({"Day": TIME}, f"{TIME!r}, the value of 'Day', is known to schedules only; write from_event('$.time')"),
]
SCHEDULE_ALONE: list[tuple[Any, str]] = [
    (
        {"Key": from_event("$.id")},
        "from_event('$.id'), the value of 'Key': a schedule has no event; for its time write "
        "scheduler.ContextAttribute.scheduled_time",
    ),
    ({"Key": ""}, "EventBridge Scheduler does not pass empty values, and 'Key' is empty"),
]
BOTH: list[tuple[Any, str]] = [
    ([("Key", 1)], "parameters must be a dict by name, not [('Key', 1)]"),
    ({f"P{n}": 1 for n in range(201)}, "parameters: 201 are given, at most 200 are allowed"),
    ({5: 1}, "parameters: 5 is neither a parameter nor the name of one"),
    ({Parameter.string("Key"): 1, "Key": 2}, "parameters: 'Key' is given twice"),
    ({"Key": "x" * 1025}, "parameters: 'Key' has 1025 characters, at most 1024 are allowed"),
    ({"Key": None}, "parameters: 'Key' takes a text, a number, True or False, not None"),
    ({"Key": ["a"]}, "parameters: 'Key' takes a text, a number, True or False, not ['a']"),
    ({"Key": Parameter.string("A")}, "the value of 'Key', is only known in an execution, which this starts"),
    ({"Key": f"a/{ExecutionVariables.PIPELINE_NAME}"}, "the value of 'Key', is only known in an execution"),
]


@pytest.mark.parametrize(
    ("read", "given", "message"),
    [
        *((of_rule, *row) for row in (*RULE_ALONE, *BOTH)),
        *((of_schedule, *row) for row in (*SCHEDULE_ALONE, *BOTH)),
    ],
)
def test_what_is_refused(read: Callable[[Any], Any], given: Any, message: str) -> None:
    with pytest.raises(PipelineError) as refusal:
        read(given)
    assert message in str(refusal.value)
