"""A local AWS for tests, and short ways to run pipelines on it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.local.support import Account


@dataclass(frozen=True)
class Finished:
    """An execution that has ended."""

    arn: str
    status: str
    steps: dict[str, dict[str, Any]]


class Embedded(Account):
    """A local AWS as tests write to it and read from it."""

    def __init__(self, aws: EmbeddedAws) -> None:
        super().__init__()
        self.aws = aws
        self._services = aws.services()

    def client(self, name: str) -> Any:
        return self._services.client(name)


def start(
    account: Embedded,
    name: str,
    steps: Sequence[Mapping[str, Any]],
    *,
    parameters: Sequence[Mapping[str, Any]] = (),
    **request: Any,
) -> str:
    """Creates a pipeline and starts it; returns the execution's ARN."""
    document = {"Version": "2020-12-01", "Parameters": list(parameters), "Steps": list(steps)}
    sagemaker = account.client("sagemaker")
    sagemaker.create_pipeline(
        PipelineName=name,
        PipelineDefinition=json.dumps(document),
        RoleArn="arn:aws:iam::123456789012:role/pipeline",
        ClientRequestToken=name.ljust(32, "x"),
    )
    arn: str = sagemaker.start_pipeline_execution(PipelineName=name, **request)["PipelineExecutionArn"]
    return arn


def end(account: Embedded, arn: str) -> dict[str, Any]:
    """The execution's description when it has ended."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        answer: dict[str, Any] = account.client("sagemaker").describe_pipeline_execution(PipelineExecutionArn=arn)
        if answer["PipelineExecutionStatus"] not in ("Executing", "Stopping"):
            return answer
        time.sleep(0.1)
    raise AssertionError("the execution does not end")


def finished(account: Embedded, name: str, steps: Sequence[Mapping[str, Any]], **options: Any) -> Finished:
    """Creates a pipeline, starts it and waits for its end."""
    arn = start(account, name, steps, **options)
    answer = end(account, arn)
    return Finished(arn, answer["PipelineExecutionStatus"], steps_of(account, arn))


def steps_of(account: Embedded, arn: str) -> dict[str, dict[str, Any]]:
    answer = account.client("sagemaker").list_pipeline_execution_steps(PipelineExecutionArn=arn, MaxResults=100)
    return {step["StepName"]: step for step in answer["PipelineExecutionSteps"]}
