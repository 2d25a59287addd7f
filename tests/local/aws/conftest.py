"""A separate local AWS for each test."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, ClassVar

import pytest

from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.local.engine.record import History

REGION, ACCOUNT = "eu-central-1", "111122223333"


class FakeExecution:
    """An execution that does what the test tells it; refuses parameters that the definition does not declare."""

    made: ClassVar[list[FakeExecution]] = []
    """Every execution that the test made, in order."""

    def __init__(
        self,
        definition: Definition,
        *,
        pipeline_name: str,
        pipeline_arn: str,
        execution_id: str,
        execution_arn: str,
        parameters: Mapping[str, str],
        max_parallel_steps: int | None,
        services: Any,
        cache: Any,
        role_arn: str,
        selection: Any,
        observer: Any,
        history: Any,
        permissions: Any,
    ) -> None:
        unknown = set(parameters) - set(definition.parameters)
        if unknown:
            raise ValueError(f"pipeline {pipeline_name!r} has no parameter {min(unknown)!r}")
        self.definition, self.parameters, self.services = definition, dict(parameters), services
        self.max_parallel_steps = max_parallel_steps
        self.status = "Executing"
        self.failure_reason: str | None = None
        self.start_time = self.last_modified_time = datetime.now(timezone.utc)
        self.started = False
        FakeExecution.made.append(self)

    def start(self) -> None:
        self.started = True

    def stop(self) -> None:
        self.status = "Stopped"

    abandon = stop

    def retry(self, max_parallel_steps: int | None = None) -> None:
        self.status = "Executing"

    def update(self, *, max_parallel_steps: int) -> None:
        self.max_parallel_steps = max_parallel_steps

    def history(self) -> History:
        return History("", self.status, self.start_time, self.last_modified_time)

    def wait(self, timeout: float | None = None) -> str:
        return self.status

    def steps(self) -> list[dict[str, Any]]:
        return [
            {"StepName": f"Step{number}", "StepStatus": "Succeeded", "StartTime": self.start_time, "Metadata": {}}
            for number in reversed(range(12))
        ]


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    FakeExecution.made = []
    with EmbeddedAws(REGION, ACCOUNT, executions=FakeExecution) as embedded:
        yield embedded


@pytest.fixture
def client(aws: EmbeddedAws) -> Any:
    """``client(name)``: a boto3 client of the local AWS."""
    return aws.services().client


@pytest.fixture
def definition() -> str:
    return json.dumps(
        {
            "Version": "2020-12-01",
            "Parameters": [{"Name": "Text", "Type": "String", "DefaultValue": "a"}],
            "Steps": [{"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": {"Get": "Parameters.Text"}}}],
        }
    )


@pytest.fixture
def role() -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/pipeline"


@pytest.fixture
def deploy(client: Any) -> Any:
    """``deploy(resources, name="stack", **more)``: creates or updates a stack and answers with its description."""

    def deployed(resources: Mapping[str, Any], name: str = "stack", **more: Any) -> dict[str, Any]:
        cloudformation = client("cloudformation")
        parameters = more.pop("parameters", {})
        body = json.dumps({"Resources": resources, **more})
        given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
        names = [stack["StackName"] for stack in cloudformation.describe_stacks()["Stacks"]]
        act = cloudformation.update_stack if name in names else cloudformation.create_stack
        act(StackName=name, TemplateBody=body, Parameters=given)
        return dict(cloudformation.describe_stacks(StackName=name)["Stacks"][0])

    return deployed


@pytest.fixture
def reasons(client: Any) -> Any:
    """``reasons(name="stack")``: why resources of the stack failed, newest first."""

    def told(name: str = "stack") -> list[str]:
        events = client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
        return [event["ResourceStatusReason"] for event in events if event["ResourceStatus"].endswith("_FAILED")]

    return told
