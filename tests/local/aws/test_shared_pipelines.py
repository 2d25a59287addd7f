"""Pipelines of one account that another one sees and starts, as AWS RAM shares them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

from .conftest import REGION
from .test_pipelines import ARN, refused

CONSUMER = "444455556666"
RUNS = "arn:aws:ram::aws:permission/AWSRAMPermissionSageMakerPipelineAllowExecution"


@pytest.fixture
def theirs(aws: EmbeddedAws) -> Any:
    """``theirs(account)``: a client of SageMaker in another account."""
    return lambda account=CONSUMER: aws._world.services(account, REGION).client("sagemaker")


@pytest.fixture
def pipeline(client: Any, definition: str, role: str) -> str:
    """The ARN of a pipeline."""
    made = client("sagemaker").create_pipeline(PipelineName="p", PipelineDefinition=definition, RoleArn=role)
    return str(made["PipelineArn"])


def share(client: Any, pipeline: str, *permissions: str, principal: str = CONSUMER) -> str:
    made = client("ram").create_resource_share(
        name="s", resourceArns=[pipeline], principals=[principal], permissionArns=list(permissions)
    )
    return str(made["resourceShare"]["resourceShareArn"])


def test_nobody_else_sees_a_pipeline(theirs: Any, pipeline: str) -> None:
    with refused(theirs(), "AccessDeniedException", "") as caught:
        theirs().start_pipeline_execution(PipelineName=pipeline)
    assert caught.value.response["Error"]["Message"] == (
        f"User: arn:aws:iam::{CONSUMER}:root is not authorized to perform: sagemaker:StartPipelineExecution on "
        f"resource: {pipeline} because no resource-based policy allows the sagemaker:StartPipelineExecution action"
    )


def test_a_share_lets_see_a_pipeline_and_its_executions(client: Any, theirs: Any, pipeline: str) -> None:
    made = share(client, pipeline)
    run = client("sagemaker").start_pipeline_execution(PipelineName="p")["PipelineExecutionArn"]
    assert theirs().describe_pipeline(PipelineName=pipeline)["PipelineArn"] == pipeline
    listed = theirs().list_pipeline_executions(PipelineName=pipeline)["PipelineExecutionSummaries"]
    assert [one["PipelineExecutionArn"] for one in listed] == [run]
    assert theirs().describe_pipeline_execution(PipelineExecutionArn=run)["PipelineArn"] == pipeline
    assert theirs().list_pipeline_execution_steps(PipelineExecutionArn=run)["PipelineExecutionSteps"]
    with refused(theirs(), "AccessDeniedException", "sagemaker:StartPipelineExecution"):
        theirs().start_pipeline_execution(PipelineName=pipeline)
    with refused(theirs(), "AccessDeniedException", "sagemaker:StopPipelineExecution"):
        theirs().stop_pipeline_execution(PipelineExecutionArn=run)
    with refused(theirs(), "AccessDeniedException", "sagemaker:ListPipelineVersions"):
        theirs().list_pipeline_versions(PipelineName=pipeline)
    with refused(theirs(), "AccessDeniedException", "sagemaker:DescribePipeline"):
        theirs("777788889999").describe_pipeline(PipelineName=pipeline)
    client("ram").delete_resource_share(resourceShareArn=made)
    with refused(theirs(), "AccessDeniedException", "sagemaker:DescribePipeline"):
        theirs().describe_pipeline(PipelineName=pipeline)


def test_a_share_with_executions_lets_start_them_in_the_account_of_the_pipeline(
    client: Any, theirs: Any, pipeline: str
) -> None:
    share(client, pipeline, RUNS)
    run = theirs().start_pipeline_execution(PipelineName=pipeline)["PipelineExecutionArn"]
    assert run.startswith(f"{ARN}/p/execution/")
    assert client("sagemaker").describe_pipeline_execution(PipelineExecutionArn=run)
    theirs().stop_pipeline_execution(PipelineExecutionArn=run)
    assert theirs().describe_pipeline_execution(PipelineExecutionArn=run)["PipelineExecutionStatus"] == "Stopped"


def test_a_share_of_a_template(client: Any, deploy: Any, theirs: Any, pipeline: str) -> None:
    properties = {"Name": "s", "ResourceArns": [pipeline], "Principals": [CONSUMER]}
    stack = {"Share": {"Type": "AWS::RAM::ResourceShare", "Properties": properties}}
    assert deploy(stack)["StackStatus"] == "CREATE_COMPLETE"
    assert theirs().describe_pipeline(PipelineName=pipeline)["PipelineName"] == "p"
    with refused(theirs(), "AccessDeniedException", "sagemaker:StartPipelineExecution"):
        theirs().start_pipeline_execution(PipelineName=pipeline)
    stack["Share"]["Properties"] = {**properties, "PermissionArns": [RUNS]}
    assert deploy(stack)["StackStatus"] == "UPDATE_COMPLETE"
    theirs().start_pipeline_execution(PipelineName=pipeline)
    client("cloudformation").delete_stack(StackName="stack")
    with refused(theirs(), "AccessDeniedException", "sagemaker:DescribePipeline"):
        theirs().describe_pipeline(PipelineName=pipeline)


def test_another_permission_is_refused(client: Any, pipeline: str) -> None:
    with pytest.raises(client("ram").exceptions.ClientError, match="other is not a permission for pipelines"):
        share(client, pipeline, "arn:aws:ram::aws:permission/other")


def test_an_organization(aws: EmbeddedAws, client: Any, theirs: Any, pipeline: str) -> None:
    organizations = client("organizations")
    organization = organizations.create_organization(FeatureSet="ALL")["Organization"]
    made = organizations.create_account(Email="a@example.com", AccountName="a")["CreateAccountStatus"]
    share(client, pipeline, principal=organization["Arn"])
    assert theirs(made["AccountId"]).describe_pipeline(PipelineName=pipeline)["PipelineName"] == "p"
    with refused(theirs(), "AccessDeniedException", "sagemaker:DescribePipeline"):
        theirs().describe_pipeline(PipelineName=pipeline)


def test_a_rule_starts_only_what_is_shared_with_its_account(aws: EmbeddedAws, client: Any, pipeline: str) -> None:
    there = aws._world.services(CONSUMER, REGION).client
    there("events").put_rule(Name="r", EventPattern=json.dumps({"source": ["mine"]}))
    role = f"arn:aws:iam::{CONSUMER}:role/events"
    there("events").put_targets(Rule="r", Targets=[{"Id": "p", "Arn": pipeline, "RoleArn": role}])
    bus = aws._world.bus(CONSUMER, REGION)

    def started() -> int:
        there("events").put_events(Entries=[{"Source": "mine", "DetailType": "d", "Detail": "{}"}])
        with bus._changed:
            bus._changed.wait_for(lambda: bus._waiting == 0, 30)
        return len(client("sagemaker").list_pipeline_executions(PipelineName="p")["PipelineExecutionSummaries"])

    assert started() == 0
    share(client, pipeline, RUNS)
    assert started() == 1
