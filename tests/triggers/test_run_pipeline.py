"""A part of a state machine that runs a pipeline."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from cdk_sagemaker_pipelines import FailStep, Parameter, Pipeline, PipelineError, RunPipeline, from_event
from tests.pipeline.support import ACCOUNT, REGION, Bench

ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/line"


def line(bench: Bench) -> Pipeline:
    made = Pipeline(bench.stack, "Pipeline", pipeline_name="Line")
    FailStep(made, "Stop", message=f"{Parameter.string('Key')} {Parameter.integer('Rows', default=1)}")
    return made


def states(bench: Bench, *parts: RunPipeline) -> dict[str, Any]:
    """What the state machine of these parts says."""
    whole: Any = parts[0]
    for part in parts[1:]:
        whole = whole.next(part)
    sfn.StateMachine(bench.stack, "Machine", definition_body=sfn.DefinitionBody.from_chainable(whole))
    joined = bench.resource("AWS::StepFunctions::StateMachine")["DefinitionString"]["Fn::Join"][1]
    document: dict[str, Any] = json.loads("".join("aws" if isinstance(one, dict) else one for one in joined))
    return document


def test_it_starts_waits_and_reads_the_result(bench: Bench) -> None:
    given: dict[str, Any] = {"Key": sfn.JsonPath.string_at("$.key"), "Rows": 5}
    run = RunPipeline(bench.stack, "Train", pipeline=line(bench), parameters=given, result_path="$.training")
    machine = states(bench, run)
    found = machine["States"]
    assert machine["StartAt"] == "Train: Start"
    start = found["Train: Start"]
    assert start["Resource"] == "arn:aws:states:::aws-sdk:sagemaker:startPipelineExecution"
    assert start["Parameters"] == {
        "PipelineName": ARN,
        "PipelineParameters": [{"Name": "Key", "Value.$": "$.key"}, {"Name": "Rows", "Value": "5"}],
    }
    order = ["Train: Start", "Train: Wait", "Train: Look", "Train: IsOver"]
    assert [found[one]["Next"] for one in order[:-1]] == order[1:]
    assert found["Train: Wait"]["Seconds"] == 60
    execution = {"PipelineExecutionArn.$": "$.training.PipelineExecutionArn"}
    assert found["Train: Look"]["Parameters"] == execution
    assert found["Train: Read"]["Parameters"] == {**execution, "SortOrder": "Ascending", "MaxResults": 100}
    assert {name: found[f"Train: {name}"]["ResultPath"] for name in ("Start", "Look", "Read")} == {
        "Start": "$.training",
        "Look": "$.training",
        "Read": "$.training.Steps",
    }
    assert found["Train: Read"]["End"] is True


@pytest.mark.parametrize(
    ("status", "reason", "then"),
    [
        ("Executing", False, "Wait"),
        ("Stopping", False, "Wait"),
        ("Succeeded", False, "Read"),
        ("Failed", True, "Failed"),
        ("Stopped", False, "NotSucceeded"),
        ("CompletedWithFailures", False, "NotSucceeded"),
    ],
)
def test_what_follows_each_status(bench: Bench, status: str, reason: bool, then: str) -> None:
    made = RunPipeline(bench.stack, "Train", pipeline=line(bench), parameters={"Key": "a"})
    found = states(bench, made)["States"]
    described = {"$.PipelineExecutionStatus": status, **({"$.FailureReason": "why"} if reason else {})}

    def holds(rule: dict[str, Any]) -> bool:
        if "Or" in rule:
            return any(map(holds, rule["Or"]))
        value = described.get(rule["Variable"])
        return value is not None if "IsPresent" in rule else value == rule["StringEquals"]

    choice = found["Train: IsOver"]
    taken = next((rule["Next"] for rule in choice["Choices"] if holds(rule)), choice["Default"])
    assert taken == f"Train: {then}"
    if then in ("Failed", "NotSucceeded"):
        assert found[taken]["Error"] == "PipelineExecutionFailed"
        assert ("$.FailureReason" in found[taken]["CausePath"]) == reason


def test_two_of_them_after_each_other(bench: Bench) -> None:
    made = line(bench)
    first = RunPipeline(bench.stack, "First", pipeline=made, parameters={"Key": "a"}, result_path="$.first")
    imported = Pipeline.from_pipeline_name(bench.stack, "Imported", "Other")
    second = RunPipeline(bench.stack, "Second", pipeline=imported, interval=cdk.Duration.seconds(5))
    found = states(bench, first, second)["States"]
    assert found["First: Read"]["Next"] == "Second: Start"
    assert "PipelineParameters" not in found["Second: Start"]["Parameters"]
    assert found["Second: Wait"]["Seconds"] == 5


def test_the_role_may_do_just_that(bench: Bench) -> None:
    states(bench, RunPipeline(bench.stack, "Train", pipeline=line(bench), parameters={"Key": "a"}))
    (policy,) = bench.resources("AWS::IAM::Policy").values()
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    granted = {one["Action"]: "".join(map(str, one["Resource"]["Fn::Join"][1])) for one in statements}
    place = f"arn:{{'Ref': 'AWS::Partition'}}:sagemaker:{REGION}:{ACCOUNT}:pipeline/line"
    assert granted == {
        "sagemaker:StartPipelineExecution": place,
        "sagemaker:DescribePipelineExecution": f"{place}/execution/*",
        "sagemaker:ListPipelineExecutionSteps": f"{place}/execution/*",
    }


def test_its_parameters_are_judged(bench: Bench) -> None:
    given: dict[str, Any] = {"Rows": "many", "Kee": sfn.JsonPath.string_at("$.key")}
    RunPipeline(bench.stack, "Train", pipeline=line(bench), parameters=given)
    start = "[Stack/Pipeline] the state machine 'Stack/Train': parameters: "
    found = bench.errors()
    assert found[0] == start + "the pipeline has no parameter 'Kee'; did you mean 'Key'? [target-parameter]"
    assert found[1].startswith(start + "parameter 'Rows' is of type Integer, but its value is 'many'")
    assert found[2].startswith(start + "no value for 'Key', which has no default")


MAKE: Any = RunPipeline
THERE = "arn:aws:sagemaker:eu-west-1:444455556666:pipeline/line"
REFUSED: list[tuple[Callable[[Any], Any], str]] = [
    (lambda b: MAKE(b.stack, "Train", pipeline="line"), "RunPipeline takes a pipeline, not 'line'"),
    (
        lambda b: MAKE(b.stack, "Train", pipeline=line(b), result_path="training"),
        "result_path is a path such as '$.training', not 'training'",
    ),
    (lambda b: MAKE(b.stack, "Train", pipeline=line(b), interval=5), "interval takes a Duration, such as"),
    (
        lambda b: MAKE(b.stack, "Train", pipeline=line(b), interval=cdk.Duration.millis(5)),
        "interval takes whole seconds, not 5 millis",
    ),
    (
        lambda b: MAKE(b.stack, "Train", pipeline=line(b), interval=cdk.Duration.seconds(0)),
        "interval must be at least one second",
    ),
    (
        lambda b: MAKE(b.stack, "Train", pipeline=line(b), parameters={"Key": from_event("$.id")}),
        "from_event('$.id'), the value of 'Key': a state machine reads its input, not an event; write "
        "stepfunctions.JsonPath.string_at('$.key')",
    ),
    (
        lambda b: MAKE(b.stack, "Train", pipeline=Pipeline.from_pipeline_arn(b.stack, "There", THERE)),
        "RunPipeline 'Stack/Train': the pipeline is in 444455556666/eu-west-1, and the state machine in "
        "111122223333/eu-west-1; run it from one there",
    ),
]


@pytest.mark.parametrize(("make", "message"), REFUSED)
def test_what_is_refused(bench: Bench, make: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(PipelineError) as refusal:
        make(bench)
    assert message in str(refusal.value)
    assert bench.stack.node.try_find_child("Train") is None
