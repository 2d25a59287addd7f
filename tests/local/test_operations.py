"""What is asked of executions and jobs while they run, or after they have ended, through boto3."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.local.embedding import Embedded, end, finished, start, steps_of
from tests.local.support import BUCKET, condition, processing, step, tar_gz, training
from tests.local.test_callback import queue, receive, wait_step
from tests.local.test_lambda import function

SLEEP = "import time\nprint('here', flush=True)\ntime.sleep(60)"
SOURCE = {"sagemaker_program": "train.py", "sagemaker_submit_directory": f"s3://{BUCKET}/code/source.tar.gz"}


def until(holds: Callable[[], Any]) -> Any:
    """What ``holds`` returns once it is true."""
    for _ in range(600):
        found = holds()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it does not come true")


def job_of(account: Embedded, arn: str, name: str, member: str) -> str:
    """The name of the job of a running step."""
    found = until(lambda: steps_of(account, arn).get(name, {}).get("Metadata", {}).get(member))
    return str(found["Arn"].rpartition("/")[2])


def source(account: Embedded, script: str) -> None:
    account.put("code/source.tar.gz", tar_gz({"train.py": script}))


def refused(account: Embedded, message: str) -> Any:
    return pytest.raises(account.client("sagemaker").exceptions.ClientError, match=message)


def test_a_processing_job_is_stopped(embedded: Embedded) -> None:
    sagemaker = embedded.client("sagemaker")
    uri = embedded.put("code/sleep.py", SLEEP)
    slow, after = step("Slow", arguments=processing(uri)), condition("After", [], DependsOn=["Slow"])
    arn = start(embedded, "stop-processing", [slow, after])
    name = job_of(embedded, arn, "Slow", "ProcessingJob")
    until(lambda: "ProcessingStartTime" in sagemaker.describe_processing_job(ProcessingJobName=name))
    with refused(embedded, "is in status InProgress; stop it first"):
        sagemaker.delete_processing_job(ProcessingJobName=name)
    sagemaker.stop_processing_job(ProcessingJobName=name)
    assert end(embedded, arn)["PipelineExecutionStatus"] == "Stopped"
    assert {name: told["StepStatus"] for name, told in steps_of(embedded, arn).items()} == {"Slow": "Stopped"}
    told = sagemaker.describe_processing_job(ProcessingJobName=name)
    assert told["ProcessingJobStatus"] == "Stopped"
    assert told["ProcessingEndTime"] >= told["ProcessingStartTime"]
    with refused(embedded, f"rejected because the job {name} is in status Stopped"):
        sagemaker.stop_processing_job(ProcessingJobName=name)
    sagemaker.delete_processing_job(ProcessingJobName=name)
    with refused(embedded, "Could not find requested job"):
        sagemaker.describe_processing_job(ProcessingJobName=name)


def test_a_training_job_is_stopped_and_remembers(embedded: Embedded) -> None:
    sagemaker = embedded.client("sagemaker")
    source(embedded, SLEEP)
    arn = start(embedded, "stop-training", [step("Train", "Training", training(SOURCE, {}))])
    name = job_of(embedded, arn, "Train", "TrainingJob")
    until(lambda: sagemaker.describe_training_job(TrainingJobName=name)["SecondaryStatus"] == "Training")
    sagemaker.stop_training_job(TrainingJobName=name)
    assert end(embedded, arn)["PipelineExecutionStatus"] == "Stopped"
    told = sagemaker.describe_training_job(TrainingJobName=name)
    assert (told["TrainingJobStatus"], told["SecondaryStatus"]) == ("Stopped", "Stopped")
    history = told["SecondaryStatusTransitions"]
    assert [one["Status"] for one in history] == ["Starting", "Training", "Stopping", "Stopped"]
    assert all(one["EndTime"] >= one["StartTime"] for one in history)


def test_a_tuning_job_is_stopped(embedded: Embedded) -> None:
    sagemaker = embedded.client("sagemaker")
    source(embedded, SLEEP)
    arguments = {
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 1},
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "m"},
        },
        "TrainingJobDefinition": {
            **{key: value for key, value in training({}, {}).items() if key != "HyperParameters"},
            "StaticHyperParameters": SOURCE,
        },
    }
    arn = start(embedded, "stop-tuning", [step("Tune", "Tuning", arguments)])
    name = job_of(embedded, arn, "Tune", "TuningJob")
    until(
        lambda: sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)[
            "TrainingJobSummaries"
        ]
    )
    sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    assert end(embedded, arn)["PipelineExecutionStatus"] == "Stopped"
    told = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    assert told["HyperParameterTuningJobStatus"] == "Stopped"
    assert told["TrainingJobStatusCounters"]["Stopped"] == 1


def test_a_training_job_tells_what_clients_read(embedded: Embedded) -> None:
    source(embedded, "print('done')")
    ended = finished(
        embedded, "filled", [step("Train", "Training", training(SOURCE, {"train": embedded.put("in/a", "1")}))]
    )
    assert ended.status == "Succeeded", ended.steps
    name = ended.steps["Train"]["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
    told = embedded.client("sagemaker").describe_training_job(TrainingJobName=name)
    assert told["OutputDataConfig"] == {
        "S3OutputPath": f"s3://{BUCKET}/models", "KmsKeyId": "", "CompressionType": "GZIP",
    }  # fmt: skip
    assert told["TrainingTimeInSeconds"] == told["BillableTimeInSeconds"] >= 1
    assert [one["Status"] for one in told["SecondaryStatusTransitions"]] == ["Starting", "Training", "Completed"]
    (channel,) = told["InputDataConfig"]
    assert (channel["CompressionType"], channel["RecordWrapperType"]) == ("None", "None")
    assert channel["DataSource"]["S3DataSource"]["S3DataDistributionType"] == "FullyReplicated"
    assert told["EnableNetworkIsolation"] is told["EnableManagedSpotTraining"] is False


def test_an_execution_goes_on_after_its_failure(embedded: Embedded) -> None:
    sagemaker = embedded.client("sagemaker")
    uri = embedded.put("code/fine.py", "print('fine')")
    missing = "arn:aws:lambda:eu-west-1:123456789012:function:later"
    steps = [step("A", arguments=processing(uri)), step("B", "Lambda", FunctionArn=missing, DependsOn=["A"])]
    ended = finished(embedded, "again", steps)
    assert (ended.status, ended.steps["B"]["StepStatus"]) == ("Failed", "Failed")
    function(embedded, "later", "def handler(e, c): return {}")
    again = sagemaker.retry_pipeline_execution(
        PipelineExecutionArn=ended.arn, ParallelismConfiguration={"MaxParallelExecutionSteps": 3}
    )
    assert again["PipelineExecutionArn"] == ended.arn
    told = end(embedded, ended.arn)
    assert (told["PipelineExecutionStatus"], told["ParallelismConfiguration"]["MaxParallelExecutionSteps"]) == (
        "Succeeded",
        3,
    )
    assert "FailureReason" not in told
    steps_now = steps_of(embedded, ended.arn)
    assert steps_now["A"] == ended.steps["A"]
    assert (steps_now["B"]["StepStatus"], steps_now["B"]["AttemptCount"]) == ("Succeeded", 1)
    with refused(embedded, "is Succeeded; only one that is Failed or Stopped can be retried"):
        sagemaker.retry_pipeline_execution(PipelineExecutionArn=ended.arn)
    ended = finished(embedded, "over", [step("F", "Fail", {"ErrorMessage": "no"})])
    with refused(embedded, r"\(ValidationException\).*ended by the Fail step 'F'"):
        sagemaker.retry_pipeline_execution(PipelineExecutionArn=ended.arn)


def test_some_steps_run_with_the_results_of_another_execution(embedded: Embedded) -> None:
    sagemaker = embedded.client("sagemaker")
    write = embedded.put("code/write.py", "open('/opt/ml/processing/rows/n', 'w').write('7')")
    outputs = {"rows": f"s3://{BUCKET}/rows"}
    rows = {"Get": "Steps.Write.ProcessingOutputConfig.Outputs['rows'].S3Output.S3Uri"}
    fail = {"ErrorMessage": {"Std:Join": {"On": " ", "Values": ["wrote to", rows]}}}
    steps = [step("Write", arguments=processing(write, outputs=outputs)), step("F", "Fail", fail)]
    first = finished(embedded, "some", steps)
    assert first.status == "Failed"
    config: dict[str, Any] = {"SelectedSteps": [{"StepName": "F"}]}
    with refused(
        embedded, r"Invalid SourcePipelineExecutionArn: null\. The selected steps \[F\] have dependencies on \[Write\]"
    ):
        sagemaker.start_pipeline_execution(PipelineName="some", SelectiveExecutionConfig=config)
    other = finished(embedded, "other", [condition("C", [])])
    with refused(embedded, "is not one of pipeline"):
        sagemaker.start_pipeline_execution(
            PipelineName="some", SelectiveExecutionConfig={**config, "SourcePipelineExecutionArn": other.arn}
        )
    config["SourcePipelineExecutionArn"] = first.arn
    arn = sagemaker.start_pipeline_execution(PipelineName="some", SelectiveExecutionConfig=config)[
        "PipelineExecutionArn"
    ]
    told = end(embedded, arn)
    assert (told["FailureReason"], told["SelectiveExecutionConfig"]) == (f"wrote to s3://{BUCKET}/rows", config)
    listed = steps_of(embedded, arn)
    assert listed["Write"]["SelectiveExecutionResult"] == {"SourcePipelineExecutionArn": first.arn}
    assert listed["Write"]["Metadata"] == first.steps["Write"]["Metadata"]
    assert "SelectiveExecutionResult" not in listed["F"]


def test_a_running_execution_is_renamed_and_stopped_once(embedded: Embedded) -> None:
    sagemaker, url = embedded.client("sagemaker"), queue(embedded, "renamed")
    arn = start(embedded, "renamed", [wait_step(url)])
    token = receive(embedded, url)["token"]
    before = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    sagemaker.update_pipeline_execution(
        PipelineExecutionArn=arn, PipelineExecutionDisplayName="new", PipelineExecutionDescription="why",
        ParallelismConfiguration={"MaxParallelExecutionSteps": 2},
    )  # fmt: skip
    told = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert (told["PipelineExecutionDisplayName"], told["PipelineExecutionDescription"]) == ("new", "why")
    assert told["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 2}
    assert told["LastModifiedTime"] > before["LastModifiedTime"]
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    with refused(embedded, "Only pipelines with 'Executing' status can be stopped; .* is Stopping"):
        sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    sagemaker.send_pipeline_execution_step_success(CallbackToken=token)
    assert end(embedded, arn)["PipelineExecutionStatus"] == "Stopped"
