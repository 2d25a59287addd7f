"""Executions of pipelines on a local AWS, as tests start them and look at them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class Clients(Protocol):
    """The boto3 clients of an account and region."""

    def client(self, name: str, /) -> Any: ...


class Served(Protocol):
    """A local AWS, in this process or in another one."""

    def services(self) -> Clients: ...

    def environment(self) -> dict[str, str]: ...


@dataclass(frozen=True)
class Run:
    """An execution that has ended."""

    arn: str
    status: str
    reason: str
    """Why it failed, if it did."""
    steps: Mapping[str, dict[str, Any]]

    def metadata(self, step: str) -> Any:
        """What the step tells of its type."""
        (told,) = self.steps[step]["Metadata"].values()
        return told

    def job(self, step: str) -> str:
        """The name of the step's job, or of what else it made."""
        return str(self.metadata(step)["Arn"]).rpartition("/")[2]

    def outputs(self, step: str) -> dict[str, str]:
        """The output parameters of a step."""
        return {item["Name"]: item["Value"] for item in self.metadata(step)["OutputParameters"]}

    def statuses(self) -> dict[str, str]:
        """How each step ended."""
        return {name: step["StepStatus"] for name, step in self.steps.items()}


class Account:
    """The account and region of a local AWS."""

    def __init__(self, aws: Served) -> None:
        self.client = aws.services().client
        self.sagemaker = self.client("sagemaker")

    def start(self, pipeline: str, parameters: Mapping[str, str] | None = None) -> str:
        """The ARN of a new execution."""
        values = [{"Name": name, "Value": value} for name, value in (parameters or {}).items()]
        started = self.sagemaker.start_pipeline_execution(PipelineName=pipeline, PipelineParameters=values)
        return str(started["PipelineExecutionArn"])

    def end(self, arn: str) -> Run:
        """An execution when it has ended."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            told = self.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
            if told["PipelineExecutionStatus"] not in ("Executing", "Stopping"):
                return Run(arn, told["PipelineExecutionStatus"], told.get("FailureReason", ""), self.steps(arn))
            time.sleep(0.05)
        raise AssertionError("the execution did not end in two minutes")

    def steps(self, arn: str) -> dict[str, dict[str, Any]]:
        """The steps of an execution by name, as they are now."""
        pages = self.sagemaker.get_paginator("list_pipeline_execution_steps")
        listed = pages.paginate(PipelineExecutionArn=arn, SortOrder="Ascending")
        return {step["StepName"]: step for page in listed for step in page["PipelineExecutionSteps"]}

    def read(self, uri: str) -> bytes:
        """An object."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        body: bytes = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return body

    def put(self, uri: str, content: bytes) -> None:
        """Makes an object."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        self.client("s3").put_object(Bucket=bucket, Key=key, Body=content)

    def objects(self, uri: str) -> dict[str, bytes]:
        """The objects below a URI by their last names."""
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        listed = self.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        return {one["Key"].rpartition("/")[2]: self.read(f"s3://{bucket}/{one['Key']}") for one in listed}
