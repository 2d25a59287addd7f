"""The SageMaker API for pipelines, executions and jobs, through boto3."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import botocore.session
import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

from .conftest import FakeExecution

MODEL: Any = botocore.session.get_session().get_service_model("sagemaker")
ARN = "arn:aws:sagemaker:eu-central-1:111122223333:pipeline"


@pytest.fixture
def sagemaker(client: Any) -> Any:
    return client("sagemaker")


@pytest.fixture
def pipeline(sagemaker: Any, definition: str, role: str) -> str:
    sagemaker.create_pipeline(PipelineName="Abalone", PipelineDefinition=definition, RoleArn=role)
    return "Abalone"


def refused(sagemaker: Any, code: str, message: str) -> Any:
    """Expects an error of the service with this code and message."""
    return pytest.raises(sagemaker.exceptions.ClientError, match=rf"\({code}\).*{message}")


def test_create_describe_update_delete(sagemaker: Any, definition: str, role: str) -> None:
    created = sagemaker.create_pipeline(
        PipelineName="Abalone-Nightly",
        PipelineDefinition=definition,
        RoleArn=role,
        Tags=[{"Key": "a", "Value": "b"}],
        ParallelismConfiguration={"MaxParallelExecutionSteps": 2},
    )
    assert created["PipelineArn"] == f"{ARN}/abalone-nightly"
    told = sagemaker.describe_pipeline(PipelineName="Abalone-Nightly")
    assert told["PipelineName"] == told["PipelineDisplayName"] == "Abalone-Nightly"
    assert (told["PipelineDefinition"], told["RoleArn"], told["PipelineStatus"]) == (definition, role, "Active")
    assert told["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 2}
    assert "LastRunTime" not in told
    assert sagemaker.describe_pipeline(PipelineName=created["PipelineArn"])["PipelineName"] == "Abalone-Nightly"
    assert sagemaker.list_tags(ResourceArn=created["PipelineArn"])["Tags"] == [{"Key": "a", "Value": "b"}]
    sagemaker.add_tags(ResourceArn=created["PipelineArn"], Tags=[{"Key": "c", "Value": "d"}])
    sagemaker.delete_tags(ResourceArn=created["PipelineArn"], TagKeys=["a"])
    assert sagemaker.list_tags(ResourceArn=created["PipelineArn"])["Tags"] == [{"Key": "c", "Value": "d"}]
    sagemaker.update_pipeline(PipelineName="Abalone-Nightly", PipelineDescription="new")
    told = sagemaker.describe_pipeline(PipelineName="Abalone-Nightly")
    assert (told["PipelineDescription"], told["PipelineDefinition"]) == ("new", definition)
    sagemaker.delete_pipeline(PipelineName="Abalone-Nightly", ClientRequestToken="x" * 32)
    with refused(sagemaker, "ResourceNotFound", f"Pipeline '{ARN}/abalone-nightly' does not exist"):
        sagemaker.describe_pipeline(PipelineName="Abalone-Nightly")


def test_a_definition_from_s3(client: Any, sagemaker: Any, definition: str, role: str) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="definitions", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket="definitions", Key="d.json", Body=definition)
    place = {"Bucket": "definitions", "ObjectKey": "d.json"}
    sagemaker.create_pipeline(PipelineName="a", PipelineDefinitionS3Location=place, RoleArn=role)
    assert sagemaker.describe_pipeline(PipelineName="a")["PipelineDefinition"] == definition
    with refused(sagemaker, "ValidationException", "Unable to read .* s3://definitions/nope"):
        sagemaker.update_pipeline(PipelineName="a", PipelineDefinitionS3Location={**place, "ObjectKey": "nope"})


def test_errors_of_a_pipeline_are_reported(sagemaker: Any, pipeline: str, definition: str, role: str) -> None:
    with refused(sagemaker, "ValidationException", "must be unique within an AWS account"):
        sagemaker.create_pipeline(PipelineName="ABALONE", PipelineDefinition=definition, RoleArn=role)
    with refused(sagemaker, "ValidationException", "Unable to parse pipeline definition"):
        sagemaker.create_pipeline(PipelineName="b", PipelineDefinition="{nope", RoleArn=role)
    circle = [{"Name": a, "Type": "Fail", "Arguments": {}, "DependsOn": [b]} for a, b in (("A", "B"), ("B", "A"))]
    with refused(sagemaker, "ValidationException", "wait for one another: 'B' waits for 'A'"):
        text = json.dumps({**json.loads(definition), "Steps": circle})
        sagemaker.create_pipeline(PipelineName="b", PipelineDefinition=text, RoleArn=role)
    unknown = json.dumps({**json.loads(definition), "Steps": [{"Name": "A", "Type": "Procesing", "Arguments": {}}]})
    with refused(sagemaker, "ValidationException", "step 'A': Type: .* 'Procesing' is not known .* mean 'Processing'"):
        sagemaker.create_pipeline(PipelineName="b", PipelineDefinition=unknown, RoleArn=role)
    described = unknown.replace("Procesing", "Athena")  # which the API describes, although it is not known here
    sagemaker.create_pipeline(PipelineName="described", PipelineDefinition=described, RoleArn=role)
    with refused(sagemaker, "ValidationException", "'Procesing' is not known"):
        sagemaker.update_pipeline(PipelineName=pipeline, PipelineDefinition=unknown)
    with refused(sagemaker, "ValidationException", "should be provided"):
        sagemaker.create_pipeline(PipelineName="b", RoleArn=role)
    with refused(sagemaker, "ValidationException", "regular expression pattern"):
        sagemaker.create_pipeline(PipelineName="a_b", PipelineDefinition=definition, RoleArn=role)
    with refused(sagemaker, "ValidationException", "Unable to parse pipeline definition"):
        sagemaker.update_pipeline(PipelineName=pipeline, PipelineDefinition="[]")


def test_listing_pipelines(sagemaker: Any, definition: str, role: str) -> None:
    for name in ("b", "a", "c", "other"):
        sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=definition, RoleArn=role)
    listed = sagemaker.get_paginator("list_pipelines")

    def names(**asked: Any) -> list[str]:
        pages = listed.paginate(PaginationConfig={"PageSize": 2}, **asked)
        return [told["PipelineName"] for page in pages for told in page["PipelineSummaries"]]

    assert names() == ["other", "c", "a", "b"]
    assert names(SortOrder="Ascending") == ["b", "a", "c", "other"]
    assert names(SortBy="Name", SortOrder="Ascending") == ["a", "b", "c", "other"]
    assert names(PipelineNamePrefix="o") == ["other"]
    assert names(CreatedAfter=datetime.now(timezone.utc) + timedelta(hours=1)) == []
    assert names(CreatedBefore=datetime.now(timezone.utc) - timedelta(hours=1)) == []
    assert (names(ManagedBy="AWS"), len(names(ManagedBy="CUSTOMER"))) == ([], 4)
    for wrong in ({"SortBy": "Bogus"}, {"SortOrder": "Upwards"}, {"ManagedBy": "Me"}):
        with refused(sagemaker, "ValidationException", "Member must satisfy enum value set"):
            sagemaker.list_pipelines(**wrong)


def test_an_execution_from_start_to_stop(aws: EmbeddedAws, sagemaker: Any, pipeline: str, definition: str) -> None:
    started = sagemaker.start_pipeline_execution(
        PipelineName=pipeline,
        PipelineExecutionDisplayName="mine",
        PipelineExecutionDescription="why",
        PipelineParameters=[{"Name": "Text", "Value": "b"}],
        ParallelismConfiguration={"MaxParallelExecutionSteps": 5},
    )
    arn = started["PipelineExecutionArn"]
    assert arn.startswith(f"{ARN}/abalone/execution/")
    assert len(arn.rsplit("/", 1)[1]) == 12
    (execution,) = FakeExecution.made
    assert (execution.started, execution.parameters, execution.max_parallel_steps) == (True, {"Text": "b"}, 5)
    assert execution.services.client("sts").get_caller_identity()["Account"] == "111122223333"
    told = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert told["PipelineExecutionStatus"] == "Executing"
    assert (told["PipelineExecutionDisplayName"], told["PipelineExecutionDescription"]) == ("mine", "why")
    assert told["PipelineArn"] == f"{ARN}/abalone"
    assert "FailureReason" not in told
    (listed,) = sagemaker.list_pipeline_executions(PipelineName=pipeline)["PipelineExecutionSummaries"]
    assert (listed["PipelineExecutionArn"], listed["PipelineExecutionStatus"]) == (arn, "Executing")
    parameters = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
    assert parameters == [{"Name": "Text", "Value": "b"}]
    sagemaker.update_pipeline(PipelineName=pipeline, PipelineDefinition=definition.replace("Stop", "Other"))
    then = sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
    assert then["PipelineDefinition"] == definition
    assert sagemaker.describe_pipeline(PipelineName=pipeline)["LastRunTime"] == told["CreationTime"]
    with refused(sagemaker, "ConflictException", "still running"):
        sagemaker.delete_pipeline(PipelineName=pipeline, ClientRequestToken="x" * 32)
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="x" * 32)
    assert sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"] == "Stopped"
    with refused(
        sagemaker, "ValidationException", "Only pipelines with 'Executing' status can be stopped.* is Stopped"
    ):
        sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="y" * 32)
    sagemaker.delete_pipeline(PipelineName=pipeline, ClientRequestToken="x" * 32)


def test_a_failed_execution_says_why(sagemaker: Any, pipeline: str) -> None:
    arn = sagemaker.start_pipeline_execution(PipelineName=pipeline)["PipelineExecutionArn"]
    FakeExecution.made[0].status, FakeExecution.made[0].failure_reason = "Failed", "Step failure: it broke"
    told = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert (told["PipelineExecutionStatus"], told["FailureReason"]) == ("Failed", "Step failure: it broke")
    assert told["PipelineExecutionDisplayName"].startswith("execution-")


def test_all_parameters_and_the_experiment_are_told(sagemaker: Any, definition: str, role: str) -> None:
    document = json.loads(definition)
    document["Parameters"].append({"Name": "Rate", "Type": "Float", "DefaultValue": 0.5})
    document["Parameters"].append({"Name": "Fast", "Type": "Boolean", "DefaultValue": True})
    names = {"ExperimentName": {"Get": "Execution.PipelineName"}, "TrialName": {"Get": "Execution.PipelineExecutionId"}}
    document["PipelineExperimentConfig"] = names
    sagemaker.create_pipeline(PipelineName="Tuned", PipelineDefinition=json.dumps(document), RoleArn=role)
    given = [{"Name": "Fast", "Value": "false"}]
    arn = sagemaker.start_pipeline_execution(PipelineName="Tuned", PipelineParameters=given)["PipelineExecutionArn"]
    told = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
    assert {item["Name"]: item["Value"] for item in told} == {"Text": "a", "Rate": "0.5", "Fast": "false"}
    written = arn.replace("/tuned/", "/Tuned/")
    described = sagemaker.describe_pipeline_execution(PipelineExecutionArn=written)
    assert described["PipelineExperimentConfig"] == {"ExperimentName": "tuned", "TrialName": arn.rpartition("/")[2]}


def test_the_same_token_is_the_same_execution(sagemaker: Any, pipeline: str) -> None:
    first, second, other = (
        sagemaker.start_pipeline_execution(PipelineName=pipeline, ClientRequestToken=token * 32)["PipelineExecutionArn"]
        for token in "aab"
    )
    assert first == second != other
    assert len(FakeExecution.made) == 2


def test_obstacles_to_an_execution_are_reported(sagemaker: Any, pipeline: str) -> None:
    with refused(sagemaker, "ResourceNotFound", "pipeline/nope' does not exist"):
        sagemaker.start_pipeline_execution(PipelineName="nope")
    with refused(sagemaker, "ValidationException", "has no parameter 'Nope'"):
        sagemaker.start_pipeline_execution(PipelineName=pipeline, PipelineParameters=[{"Name": "Nope", "Value": "1"}])
    with refused(sagemaker, "ValidationException", "Duplicate parameter names"):
        sagemaker.start_pipeline_execution(
            PipelineName=pipeline, PipelineParameters=[{"Name": "Text", "Value": "1"}] * 2
        )
    with refused(sagemaker, "ValidationException", r"\[string \"\" is too short \(length: 0, required minimum: 1\)\]"):
        sagemaker.start_pipeline_execution(PipelineName=pipeline, PipelineParameters=[{"Name": "Text", "Value": ""}])
    with refused(sagemaker, "ValidationException", "RoleArn is only for executions of pipelines that AWS manages"):
        sagemaker.start_pipeline_execution(PipelineName=pipeline, RoleArn="arn:aws:iam::111122223333:role/other")
    with refused(sagemaker, "ValidationException", "no MLflow"):
        sagemaker.start_pipeline_execution(PipelineName=pipeline, MlflowExperimentName="e")
    with refused(sagemaker, "ResourceNotFound", "does not exist"):
        sagemaker.describe_pipeline_execution(PipelineExecutionArn=f"{ARN}/abalone/execution/nope")
    assert sagemaker.list_pipeline_executions(PipelineName=pipeline)["PipelineExecutionSummaries"] == []


def test_steps_are_listed_page_by_page(sagemaker: Any, pipeline: str) -> None:
    arn = sagemaker.start_pipeline_execution(PipelineName=pipeline)["PipelineExecutionArn"]
    first = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)
    assert [step["StepName"] for step in first["PipelineExecutionSteps"]] == [f"Step{n}" for n in range(11, 1, -1)]
    rest = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn, NextToken=first["NextToken"])
    assert [step["StepName"] for step in rest["PipelineExecutionSteps"]] == ["Step1", "Step0"]
    assert "NextToken" not in rest
    ascending = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn, SortOrder="Ascending", MaxResults=1)
    assert ascending["PipelineExecutionSteps"][0]["StepName"] == "Step0"
    with refused(sagemaker, "ValidationException", "Invalid pagination token"):
        sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn, NextToken="nope")


def test_stopping_the_server_stops_executions(definition: str, role: str) -> None:
    FakeExecution.made = []
    with EmbeddedAws("eu-central-1", "111122223333", executions=FakeExecution) as aws:
        sagemaker = aws.services().client("sagemaker")
        sagemaker.create_pipeline(PipelineName="a", PipelineDefinition=definition, RoleArn=role)
        sagemaker.start_pipeline_execution(PipelineName="a")
    assert FakeExecution.made[0].status == "Stopped"


@pytest.mark.parametrize("kind", ["ProcessingJob", "TrainingJob", "TransformJob"])
def test_jobs_that_ran_are_described_and_listed(aws: EmbeddedAws, sagemaker: Any, kind: str) -> None:
    snake = {"ProcessingJob": "processing_job", "TrainingJob": "training_job", "TransformJob": "transform_job"}[kind]
    describe, listed = getattr(sagemaker, f"describe_{snake}"), getattr(sagemaker, f"list_{snake}s")
    name, status = f"{kind}Name", f"{kind}Status"
    tag = {"Key": "sagemaker:pipeline", "Value": "Abalone"}
    moment = datetime(2026, 1, 1, 12, 0, 0, 250_000, timezone.utc)

    def record(job: str, state: str, minute: int) -> None:
        arn = f"arn:aws:sagemaker:eu-central-1:111122223333:{snake.replace('_', '-')}/{job}"
        created = moment + timedelta(minutes=minute)
        description = {name: job, f"{kind}Arn": arn, status: state, "CreationTime": created, "FailureReason": None}
        aws.services().record_job(kind, job, {**description, "Environment": {"A": "b"}, "Tags": [tag]})

    record("first", "InProgress", 0)
    record("second", "Completed", 1)
    record("first", "Failed", 0)
    told = describe(**{name: "first"})
    assert (told[status], told["CreationTime"], told["Environment"]) == ("Failed", moment, {"A": "b"})
    assert "FailureReason" not in told
    assert sagemaker.list_tags(ResourceArn=told[f"{kind}Arn"])["Tags"] == [tag]
    newest = listed(SortOrder="Descending")[f"{kind}Summaries"]
    assert [job[name] for job in newest] == ["second", "first"]
    assert [job[name] for job in listed(StatusEquals="Failed")[f"{kind}Summaries"]] == ["first"]
    assert [job[name] for job in listed(NameContains="SEC")[f"{kind}Summaries"]] == ["second"]
    assert [job[name] for job in listed(SortBy="Name", SortOrder="Ascending")[f"{kind}Summaries"]] == [
        "first",
        "second",
    ]
    with pytest.raises(sagemaker.exceptions.ClientError):
        describe(**{name: "nope"})
