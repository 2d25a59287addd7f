"""A local AWS with something on every page of the console: pipelines, and executions in every state."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.docs.abalone import ACCOUNT, DEFINITION, OUTCOMES, REGION, ROLE
from tests.executions import Account, Run

QUEUE = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/questions"
ASK = {
    "Name": "Ask",
    "Type": "Callback",
    "SqsQueueUrl": QUEUE,
    "OutputParameters": [{"OutputName": "verdict", "OutputType": "String"}],
    "Arguments": {"model": "line"},
}


def changed() -> dict[str, Any]:
    """The second version of the pipeline: a seed more, another image, and a step under the condition less."""
    found = copy.deepcopy(DEFINITION)
    arguments = found["Steps"][1]["Arguments"]
    arguments["HyperParameters"]["seed"] = "1"
    arguments["AlgorithmSpecification"]["TrainingImage"] = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/train:2"
    found["Steps"][2]["Arguments"]["ElseSteps"] = []
    return found


class World:
    """A local AWS. ``runs`` has the IDs of executions by their display names."""

    def __init__(self, aws: EmbeddedAws, outcomes: Path) -> None:
        self.aws = aws
        self.account = Account(aws)
        self.sagemaker = self.account.sagemaker
        self.runs: dict[str, str] = {}
        self._outcomes = outcomes
        s3 = self.account.client("s3")
        s3.create_bucket(Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": REGION})
        self.account.client("sqs").create_queue(QueueName="questions")
        self.sagemaker.create_model_package_group(ModelPackageGroupName="abalone")

    def pipeline(self, name: str, definition: Mapping[str, Any], **more: Any) -> None:
        """Creates or changes a pipeline."""
        given = {"PipelineName": name, "PipelineDefinition": json.dumps(definition), "RoleArn": ROLE}
        known = [each["PipelineName"] for each in self.sagemaker.list_pipelines()["PipelineSummaries"]]
        (self.sagemaker.update_pipeline if name in known else self.sagemaker.create_pipeline)(**given, **more)

    def start(self, pipeline: str, name: str, outcomes: Mapping[str, Any] = OUTCOMES, **parameters: str) -> str:
        """Starts an execution, and returns its ARN."""
        self._outcomes.write_text(json.dumps(outcomes))
        started = self.sagemaker.start_pipeline_execution(
            PipelineName=pipeline,
            PipelineExecutionDisplayName=name,
            PipelineParameters=[{"Name": key, "Value": value} for key, value in parameters.items()],
        )
        arn = str(started["PipelineExecutionArn"])
        self.runs[name] = arn.rpartition("/")[2]
        return arn

    def run(self, pipeline: str, name: str, outcomes: Mapping[str, Any] = OUTCOMES, **parameters: str) -> Run:
        """An execution that has ended."""
        return self.account.end(self.start(pipeline, name, outcomes, **parameters))


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """``Abalone`` in two versions, whose executions have ended; of ``Line`` one asks, one runs and one was stopped."""
    outcomes = folder / "outcomes.json"
    outcomes.write_text("{}")
    with EmbeddedAws(REGION, ACCOUNT, outcomes=outcomes) as aws:
        found = World(aws, outcomes)
        tags = [{"Key": "team", "Value": "forest"}]
        found.pipeline("Abalone", DEFINITION, PipelineDescription="How old a shell is, by its size.", Tags=tags)
        found.run("Abalone", "first")
        found.run("Abalone", "strict", MaxMse="3")
        found.run("Abalone", "deep", Depth="7")
        found.pipeline("Abalone", changed())
        found.run("Abalone", "changed", {**OUTCOMES, "Train": metric(6.5)}, Depth="7", MaxMse="7.5")
        found.pipeline("Line", {"Version": "2020-12-01", "Steps": [DEFINITION["Steps"][0], ASK]})
        found.account.sagemaker.stop_pipeline_execution(PipelineExecutionArn=found.start("Line", "given-up", {}))
        found.start("Line", "asking", {"Prepare": {}})
        running = found.start("Line", "running", {"Prepare": {"seconds": 3600}})
        yield found
        found.account.sagemaker.stop_pipeline_execution(PipelineExecutionArn=running)  # or the server waits for it


def metric(value: float) -> dict[str, Any]:
    """What a training leaves."""
    return {"properties": {"FinalMetricDataList": [{"MetricName": "mse", "Value": value}]}}
