"""A local AWS with something on every page of the console: pipelines, and executions in every state."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.docs import abalone
from tests.docs.abalone import ACCOUNT, DEFINITION, REGION, ROLE
from tests.executions import Account, Run

OUTCOMES = {name: told for name, told in abalone.OUTCOMES.items() if name != "Register"}
"""No job runs; the version of the model is registered."""
QUEUE = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/questions"
ASK = {
    "Name": "Ask",
    "Type": "Callback",
    "SqsQueueUrl": QUEUE,
    "DependsOn": ["Prepare"],
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

    def addresses(self) -> dict[str, str]:
        """An address for every page and state of one, by what is to be seen there."""
        runs = self.runs
        line = {name: f"/p/Line/e/{runs[name]}" for name in ("asking", "running", "given-up")}
        first, strict, changed = (f"/p/Abalone/e/{runs[name]}" for name in ("first", "strict", "changed"))
        compared = "&".join(f"e={runs[name]}" for name in ("first", "strict", "deep", "changed"))
        tabs = ("executions", "graph", "parameters", "definition", "versions", "roles", "about")
        return {
            "pipelines": "/",
            "pipelines found": "/?q=shell&state=Succeeded&sort=name",
            "pipelines not found": "/?q=nobody",
            **{f"pipeline, {tab}": f"/p/Abalone?tab={tab}" for tab in tabs},
            "pipeline, filtered": "/p/Abalone?p=MaxMse%3D3&state=Failed",
            "start": "/p/Abalone/start",
            "start, with values": f"/p/Abalone/start?from={runs['deep']}",
            "start, with mistakes": "/p/Abalone/start?show=1&p.Depth=x&p.MaxMse=&name=%20&parallel=0",
            "execution that succeeded": first,
            "execution that failed": strict,
            "execution that runs": line["running"],
            "execution that asks": line["asking"],
            "execution that was stopped": line["given-up"],
            "execution, hours": f"{first}?hours=1",
            **{f"step {name}": f"{changed}/s/{name}" for name in ("Prepare", "Train", "Check", "Register")},
            "step that failed": f"{strict}/s/Inaccurate",
            "step that did not run": f"{strict}/s/Register",
            "step that runs": f"{line['running']}/s/Prepare",
            "step that asks": f"{line['asking']}/s/Ask",
            "compare two": f"/p/Abalone/compare?e={runs['first']}&e={runs['changed']}",
            "compare four": f"/p/Abalone/compare?{compared}&all=1",
            "compare one": f"/p/Abalone/compare?e={runs['first']}",
            "nowhere": "/nowhere",
            "no pipeline": "/p/Nobody",
        }

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

    def log(self, job: str, *lines: str) -> None:
        """Writes the log of a training job."""
        logs, place = self.account.client("logs"), {"logGroupName": "/aws/sagemaker/TrainingJobs"}
        stream = {**place, "logStreamName": f"{job}/algo-1-1"}
        logs.create_log_group(**place)
        logs.create_log_stream(**stream)
        now = int(time.time() * 1000)
        logs.put_log_events(**stream, logEvents=[{"timestamp": now, "message": line} for line in lines])

    def starters(self, pipeline: str) -> None:
        """A rule and a schedule that start a pipeline."""
        arn = self.sagemaker.describe_pipeline(PipelineName=pipeline)["PipelineArn"]
        events, scheduler = self.account.client("events"), self.account.client("scheduler")
        events.put_rule(Name="Arrived", ScheduleExpression="rate(30 days)", State="DISABLED")
        events.put_targets(Rule="Arrived", Targets=[{"Id": "1", "Arn": arn, "RoleArn": ROLE}])
        scheduler.create_schedule(
            Name="Nightly", ScheduleExpression="cron(0 2 * * ? *)", State="DISABLED",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": arn, "RoleArn": ROLE, "SageMakerPipelineParameters": {"PipelineParameterList": []}},
        )  # fmt: skip

    def stop_all(self) -> None:
        """Stops what runs, for which the server would wait."""
        for pipeline in ("Abalone", "Line"):
            listed = self.sagemaker.list_pipeline_executions(PipelineName=pipeline)["PipelineExecutionSummaries"]
            for each in listed:
                if each["PipelineExecutionStatus"] == "Executing":
                    self.sagemaker.stop_pipeline_execution(PipelineExecutionArn=each["PipelineExecutionArn"])

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
        found.log(found.run("Abalone", "first").job("Train"), "epoch 1 of 2", "epoch 2 of 2")
        found.run("Abalone", "strict", MaxMse="3")
        found.run("Abalone", "deep", Depth="7")
        found.pipeline("Abalone", changed())
        found.run("Abalone", "changed", {**OUTCOMES, "Train": metric(6.5)}, Depth="7", MaxMse="7.5")
        found.pipeline("Line", {"Version": "2020-12-01", "Steps": [DEFINITION["Steps"][0], ASK]})
        found.starters("Abalone")
        given_up = found.start("Line", "given-up", {"Prepare": {"seconds": 3600}})
        found.account.sagemaker.stop_pipeline_execution(PipelineExecutionArn=given_up)
        found.account.end(given_up)
        found.start("Line", "asking", {"Prepare": {}})
        found.start("Line", "running", {"Prepare": {"seconds": 3600}})
        outcomes.write_text(json.dumps(OUTCOMES))
        try:
            yield found
        finally:
            found.stop_all()


def metric(value: float) -> dict[str, Any]:
    """What a training leaves."""
    return {"properties": {"FinalMetricDataList": [{"MetricName": "mse", "Value": value}]}}
