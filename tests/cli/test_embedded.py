"""The commands that change executions, on a local AWS."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines import cli
from cdk_sagemaker_pipelines.executions.control import waiting
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

from .service import ROLE

IMAGE = "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
SCRIPT = """
import sys
for number in range(3):
    print("line", number, flush=True)
sys.exit('User: arn:aws:sts::1:assumed-role/pipeline/SageMaker is not authorized to perform: s3:GetObject on resource: '
         '"arn:aws:s3:::raw-data/code/run.py" because no identity-based policy allows the s3:GetObject action')
"""


class Here:
    """A local AWS, and ``smpipe`` in a terminal that is set up for it."""

    def __init__(self, aws: EmbeddedAws, outcomes: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.client = aws.services().client
        self.outcomes = outcomes
        self._capsys = capsys

    def smpipe(self, *arguments: str, code: int = 0) -> str:
        """What a command prints."""
        assert cli.main(arguments) == code, self._capsys.readouterr()
        return self._capsys.readouterr().out

    def pipeline(self, *steps: dict[str, Any]) -> None:
        """Creates the pipeline."""
        definition = json.dumps({"Version": "2020-12-01", "Steps": list(steps)})
        self.client("sagemaker").create_pipeline(PipelineName="P", PipelineDefinition=definition, RoleArn=ROLE)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Here]:
    outcomes = tmp_path / "outcomes.json"
    outcomes.write_text("{}")
    monkeypatch.setenv("COLUMNS", "80")
    with EmbeddedAws("eu-west-1", "111122223333", outcomes=outcomes) as aws:
        for name, value in aws.environment(among={}).items():
            monkeypatch.setenv(name, value)
        yield Here(aws, outcomes, capsys)


def processing(name: str, **more: Any) -> dict[str, Any]:
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
    code = {
        "InputName": "code",
        "AppManaged": False,
        "S3Input": {
            "S3Uri": "s3://raw-data/code/", "LocalPath": "/opt/ml/processing/input/code", "S3DataType": "S3Prefix",
            "S3InputMode": "File",
        },
    }  # fmt: skip
    entrypoint = ["python3", "/opt/ml/processing/input/code/run.py"]
    arguments = {
        "RoleArn": ROLE,
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": {"ImageUri": IMAGE, "ContainerEntrypoint": entrypoint},
        "ProcessingInputs": [code],
    }
    return {"Name": name, "Type": "Processing", "Arguments": arguments, **more}


def test_resume_runs_the_rest(here: Here) -> None:
    here.pipeline(processing("First"), processing("Second", DependsOn=["First"]))
    here.outcomes.write_text('{"First": {}, "Second": {"fail": "AlgorithmError: no"}}')
    here.smpipe("start", "P", "--watch", "--interval", "0.1", code=1)
    here.outcomes.write_text('{"First": {"fail": "it must not run again"}, "Second": {}}')
    printed = here.smpipe("resume", "P", "--watch", "--interval", "0.1")
    assert "Succeeded in" in printed
    states = {step["name"]: step["state"] for step in json.loads(here.smpipe("show", "P/", "--json"))["steps"]}
    assert states == {"First": "Succeeded", "Second": "Succeeded"}


def asking(here: Here) -> None:
    """A pipeline that asks, and an execution of it."""
    url = here.client("sqs").create_queue(QueueName="questions")["QueueUrl"]
    outputs = [{"OutputName": "answer", "OutputType": "String"}]
    here.pipeline({"Name": "Ask", "Type": "Callback", "SqsQueueUrl": url, "Arguments": {}, "OutputParameters": outputs})
    here.smpipe("start", "P", "--name", "asks")
    sagemaker = here.client("sagemaker")
    arn = json.loads(here.smpipe("show", "P/asks", "--json"))["execution"]["PipelineExecutionArn"]
    while not waiting(sagemaker, arn):
        time.sleep(0.05)


def test_a_callback_is_answered(here: Here) -> None:
    asking(here)
    here.smpipe("callback", "P", "Ask", "-o", "answer=yes")
    here.smpipe("watch", "P", "--interval", "0.1")
    assert json.loads(here.smpipe("show", "P/asks", "--json"))["steps"][0]["outputs"] == {"answer": "yes"}


def test_what_is_stopped_still_waits_for_its_answer(here: Here) -> None:
    asking(here)
    assert "Ask waits for an answer; end it with: smpipe callback arn:" in here.smpipe("stop", "P")
    here.smpipe("callback", "P", "Ask", "--fail", "stopped")
    assert "Stopped" in here.smpipe("watch", "P", "--interval", "0.1", code=1)


def test_the_log_and_the_reason_of_a_job_that_really_ran(here: Here) -> None:
    here.client("s3").create_bucket(Bucket="raw-data", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    here.client("s3").put_object(Bucket="raw-data", Key="code/run.py", Body=SCRIPT.encode())
    here.pipeline(processing("Read"))
    here.smpipe("start", "P", "--watch", "--interval", "0.1", code=1)
    lines = here.smpipe("logs", "P", "Read").splitlines()
    assert lines[-4:-1] == ["line 0", "line 1", "line 2"]
    assert here.smpipe("logs", "P", "Read", "-n", "2").splitlines() == lines[-2:]
    (cause,) = json.loads(here.smpipe("why", "P", "--json", code=1))["causes"]
    (refused,) = cause["refused"]
    assert (refused["role"], refused["action"]) == ("pipeline", "s3:GetObject")
    assert [(each["step"], each["field"]) for each in refused["derived"]] == [("Read", "ProcessingInputs[0]")]


def test_a_version_is_approved(here: Here) -> None:
    sagemaker = here.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="group")
    container = {"Image": IMAGE, "ModelDataUrl": "s3://raw-data/model.tar.gz"}
    made = sagemaker.create_model_package(
        ModelPackageGroupName="group",
        InferenceSpecification={
            "Containers": [container], "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )  # fmt: skip
    for option, status in (([], "Approved"), (["--reject", "--because", "no"], "Rejected")):
        here.smpipe("approve", "group/1", *option)
        described = sagemaker.describe_model_package(ModelPackageName=made["ModelPackageArn"])
        assert described["ModelApprovalStatus"] == status


def test_resume_is_watched_to_its_end(here: Here) -> None:
    here.pipeline(processing("Only"))
    here.outcomes.write_text('{"Only": {"fail": "AlgorithmError: no"}}')
    here.smpipe("start", "P", "--watch", "--interval", "0.1", code=1)
    here.outcomes.write_text('{"Only": {"seconds": 1}}')
    assert "Only" in here.smpipe("resume", "P", "--watch", "--interval", "0.05")
