"""Measures the pages of the console against the scripted and the local AWS: processor time of this process.

Where there is a browser, it also measures there, by the clock, when a page with 300 steps is first painted, and how
long its layout takes.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from playwright.sync_api import sync_playwright

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.local.listening import Listener
from cdk_sagemaker_pipelines.studio.application import application
from cdk_sagemaker_pipelines.studio.gate import Options
from tests.browsers import BROWSER, NO_BROWSER
from tests.cli.abalone import PROCESSING_JOB, START, answers, job, step
from tests.cli.service import PIPELINE, ROLE, execution_arn, in_pages, values
from tests.studio.console import Console, Scripted, of_embedded
from tests.studio.test_state import ADDRESS, Watching, large

STEPS, EARLIER, EXECUTIONS, TABS = 300, 20, 1000, 20
REGION, ACCOUNT = "eu-west-1", "111122223333"
FIRST_PAINT = """() => new Promise(found => new PerformanceObserver(list => found(
    list.getEntriesByName("first-contentful-paint")[0].startTime)).observe({type: "paint", buffered: true}))"""
LAYOUT = """() => { // everything is laid out anew
    const began = performance.now();
    document.documentElement.style.fontSize = "15px";
    document.body.offsetHeight;
    return performance.now() - began;
}"""


def measured(name: str, runs: int, ask: Callable[[], str]) -> None:
    """Prints the medians of the processor's milliseconds and of those by the clock, with what is said in the end."""
    processor, clock = [], []
    for _ in range(runs):
        began, ticked = time.process_time(), time.perf_counter()
        note = ask()
        processor.append(time.process_time() - began)
        clock.append(time.perf_counter() - ticked)
    print(f"{name:48}{1000 * statistics.median(processor):10.0f}{1000 * statistics.median(clock):8.0f}  {note}")


def of_an_execution(runs: int) -> None:
    watching = large(STEPS)

    def page() -> str:
        watching.clock.seconds += 10
        return f"{len(watching.console.get(ADDRESS).encode()) / 1024:.0f} KiB"

    def state(tag: str | None = None) -> str:
        answer = watching.state(tag)
        return f"{answer.status_code}, {len(answer.data) / 1024:.0f} KiB"

    tag = watching.state().headers["ETag"]
    measured(f"page of an execution, {STEPS} steps", runs, page)
    measured(f"state, {STEPS} steps", runs, state)
    measured("state, not changed", runs, lambda: state(tag))
    measured(f"{TABS} tabs ask for the state at once", runs, lambda: at_once(watching))


def of_a_browser(runs: int) -> None:
    """The page of an execution as a browser shows it; the first time templates are compiled."""
    watching = large(STEPS)
    listener = Listener(0)
    options = Options(listener.port, "k" * 32)
    listener.serve(application(watching.account, options), name="studio")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        painted, laid_out = [], []
        for _ in range(runs + 1):
            watching.clock.seconds += 10
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(f"http://localhost:{options.port}{ADDRESS}?key={options.key}")
            painted.append(page.evaluate(FIRST_PAINT))
            laid_out.append(page.evaluate(LAYOUT))
            page.close()
        browser.close()
    listener.close()
    print(f"{f'first paint in a browser, {STEPS} steps':48}{'':10}{statistics.median(painted[1:]):8.0f}  ", end="")
    print(f"the first time {painted[0]:.0f}; layout {statistics.median(laid_out):.0f}")


def at_once(watching: Watching) -> str:
    before = sum(watching.scripted.asked.values())
    watching.clock.seconds += 10
    tabs = [threading.Thread(target=lambda: watching.state(after=0)) for _ in range(TABS)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    return f"{sum(watching.scripted.asked.values()) - before} calls"


def processing(number: int) -> dict[str, Any]:
    """A cached step that reads the one before, and a parameter."""
    before = {"Get": f"Steps.S{number - 1}.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri"}
    return {
        "Name": f"S{number}",
        "Type": "Processing",
        "CacheConfig": {"Enabled": True, "ExpireAfter": "P30D"},
        "Arguments": {
            "AppSpecification": {"ImageUri": "image", "ContainerArguments": [{"Get": "Parameters.Depth"}]},
            "ProcessingInputs": [{"InputName": "in", "S3Input": {"S3Uri": before}}] if number else [],
            "ProcessingOutputConfig": {
                "Outputs": [
                    {"OutputName": "out", "S3Output": {"S3Uri": f"s3://b/{number}", "S3UploadMode": "EndOfJob"}}
                ]
            },
        },
    }


def form() -> tuple[Scripted, Console]:
    """The console of a pipeline whose earlier executions had ``Depth`` from 0 on, the newest first."""
    declared = [{"Name": "Depth", "Type": "String", "DefaultValue": "0"}]
    steps = [processing(number) for number in range(STEPS)]
    text = json.dumps({"Version": "2020-12-01", "Parameters": declared, "Steps": steps})
    summaries = [
        {"PipelineExecutionArn": execution_arn(f"execution{number:03}"), "PipelineExecutionStatus": "Succeeded"}
        for number in range(EARLIER)
    ]
    records = [
        step(each["Name"], Metadata={"ProcessingJob": {"Arn": job("processing-job", each["Name"])}}) for each in steps
    ]

    def described(asked: dict[str, Any]) -> dict[str, Any]:
        name = asked["ProcessingJobName"]
        asked_for = {"ProcessingOutputConfig": steps[int(name[1:])]["Arguments"]["ProcessingOutputConfig"]}
        return {
            **PROCESSING_JOB,
            **asked_for,
            "ProcessingJobName": name,
            "ProcessingJobArn": job("processing-job", name),
        }

    scripted = Scripted(
        **answers(
            DescribePipeline={
                "PipelineArn": PIPELINE, "PipelineName": "Abalone", "PipelineDefinition": text, "RoleArn": ROLE,
                "CreationTime": START,
            },
            ListPipelineExecutions=in_pages("PipelineExecutionSummaries", summaries, 100),
            DescribePipelineExecution=lambda asked: {**asked, "PipelineExecutionStatus": "Succeeded"},
            DescribePipelineDefinitionForExecution={"PipelineDefinition": text},
            ListPipelineExecutionSteps=in_pages("PipelineExecutionSteps", records, 100),
            ListPipelineParametersForExecution=lambda asked: {
                "PipelineParameters": values(Depth=str(int(asked["PipelineExecutionArn"][-3:])))
            },
            DescribeProcessingJob=described,
        )
    )  # fmt: skip
    scripted.account.now = lambda: START + timedelta(days=1)  # type: ignore[method-assign]
    return scripted, Console(scripted.account)


def of_a_start() -> None:
    for words, depth in (("the newest is reused", 0), ("the oldest is reused", EARLIER - 1), ("none is reused", 99)):
        scripted, console = form()
        fields = {"p.Depth": str(depth)}

        def ask(console: Console = console, fields: dict[str, str] = fields, scripted: Scripted = scripted) -> str:
            before = sum(scripted.asked.values())
            text = console.post("/p/Abalone/start/forecast", **fields).text
            told = f"{text.count('o-reused')} reused, {text.count('o-will-run')} will run"
            return f"{told}, {sum(scripted.asked.values()) - before} calls"

        measured(f"forecast, {STEPS} steps: {words}", 1, ask)
        measured("  once more", 1, ask)


def of_lists(runs: int) -> None:
    with EmbeddedAws(REGION, ACCOUNT) as aws:
        end = {"Name": "End", "Type": "Fail", "Arguments": {"ErrorMessage": "it is over"}}
        declared = [{"Name": "MaxMse", "Type": "Float", "DefaultValue": 2.0}]
        text = json.dumps({"Version": "2020-12-01", "Parameters": declared, "Steps": [end]})
        sagemaker = aws.services().client("sagemaker")
        sagemaker.create_pipeline(PipelineName="Many", PipelineDefinition=text, RoleArn=ROLE)
        for number in range(EXECUTIONS):
            sagemaker.start_pipeline_execution(
                PipelineName="Many", PipelineParameters=[{"Name": "MaxMse", "Value": str(number % 7)}]
            )
        console = Console(of_embedded(aws))
        filtered = {"all": "", "by state": "?state=Failed", "by a value": "?p=MaxMse=5", "none found": "?p=MaxMse=9"}
        for words, filters in filtered.items():

            def ask(address: str = f"/p/Many{filters}") -> str:
                shown = console.get(address).count('type="checkbox"')
                return f"{shown} executions"

            measured(f"list of {EXECUTIONS} executions, {words}", runs, ask)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures how long pages of the console take.")
    parser.add_argument("--runs", type=int, default=9, help="rounds (default: 9)")
    given = parser.parse_args()
    load, cores = os.getloadavg()[0], os.cpu_count()
    print(f"milliseconds, medians of {given.runs} rounds; {cores} cores, load {load:.1f}")
    print(f"{'':48}{'processor':>10}{'clock':>8}")
    of_an_execution(given.runs)
    if BROWSER is None:
        print(NO_BROWSER)
    else:
        of_a_browser(given.runs)
    of_a_start()
    of_lists(given.runs)


if __name__ == "__main__":
    main()
