"""A pipeline and its executions, as the service describes them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from .service import ACCOUNT, PIPELINE, REGION, ROLE, START, Answer, Refusal, execution_arn, in_pages, record, values


def text(parameter: str) -> dict[str, Any]:
    """A parameter that is no text as one."""
    return {"Std:Join": {"On": "", "Values": [{"Get": f"Parameters.{parameter}"}]}}


OUTPUT = {"Get": "Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"}
STEPS: list[dict[str, Any]] = [
    {
        "Name": "Prepare",
        "Type": "Processing",
        "CacheConfig": {"Enabled": True, "ExpireAfter": "P30D"},
        "Arguments": {
            "AppSpecification": {"ImageUri": "image", "ContainerArguments": ["--rows", text("Rows")]},
            "ProcessingResources": {
                "ClusterConfig": {"InstanceType": {"Get": "Parameters.Instance"}, "InstanceCount": 1}
            },
            "ProcessingOutputConfig": {
                "Outputs": [{"OutputName": "train", "S3Output": {"S3Uri": "s3://b/train", "S3UploadMode": "EndOfJob"}}]
            },
        },
    },
    {
        "Name": "Train",
        "Type": "Training",
        "CacheConfig": {"Enabled": True, "ExpireAfter": "P30D"},
        "Arguments": {
            "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
            "HyperParameters": {"depth": text("Depth")},
            "InputDataConfig": [
                {"ChannelName": "train", "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": OUTPUT}}}
            ],
            "OutputDataConfig": {"S3OutputPath": "s3://b/models"},
        },
    },
    {
        "Name": "Check",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [
                {
                    "Type": "LessThanOrEqualTo",
                    "LeftValue": {"Get": "Steps.Train.FinalMetricDataList['mse'].Value"},
                    "RightValue": {"Get": "Parameters.MaxMse"},
                }
            ],
            "IfSteps": [{"Name": "Register", "Type": "RegisterModel", "Arguments": {"ModelPackageGroupName": "group"}}],
            "ElseSteps": [{"Name": "Inaccurate", "Type": "Fail", "Arguments": {"ErrorMessage": "too inaccurate"}}],
        },
    },
]
DEFINITION: dict[str, Any] = {
    "Version": "2020-12-01",
    "Parameters": [
        {"Name": "Instance", "Type": "String", "DefaultValue": "ml.m5.large"},
        {"Name": "Rows", "Type": "Integer", "DefaultValue": 100},
        {"Name": "Depth", "Type": "Integer", "DefaultValue": 5},
        {"Name": "MaxMse", "Type": "Float", "DefaultValue": 6.0},
    ],
    "Steps": STEPS,
}
DESCRIBED = {
    "PipelineArn": PIPELINE,
    "PipelineName": "Abalone",
    "PipelineDefinition": json.dumps(DEFINITION),
    "RoleArn": ROLE,
    "PipelineStatus": "Active",
    "CreationTime": START - timedelta(days=9),
    "LastModifiedTime": START - timedelta(days=1),
}
FIRST, SECOND = execution_arn("firstexec001"), execution_arn("secondexec02")


def job(kind: str, name: str) -> str:
    """The ARN of a job."""
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{kind}/{name}"


def step(name: str, status: str = "Succeeded", start: float = 0, end: float = 60, **more: Any) -> dict[str, Any]:
    """A ``PipelineExecutionStep``; times in seconds after START."""
    ended = {} if status == "Executing" else {"EndTime": START + timedelta(seconds=end)}
    return {
        "StepName": name, "StepStatus": status, "StartTime": START + timedelta(seconds=start), **ended,
        "AttemptCount": 1, "Metadata": {}, **more,
    }  # fmt: skip


PREPARED = step("Prepare", Metadata={"ProcessingJob": {"Arn": job("processing-job", "prepare-1")}})
TRAINED = step("Train", start=60, end=3660, Metadata={"TrainingJob": {"Arn": job("training-job", "train-1")}})
CHECKED = step("Check", start=3660, end=3661, Metadata={"Condition": {"Outcome": "True"}})
REGISTERED = step(
    "Register", start=3661, end=3662, Metadata={"RegisterModel": {"Arn": job("model-package", "group/7")}}
)
SUCCEEDED = [REGISTERED, CHECKED, TRAINED, PREPARED]
"""The steps of an execution that succeeded, in the service's order: newest first."""

TRAINING_JOB: dict[str, Any] = {
    "TrainingJobName": "train-1",
    "TrainingJobArn": job("training-job", "train-1"),
    "ModelArtifacts": {"S3ModelArtifacts": "s3://b/models/train-1/output/model.tar.gz"},
    "TrainingJobStatus": "Completed",
    "SecondaryStatus": "Completed",
    "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
    "HyperParameters": {"depth": "5"},
    "InputDataConfig": [
        {
            "ChannelName": "train",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/train"}},
        }
    ],
    "ResourceConfig": {"InstanceType": "ml.g5.12xlarge", "InstanceCount": 2, "VolumeSizeInGB": 30},
    "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
    "CreationTime": START,
    "TrainingStartTime": START + timedelta(seconds=60),
    "TrainingEndTime": START + timedelta(seconds=3660),
    "FinalMetricDataList": [{"MetricName": "mse", "Value": 4.5, "Timestamp": START}],
}
PROCESSING_JOB: dict[str, Any] = {
    "ProcessingJobName": "prepare-1",
    "ProcessingJobArn": job("processing-job", "prepare-1"),
    "ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}},
    "AppSpecification": {"ImageUri": "image", "ContainerArguments": ["--rows", "100"]},
    "ProcessingOutputConfig": STEPS[0]["Arguments"]["ProcessingOutputConfig"],
    "ProcessingJobStatus": "Completed",
    "CreationTime": START,
    "ProcessingStartTime": START,
    "ProcessingEndTime": START + timedelta(seconds=60),
}


def answers(**other: Answer) -> dict[str, Answer]:
    """What the service answers about the pipeline, whose one execution has succeeded; others replace these."""
    summaries = [
        {
            "PipelineExecutionArn": FIRST,
            "PipelineExecutionStatus": "Succeeded",
            "PipelineExecutionDisplayName": "nightly",
            "StartTime": START,
        }
    ]
    described = {
        **{key: value for key, value in record("firstexec001").items() if key != "PipelineParameters"},
        "CreationTime": START,
        "LastModifiedTime": START + timedelta(seconds=3662),
        "PipelineVersionId": 3,
        "PipelineExecutionDisplayName": "nightly",
    }
    return {
        "DescribePipeline": lambda asked: (
            DESCRIBED if asked["PipelineName"] in ("Abalone", PIPELINE) else Refusal("ResourceNotFound", "not there")
        ),
        "ListPipelines": in_pages(
            "PipelineSummaries",
            [{"PipelineArn": PIPELINE, "PipelineName": name} for name in ("Other", "Abalone", "Diabetes")],
            2,
        ),
        "ListPipelineExecutions": in_pages("PipelineExecutionSummaries", summaries, 1),
        "DescribePipelineExecution": lambda asked: (
            {**described, "PipelineExecutionArn": asked["PipelineExecutionArn"]}
            if asked["PipelineExecutionArn"] in (FIRST, SECOND)
            else Refusal("ResourceNotFound", "not there")
        ),
        "DescribePipelineDefinitionForExecution": {"PipelineDefinition": json.dumps(DEFINITION)},
        "ListPipelineExecutionSteps": lambda asked: in_pages(
            "PipelineExecutionSteps", SUCCEEDED[::-1] if asked.get("SortOrder") == "Ascending" else SUCCEEDED, 3
        )(asked),
        "ListPipelineParametersForExecution": {"PipelineParameters": values(Depth="7", Rows="100")},
        "DescribeTrainingJob": TRAINING_JOB,
        "DescribeProcessingJob": PROCESSING_JOB,
        **other,
    }
