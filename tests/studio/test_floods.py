"""Definitions and logs that others write to break a page, or to fill it: one part of it says so, within bounds."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any

import pytest

from cdk_sagemaker_pipelines.studio import serving
from cdk_sagemaker_pipelines.studio.step_facts import MOST
from tests.cli.service import PIPELINE, ROLE, START, Refusal, Service, execution_arn
from tests.studio.console import OWN, Console, Scripted

ID = "abcdefghijk1"
RUN = f"/p/Abalone/e/{ID}"
JOB = {"TrainingJob": {"Arn": "arn:aws:sagemaker:eu-west-1:111122223333:training-job/t-1"}}


def scripted(*steps: dict[str, Any], definition: str | None = None) -> Scripted:
    """An account with a pipeline of these steps, all of which succeeded in one execution."""
    text = definition or json.dumps({"Version": "2020-12-01", "Steps": steps})
    times = {"CreationTime": START, "LastModifiedTime": START}
    records = [
        {"StepName": each["Name"], "StepStatus": "Succeeded", "StartTime": START, "EndTime": START, "Metadata": JOB}
        for each in steps
    ]
    return Scripted(
        DescribePipeline={
            "PipelineArn": PIPELINE, "PipelineName": "Abalone", "PipelineDefinition": text, "RoleArn": ROLE, **times,
        },
        DescribePipelineExecution={
            "PipelineArn": PIPELINE, "PipelineExecutionArn": execution_arn(ID),
            "PipelineExecutionStatus": "Succeeded", **times,
        },
        DescribePipelineDefinitionForExecution={"PipelineDefinition": text},
        ListPipelineExecutionSteps={"PipelineExecutionSteps": records},
        ListPipelineParametersForExecution={"PipelineParameters": []},
    )  # fmt: skip


def own_file(uri: str) -> dict[str, Any]:
    """A step whose argument is in a file of its own."""
    get = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.T.PropertyFiles.report"}, "Path": "a"}}
    output = {"OutputName": "out", "S3Output": {"S3Uri": uri}}
    arguments = {"ProcessingOutputConfig": {"Outputs": [output]}, "Environment": {"A": get}}
    files = [{"PropertyFileName": "report", "OutputName": "out", "FilePath": "report.json"}]
    return {"Name": "T", "Type": "Processing", "Arguments": arguments, "PropertyFiles": files}


@pytest.mark.parametrize(
    "step",
    [
        {"Name": "T", "Type": "Training", "Arguments": {"A": {"Std:Join": "x"}, "B": {"Std:JsonGet": []}}},
        own_file("[]"),
        own_file({"Std:JsonGet": {"PropertyFile": {"Get": "Steps.T.PropertyFiles.report"}, "Path": "a"}}),  # type: ignore[arg-type]
    ],
    ids=["functions", "no-bucket", "itself"],
)
def test_a_definition_that_means_nothing_breaks_no_page(step: dict[str, Any]) -> None:
    console = Console(scripted(step).account)
    for address in (RUN, f"{RUN}/s/T", f"/p/Abalone/compare?e={ID}&e={ID}&all=1", "/p/Abalone/start?show=1"):
        console.get(address)


def test_a_definition_that_cannot_be_read_cannot_be_downloaded() -> None:
    text = "[" * 100_000
    page = Console(scripted(definition=text).account).get("/p/Abalone/definition.json", status=409)
    assert "nested too deeply" in page


def test_a_hundred_thousand_arguments_are_not_all_shown() -> None:
    step = {"Name": "T", "Type": "Training", "Arguments": {"A": [1] * 100_000, "B": "x" * 100_000}}
    console = Console(scripted(step).account)
    page = console.get(f"{RUN}/s/T")
    assert f"The first {MOST} arguments" in page
    assert len(page) < 300_000
    assert len(console.get(f"/p/Abalone/compare?e={ID}&e={ID}&all=1")) < 300_000
    assert len(console.get("/p/Abalone?tab=definition")) < 3_000_000


def test_a_definition_that_grows_with_its_indentation() -> None:
    deep: Any = [1] * 20_000
    for _ in range(250):
        deep = [deep]
    page = Console(scripted({"Name": "T", "Type": "Training", "Arguments": {"A": deep}}).account)
    assert len(page.get("/p/Abalone?tab=definition")) < 300_000


def test_a_log_that_breaks_off_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    answers: list[Any] = [
        {"events": [{"timestamp": 1, "message": "one"}], "nextForwardToken": "f/1", "nextBackwardToken": "b"},
        {"events": [], "nextForwardToken": "f/1", "nextBackwardToken": "b"},
        {"events": [{"timestamp": 1, "message": "one"}], "nextForwardToken": "f/1", "nextBackwardToken": "b"},
        Refusal("ThrottlingException", "less \x1b[31m"),
    ]
    account = scripted({"Name": "T", "Type": "Training", "Arguments": {}})
    streams = {"logStreams": [{"logStreamName": "t-1/a"}]}
    account.services["logs"] = Service({"DescribeLogStreams": streams, "GetLogEvents": answers}, "logs")
    with serving.serving(account.account, 0) as options:
        connection = http.client.HTTPConnection("localhost", options.port)
        connection.request("GET", f"{RUN}/s/T/log.txt", headers={"Cookie": f"{options.cookie}={options.session}"})
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.read().decode().splitlines() == [
            "one", "", "(The log goes on, but AWS did not answer: less \\x1b[31m)",
        ]  # fmt: skip
        connection.close()
    assert capfd.readouterr() == ("", "")


def test_who_connects_and_says_nothing_keeps_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving.Impatient, "timeout", 0.2)
    with (
        serving.serving(scripted().account, 0) as options,
        socket.create_connection(("127.0.0.1", options.port), timeout=10) as silent,
    ):
        silent.sendall(b"GET / HTTP/1.1\r\n")
        assert silent.recv(1) == b""


def test_pages_of_a_bad_definition_still_stop_the_execution() -> None:
    page = Console(scripted(definition="[]").account).browser.get(RUN, base_url=OWN)
    assert page.status_code == 200


def test_an_address_that_no_execution_can_have_is_not_remembered() -> None:
    account = scripted()
    page = Console(account.account).get(f"/p/{'x' * 60_000}/e/{ID}", status=404)
    assert len(page) < 3000
    assert "DescribePipeline" not in account.asked
