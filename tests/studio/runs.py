"""Pipelines on a local AWS for the pages of executions: eight steps, some of which really run, and one that asks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.cli.service import ROLE
from tests.cli.test_embedded import IMAGE
from tests.executions import Account

BUCKET = "raw-data"
SCRIPT = """
import os, sys, time
for number in range(int(sys.argv[1])):
    print("line", number, "<b>of</b> \\u202e", flush=True)
    time.sleep(float(sys.argv[2]))
if len(sys.argv) > 4:
    while not os.path.exists(sys.argv[4]):
        time.sleep(0.05)
    print("released", flush=True)
if os.path.isdir("/opt/ml/processing/report"):
    with open("/opt/ml/processing/report/evaluation.json", "w") as report:
        report.write('{"mse": 1.5}')
if len(sys.argv) > 3 and sys.argv[3]:
    sys.exit(sys.argv[3])
"""
DENIED = (
    "User: arn:aws:sts::111122223333:assumed-role/pipeline/SageMaker is not authorized to perform: s3:GetObject on "
    'resource: "arn:aws:s3:::raw-data/code/run.py" because no identity-based policy allows the s3:GetObject action'
)


def processing(name: str, *arguments: str, after: tuple[str, ...] = (), output: str = "") -> dict[str, Any]:
    """A processing step that runs the script."""
    inner: dict[str, Any] = {
        "RoleArn": ROLE,
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
        },
        "AppSpecification": {
            "ImageUri": IMAGE,
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/run.py"],
            "ContainerArguments": list(arguments) or ["2", "0"],
        },
        "ProcessingInputs": [
            {
                "InputName": "code",
                "AppManaged": False,
                "S3Input": {
                    "S3Uri": f"s3://{BUCKET}/code/",
                    "LocalPath": "/opt/ml/processing/input/code",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
        ],
    }
    if output:
        place = {"S3Uri": f"s3://{BUCKET}/{output}", "LocalPath": f"/opt/ml/processing/{output}"}
        inner["ProcessingOutputConfig"] = {
            "Outputs": [{"OutputName": output, "AppManaged": False, "S3Output": {**place, "S3UploadMode": "EndOfJob"}}]
        }
    files = [{"PropertyFileName": "report", "OutputName": output, "FilePath": "evaluation.json"}] if output else []
    more = {"PropertyFiles": files} if files else {}
    return {"Name": name, "Type": "Processing", "Arguments": inner, "DependsOn": list(after), **more}


def line(train: tuple[str, ...] = ("2", "0"), prepare: tuple[str, ...] = ("2", "0")) -> dict[str, Any]:
    """The definition of the pipeline with eight steps; arguments are those of the scripts of two of them."""
    report = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.report"}, "Path": "mse"}}
    above = {"Std:Join": {"On": " ", "Values": ["the error", report, "is above", {"Get": "Parameters.MaxMse"}]}}
    register = {
        "ModelPackageGroupName": "line",
        "InferenceSpecification": {
            "Containers": [{"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        "ModelApprovalStatus": "PendingManualApproval",
    }
    check = {"Type": "LessThanOrEqualTo", "LeftValue": report, "RightValue": {"Get": "Parameters.MaxMse"}}
    return {
        "Version": "2020-12-01",
        "Parameters": [
            {"Name": "MaxMse", "Type": "Float", "DefaultValue": 2.0},
        ],
        "Steps": [
            processing("Prepare", *prepare),
            processing("Clean", after=("Prepare",)),
            processing("Train", *train, after=("Clean",)),
            processing("Tune", after=("Clean",)),
            processing("Evaluate", after=("Train", "Tune"), output="report"),
            {
                "Name": "CheckMse",
                "Type": "Condition",
                "Arguments": {
                    "Conditions": [check],
                    "IfSteps": [{"Name": "Register", "Type": "RegisterModel", "Arguments": register}],
                    "ElseSteps": [{"Name": "TooInaccurate", "Type": "Fail", "Arguments": {"ErrorMessage": above}}],
                },
            },
        ],
    }


EVALUATED = {"files": {"report/evaluation.json": {"mse": 1.5}, "report/rows.csv": "name,rows\n<b>a</b>,3\n"}}


class Runs:
    """A local AWS with pipelines, and its executions."""

    def __init__(self, aws: EmbeddedAws, outcomes: Path) -> None:
        self.aws, self._outcomes = aws, outcomes
        self.account = Account(aws)
        self.sagemaker = self.account.sagemaker
        s3 = self.account.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": aws.region})
        self.account.put(f"s3://{BUCKET}/code/run.py", SCRIPT.encode())
        self.account.put(f"s3://{BUCKET}/model.tar.gz", b"model")
        self.sagemaker.create_model_package_group(ModelPackageGroupName="line")

    def pipeline(self, name: str, definition: dict[str, Any]) -> None:
        """Creates a pipeline."""
        text = json.dumps(definition)
        self.sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=text, RoleArn=ROLE)

    def start(self, pipeline: str, outcomes: dict[str, Any] | None = None, **parameters: str) -> str:
        """The ID of a new execution with outcomes of its own."""
        self._outcomes.write_text(json.dumps({"Evaluate": EVALUATED, **(outcomes or {})}))
        return self.account.start(pipeline, parameters).rpartition("/")[2]

    def arn(self, pipeline: str, id: str) -> str:
        """The ARN of an execution."""
        return f"arn:aws:sagemaker:{self.aws.region}:111122223333:pipeline/{pipeline.lower()}/execution/{id}"

    def run(self, pipeline: str, outcomes: dict[str, Any] | None = None, **parameters: str) -> str:
        """The ID of an execution that has ended."""
        id = self.start(pipeline, outcomes, **parameters)
        self.account.end(self.arn(pipeline, id))
        return id


@contextmanager
def runs(folder: Path) -> Iterator[Runs]:
    """The local AWS, with the pipeline ``Line``, whose jobs end as its outcomes say."""
    outcomes = folder / "outcomes.json"
    outcomes.write_text("{}")
    with EmbeddedAws("eu-west-1", "111122223333", outcomes=outcomes) as aws:
        yield Runs(aws, outcomes)


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Waits until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(0.05)
