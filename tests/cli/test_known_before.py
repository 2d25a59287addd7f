"""What a dry run knows of steps that are reused: their property files, and the jobs of a tuning."""

from __future__ import annotations

import copy
import io
import json
from typing import Any

import pytest

from cdk_sagemaker_pipelines.executions.forecast_steps import forecast_steps
from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.local.endings import StepFailed

from .abalone import DEFINITION, DESCRIBED, PROCESSING_JOB, answers, job, step
from .conftest import Command
from .service import ACCOUNT, REGION, START, Refusal, Service, execution_arn, in_pages, values

DEPTH = {"Instance": "ml.m5.large", "Rows": 100, "Depth": 7, "MaxMse": 6.0}
FILE = "s3://b/train/report.json"


def with_file(**more: Any) -> dict[str, Any]:
    """A definition whose condition reads a file of Prepare."""
    changed: dict[str, Any] = copy.deepcopy(DEFINITION)
    prepare, _, check = changed["Steps"]
    prepare["PropertyFiles"] = [{"PropertyFileName": "report", "OutputName": "train", "FilePath": "report.json"}]
    file = {"Get": "Steps.Prepare.PropertyFiles.report"}
    check["Arguments"]["Conditions"][0]["LeftValue"] = {"Std:JsonGet": {"PropertyFile": file, "Path": "mse"}}
    changed["Steps"] = [prepare, *more.get("between", ()), check]
    return changed


def outcomes(changed: dict[str, Any], content: Any, **given: Any) -> tuple[dict[str, str], list[str]]:
    """The outcome of each step, and the objects that were read."""
    read: list[str] = []

    def read_object(uri: str, what: str) -> bytes:
        read.append(uri)
        if content is None:
            raise StepFailed("denied")
        return json.dumps(content).encode()

    told = forecast_steps(
        Service(answers()).client, "Abalone", Definition(changed), {**DEPTH, **given}, START, read_object=read_object
    )
    return {each.step.name: each.outcome for each in told}, read


@pytest.mark.parametrize(("mse", "register"), [(5.5, "will run"), (6.5, "not run")])
def test_a_condition_on_the_file_of_a_reused_step_is_decided(mse: float, register: str) -> None:
    told, read = outcomes(with_file(), {"mse": mse})
    assert (told["Prepare"], told["Register"]) == ("reused", register)
    assert set(read) == {FILE}


def test_a_file_that_cannot_be_read_decides_nothing() -> None:
    assert outcomes(with_file(), None)[0]["Register"] == "may run"
    assert outcomes(with_file(), {"rmse": 1})[0]["Register"] == "may run"


def test_the_file_of_a_step_that_runs_is_not_read() -> None:
    """It is where the earlier run left one, which the step will replace."""
    told, read = outcomes(with_file(), {"mse": 1}, Rows=5)
    assert (told["Prepare"], told["Register"], read) == ("will run", "may run", [])


def test_a_file_that_another_step_writes_is_not_read() -> None:
    again = copy.deepcopy(DEFINITION["Steps"][0]) | {"Name": "Again"}
    told, read = outcomes(with_file(between=[again]), {"mse": 1})
    assert (told["Prepare"], told["Again"], told["Register"], read) == ("reused", "will run", "may run", [])


def test_the_command_reads_it_too(smpipe: Command) -> None:
    described = {**DESCRIBED, "PipelineDefinition": json.dumps(with_file())}
    known = answers(DescribePipeline=described, DescribeProcessingJob=PROCESSING_JOB)
    smpipe.answers(**known)
    smpipe.answers("s3", GetObject=Refusal("AccessDenied"))
    assert "Register    RegisterModel  ? may run" in smpipe("start", "Abalone", "-p", "Depth=7", "--dry-run")
    body: Any = io.BytesIO(b'{"mse": 5}')
    smpipe.answers("s3", GetObject={"Body": body, "LastModified": START})
    assert "Register    RegisterModel  ● will run" in smpipe("start", "Abalone", "-p", "Depth=7", "--dry-run")


TUNED = {
    "HyperParameterTuningJobName": "tune-1",
    "HyperParameterTuningJobArn": job("hyper-parameter-tuning-job", "tune-1"),
    "HyperParameterTuningJobStatus": "Completed",
    "CreationTime": START,
    "TrainingJobStatusCounters": {},
    "ObjectiveStatusCounters": {},
}


@pytest.mark.parametrize("kind", ["Minimize", "Maximize"])
def test_the_best_job_of_a_reused_tuning_is_known(kind: str) -> None:
    cached = {"Enabled": True}
    config = {
        "Strategy": "Random",
        "ResourceLimits": {"MaxParallelTrainingJobs": 1},
        "HyperParameterTuningJobObjective": {"Type": kind, "MetricName": "mse"},
    }
    best = {"Get": "Steps.Tune.TrainingJobSummaries[0].TrainingJobName"}
    document = {
        "Version": "2020-12-01",
        "Steps": [
            {
                "Name": "Tune",
                "Type": "Tuning",
                "CacheConfig": cached,
                "Arguments": {"HyperParameterTuningJobConfig": config},
            },
            {"Name": "Use", "Type": "Processing", "CacheConfig": cached, "Arguments": {"Environment": {"BEST": best}}},
        ],
    }
    records = [
        step("Tune", Metadata={"TuningJob": {"Arn": TUNED["HyperParameterTuningJobArn"]}}),
        step("Use", Metadata={"ProcessingJob": {"Arn": job("processing-job", "prepare-1")}}),
    ]
    summary = {
        "TrainingJobName": "trial-7", "TrainingJobArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/trial-7",
        "CreationTime": START, "TrainingJobStatus": "Completed", "TunedHyperParameters": {},
    }  # fmt: skip
    service = Service(
        answers(
            DescribePipelineDefinitionForExecution={"PipelineDefinition": json.dumps(document)},
            ListPipelineExecutionSteps={"PipelineExecutionSteps": records},
            DescribeHyperParameterTuningJob={**TUNED, "HyperParameterTuningJobConfig": config},
            ListTrainingJobsForHyperParameterTuningJob=in_pages("TrainingJobSummaries", [summary], 1),
        )
    )
    told = forecast_steps(service.client, "Abalone", Definition(document), {}, START)
    assert [each.outcome for each in told] == ["reused", "reused"]
    (asked,) = service.asked["ListTrainingJobsForHyperParameterTuningJob"]
    assert (asked["SortBy"], asked["SortOrder"]) == (
        "FinalObjectiveMetricValue",
        {"Minimize": "Ascending"}.get(kind, "Descending"),
    )
    service.answers["ListTrainingJobsForHyperParameterTuningJob"] = Refusal("AccessDeniedException")
    told = forecast_steps(service.client, "Abalone", Definition(document), {}, START)
    assert [each.outcome for each in told] == ["reused", "will run"]


def test_jobs_are_only_asked_for_where_nothing_else_differs() -> None:
    summaries = [{"PipelineExecutionArn": execution_arn(f"e{depth:011}")} for depth in range(20)]
    service = Service(
        answers(
            ListPipelineExecutions=in_pages("PipelineExecutionSummaries", summaries, 20),
            DescribePipelineExecution=lambda asked: {**asked, "PipelineExecutionStatus": "Succeeded"},
            ListPipelineParametersForExecution=lambda asked: {
                "PipelineParameters": values(Depth=asked["PipelineExecutionArn"][-2:])
            },
        )
    )
    found = forecast_steps(service.client, "Abalone", Definition(DEFINITION), {**DEPTH, "Depth": 19}, START)
    assert found[1].source == execution_arn("e00000000019")
    # of the execution whose result Prepare takes, and of the one in which Train ran like this
    assert len(service.asked["DescribeProcessingJob"]) == 2
