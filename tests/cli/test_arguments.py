"""The arguments of a step one by one, the places of its data, and how far an execution is."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from cdk_sagemaker_pipelines.executions import execution
from cdk_sagemaker_pipelines.executions.arguments import Argument, Source, arguments
from cdk_sagemaker_pipelines.executions.picture import lanes, picture
from cdk_sagemaker_pipelines.executions.places import places
from cdk_sagemaker_pipelines.executions.progress import progress
from cdk_sagemaker_pipelines.executions.refusals import environment_of, job_permissions
from cdk_sagemaker_pipelines.executions.resolved import Resolution
from cdk_sagemaker_pipelines.language import Definition

from .abalone import DEFINITION, DESCRIBED, FIRST, PREPARED, answers, step
from .service import START, Answer, Service

CALLBACK = {"Metadata": {"Callback": {"CallbackToken": "abcdefghij", "SqsQueueUrl": "https://q"}}}


def read(**changed: Answer) -> Resolution:
    """An execution with what its expressions came to."""
    client = Service(answers(**changed)).client
    return Resolution(client, execution.read(client, FIRST), execution.parameters(client, FIRST))


def of(resolution: Resolution, name: str) -> dict[str, Argument]:
    definition = resolution.execution.definition
    assert definition
    return {each.path: each for each in arguments(resolution, definition.step(name))}


def test_an_argument_is_as_written_and_what_it_came_to_and_from_where() -> None:
    found = of(read(), "Train")
    assert found["HyperParameters.depth"] == Argument(
        "HyperParameters.depth", '"{Depth}"', "7", (Source("parameter", "Depth"),)
    )
    assert found["InputDataConfig[0].DataSource.S3DataSource.S3Uri"][1:] == (
        "Prepare.train", "s3://b/train", (Source("step", "Prepare"),), "",
    )  # fmt: skip
    assert found["OutputDataConfig.S3OutputPath"][1:] == ('"s3://b/models"', "s3://b/models", (), "")


def test_what_is_not_known_says_why() -> None:
    running = {"PipelineExecutionSteps": [step("Prepare", "Executing")]}
    found = of(read(ListPipelineExecutionSteps=running), "Train")
    told = found["InputDataConfig[0].DataSource.S3DataSource.S3Uri"]
    assert told.value is None
    assert "the step 'Prepare' has not succeeded in this execution" in told.problem


def test_every_reference_of_an_expression_is_a_source_once() -> None:
    both = [{"Get": "Parameters.Depth"}, {"Get": "Execution.PipelineName"}, {"Get": "Parameters.Depth"}]
    definition = json.loads(json.dumps(DEFINITION))
    definition["Steps"][1]["Arguments"]["HyperParameters"] = {"a": {"Std:Join": {"On": "-", "Values": both}}, "b": {}}
    told = read(DescribePipelineDefinitionForExecution={"PipelineDefinition": json.dumps(definition)})
    found = of(told, "Train")["HyperParameters.a"]
    assert found.sources == (Source("parameter", "Depth"), Source("execution", "PipelineName"))
    assert found.value == "7-abalone-7"
    assert of(told, "Train")["HyperParameters.b"].written == "{}"
    definition["Steps"][1]["Arguments"] = {}
    without = read(DescribePipelineDefinitionForExecution={"PipelineDefinition": json.dumps(definition)})
    assert of(without, "Train") == {}


def test_places_are_called_as_the_request_calls_them() -> None:
    request = {
        "ProcessingInputs": [{"InputName": "code", "S3Input": {"S3Uri": "s3://b/code"}}],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "out", "S3Output": {"S3Uri": "s3://b/out"}}]},
        "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": {"S3Uri": "s3://b/train"}}}],
        "Environment": {"PLACE": "s3://b/env", "OTHER": "x"},
    }
    read, written = places(request, {"out": "s3://b/out", "name": "not a place"})
    assert [tuple(place) for place in read] == [
        ("code", "s3://b/code"), ("train", "s3://b/train"), ("Environment.PLACE", "s3://b/env"),
    ]  # fmt: skip
    assert [tuple(place) for place in written] == [("out", "s3://b/out")]


def test_the_permissions_of_a_job_are_those_of_its_step() -> None:
    found = job_permissions("Train", Definition(DEFINITION), environment_of(DESCRIBED))
    assert {each.step for each in found} == {"Train"}
    assert any("s3:PutObject" in each.actions and "arn:aws:s3:::b/models/*" in each.resources for each in found)


def moment(*steps: dict[str, Any], **described: Any) -> dict[str, Any]:
    known = {"PipelineExecutionArn": FIRST, "PipelineExecutionStatus": "Executing", "CreationTime": START, **described}
    listed = {"PipelineExecutionSteps": list(steps)}
    client = Service(answers(ListPipelineExecutionSteps=listed, DescribePipelineExecution=known)).client
    return progress(execution.read(client, FIRST))


def test_the_shape_changes_with_what_a_page_shows_besides_states() -> None:
    running = step("Train", "Executing")
    same = moment(PREPARED, running)
    assert moment(PREPARED, step("Train"))["shape"] == same["shape"]
    others = [
        moment(PREPARED, step("Train", "Failed")),
        moment(PREPARED, {**running, **CALLBACK}),
        moment(PREPARED, running, PipelineExecutionStatus="Stopping"),
        moment(PREPARED, running, PipelineExecutionDisplayName="other"),
        moment(PREPARED, running, step("New")),
    ]
    assert len({each["shape"] for each in [same, *others]}) == 6


def test_an_execution_that_is_over_ended_with_its_last_step() -> None:
    told = moment(
        step("Prepare", end=60), PipelineExecutionStatus="Succeeded", LastModifiedTime=START + timedelta(hours=9)
    )
    assert (told["over"], told["ended"] - told["started"]) == (True, 60_000)
    assert moment()["ended"] is None


def test_the_picture_of_what_runs_only_changes_with_states() -> None:
    resolution = read(ListPipelineExecutionSteps={"PipelineExecutionSteps": [PREPARED, step("Train", "Executing")]})
    drawn = picture(resolution.execution)
    assert drawn is not None
    assert {box.name: box.state and box.state.text for box in drawn.all()} == {
        "Prepare": "✓ Succeeded 1 min 00 s", "Train": "● Executing", "Check": "not run", "Register": "not run",
        "Inaccurate": "not run",
    }  # fmt: skip
    assert lanes(resolution.execution)["Train"].endswith("●")
    assert picture(execution.Execution({}, [], None)) is None
    assert lanes(execution.Execution({}, [], None)) == {}
