"""What the local AWS tells EventBridge about executions, steps, jobs and model packages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws.sagemaker.events import of_step
from tests.local.embedding import Embedded, end, finished, start, steps_of
from tests.local.support import condition, processing, step
from tests.local.test_callback import queue, queue_arn, receive, wait_step
from tests.local.test_lambda import function
from tests.local.test_operations import until

ROLE = "arn:aws:iam::123456789012:role/events"
EXECUTION = "SageMaker Model Building Pipeline Execution Status Change"
STEP = "SageMaker Model Building Pipeline Execution Step Status Change"


def listen(account: Embedded, name: str, pattern: dict[str, Any]) -> str:
    """A queue that gets the events that match."""
    url, events = queue(account, f"events-{name}"), account.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": ["aws.sagemaker"], **pattern}))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue_arn(account, url), "RoleArn": ROLE}])
    return url


def heard(account: Embedded, url: str, number: int) -> list[dict[str, Any]]:
    """The next events, in their order."""
    return [receive(account, url) for _ in range(number)]


def nothing_more(account: Embedded, url: str) -> bool:
    return "Messages" not in account.client("sqs").receive_message(QueueUrl=url)


def test_an_execution_and_its_steps(embedded: Embedded) -> None:
    executions = listen(embedded, "executions", {"detail-type": [EXECUTION]})
    steps = listen(embedded, "steps", {"detail-type": [STEP]})
    jobs = listen(embedded, "jobs", {"detail-type": ["SageMaker Processing Job State Change"]})
    uri = embedded.put("code/fine.py", "print('fine')")
    ended = finished(
        embedded, "told", [step("Run", arguments=processing(uri)), condition("Check", [], DependsOn=["Run"])],
        PipelineExecutionDisplayName="mine",
    )  # fmt: skip
    arns = [ended.arn.partition("/execution/")[0], ended.arn]

    first, last = heard(embedded, executions, 2)
    assert (first["source"], first["account"], first["resources"]) == ("aws.sagemaker", "123456789012", arns)
    told = embedded.client("sagemaker").describe_pipeline_execution(PipelineExecutionArn=ended.arn)
    start_time = told["CreationTime"].strftime("%Y-%m-%dT%H:%M:%SZ")
    detail = {
        "pipelineArn": arns[0], "pipelineExecutionArn": arns[1], "pipelineExecutionDisplayName": "mine",
        "executionStartTime": start_time,
    }  # fmt: skip
    assert first["detail"] == {**detail, "currentPipelineExecutionStatus": "Executing"}
    assert last["detail"] == {
        **detail, "currentPipelineExecutionStatus": "Succeeded", "previousPipelineExecutionStatus": "Executing",
        "executionEndTime": told["LastModifiedTime"].strftime("%Y-%m-%dT%H:%M:%SZ"),
    }  # fmt: skip
    assert nothing_more(embedded, executions)

    details = [event["detail"] for event in heard(embedded, steps, 6)]
    known = [
        (one["stepName"], one["stepType"], one.get("previousStepStatus"), one["currentStepStatus"]) for one in details
    ]
    for name, kind in (("Run", "Processing"), ("Check", "Condition")):
        assert [one for one in known if one[0] == name] == [
            (name, kind, None, "Starting"),
            (name, kind, "Starting", "Executing"),
            (name, kind, "Executing", "Succeeded"),
        ]
    job = ended.steps["Run"]["Metadata"]["ProcessingJob"]["Arn"]
    assert details[2]["metadata"] == {"processingJob": {"arn": job}}
    assert details[-1]["metadata"] == {"condition": {"outcome": "True"}}
    assert {"stepStartTime", "stepEndTime"} <= details[2].keys()
    assert "stepEndTime" not in details[1]

    told_of_job = heard(embedded, jobs, 2)
    assert [event["detail"]["ProcessingJobStatus"] for event in told_of_job] == ["InProgress", "Completed"]
    assert {tuple(event["resources"]) for event in told_of_job} == {(job,)}
    described = embedded.client("sagemaker").describe_processing_job(ProcessingJobName=job.rpartition("/")[2])
    assert told_of_job[1]["detail"]["ProcessingEndTime"] == int(described["ProcessingEndTime"].timestamp() * 1000)


def test_a_target_gets_what_its_rule_says(embedded: Embedded) -> None:
    url = listen(
        embedded, "said", {"detail-type": [EXECUTION], "detail": {"currentPipelineExecutionStatus": ["Succeeded"]}}
    )
    events, arn = embedded.client("events"), queue_arn(embedded, url)
    said = {"InputPathsMap": {"arn": "$.detail.pipelineArn"}, "InputTemplate": '{"pipeline": "<arn>"}'}
    events.put_targets(Rule="said", Targets=[{"Id": "queue", "Arn": arn, "RoleArn": ROLE, "InputTransformer": said}])
    events.put_targets(Rule="said", Targets=[{"Id": "again", "Arn": arn, "RoleArn": ROLE, "Input": '"constant"'}])
    ended = finished(embedded, "said", [condition("C", [])])
    assert heard(embedded, url, 2) == [{"pipeline": ended.arn.partition("/execution/")[0]}, "constant"]


def test_a_log_group_gets_events(embedded: Embedded) -> None:
    group = "/aws/events/told"
    embedded.client("logs").create_log_group(logGroupName=group)
    events = embedded.client("events")
    events.put_rule(Name="logged", EventPattern=json.dumps({"source": ["aws.sagemaker"], "detail-type": [STEP]}))
    events.put_targets(
        Rule="logged", Targets=[{"Id": "logs", "Arn": f"arn:aws:logs:eu-west-1:123456789012:log-group:{group}"}]
    )
    finished(embedded, "logged", [condition("C", [])])
    until(lambda: embedded.log(group).count("currentStepStatus") == 3)


def test_a_failed_step_says_why(embedded: Embedded) -> None:
    url = listen(embedded, "failed", {"detail-type": [STEP], "detail": {"currentStepStatus": ["Failed"]}})
    finished(embedded, "unlucky", [step("F", "Fail", {"ErrorMessage": "no luck"})])
    (event,) = heard(embedded, url, 1)
    assert (event["detail"]["stepName"], event["detail"]["failureReason"]) == ("F", "no luck")


def test_a_stopped_execution(embedded: Embedded) -> None:
    url, waiting = listen(embedded, "stopped", {"detail-type": [EXECUTION]}), queue(embedded, "told-stopped")
    arn = start(embedded, "told-stopped", [wait_step(waiting)])
    token = receive(embedded, waiting)["token"]
    embedded.client("sagemaker").stop_pipeline_execution(PipelineExecutionArn=arn)
    embedded.client("sagemaker").send_pipeline_execution_step_failure(CallbackToken=token)
    end(embedded, arn)
    told = [event["detail"]["currentPipelineExecutionStatus"] for event in heard(embedded, url, 3)]
    assert told == ["Executing", "Stopping", "Stopped"]


def test_a_model_package(embedded: Embedded) -> None:
    sagemaker = embedded.client("sagemaker")
    pattern = {"detail-type": ["SageMaker Model Package State Change"], "detail": {"ModelApprovalStatus": ["Approved"]}}
    url = listen(embedded, "packages", pattern)
    sagemaker.create_model_package_group(ModelPackageGroupName="told")
    arn = sagemaker.create_model_package(ModelPackageGroupName="told")["ModelPackageArn"]
    sagemaker.update_model_package(ModelPackageArn=arn, ApprovalDescription="not yet")
    for _ in range(2):  # the second changes nothing
        sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    sagemaker.update_model_package(
        ModelPackageArn=arn, SourceUri="s3://b/k", CustomerMetadataProperties={"a": "b"}, ApprovalDescription="not yet"
    )
    event, later = heard(embedded, url, 2)
    assert event["resources"] == [arn]
    assert event["detail"]["UpdatedModelPackageFields"] == ["ModelApprovalStatus"]
    assert later["detail"]["UpdatedModelPackageFields"] == ["sourceUri", "CustomerMetadataProperties"]
    told = {
        name: event["detail"][name] for name in ("ModelPackageGroupName", "ModelPackageVersion", "ModelPackageStatus")
    }
    assert told == {"ModelPackageGroupName": "told", "ModelPackageVersion": 1, "ModelPackageStatus": "Completed"}
    assert nothing_more(embedded, url)


def test_models_and_endpoints(embedded: Embedded) -> None:
    kinds = ("Model", "Endpoint Config", "Endpoint")
    url = listen(embedded, "hosting", {"detail-type": [f"SageMaker {kind} State Change" for kind in kinds]})
    role = "arn:aws:iam::123456789012:role/job"
    variant = {"VariantName": "v", "ModelName": "Told", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    done = finished(
        embedded, "hosting",
        [
            step("M", "Model", {"ExecutionRoleArn": role, "PrimaryContainer": {"Image": "i"}}),
            step("C", "EndpointConfig", {
                "EndpointConfigName": "told",
                "ProductionVariants": [{**variant, "ModelName": {"Get": "Steps.M.ModelName"}}],
            }),
            step("E", "Endpoint", {
                "EndpointName": "told", "EndpointConfigName": {"Get": "Steps.C.EndpointConfigName"},
            }, DependsOn=["C"]),
        ],
    )  # fmt: skip
    assert done.status == "Succeeded", done.steps
    told = heard(embedded, url, 3)
    assert [event["detail-type"] for event in told] == [f"SageMaker {kind} State Change" for kind in kinds]
    model, config, endpoint = (event["detail"] for event in told)
    assert model["ExecutionRoleArn"] == role
    assert [event["resources"] for event in told] == [
        [model["ModelArn"]],
        [config["EndpointConfigArn"]],
        [endpoint["EndpointArn"]],
    ]
    assert config["ProductionVariants"][0]["ModelName"] == model["ModelName"]
    described = embedded.client("sagemaker").describe_endpoint(EndpointName=endpoint["EndpointName"])
    assert endpoint["EndpointStatus"] == described["EndpointStatus"]
    assert endpoint["CreationTime"] == int(described["CreationTime"].timestamp() * 1000)


def test_a_rule_starts_a_pipeline_and_calls_a_function(embedded: Embedded) -> None:
    sagemaker, events = embedded.client("sagemaker"), embedded.client("events")
    document = {
        "Version": "2020-12-01", "Parameters": [{"Name": "Who", "Type": "String"}], "Steps": [condition("C", [])],
    }  # fmt: skip
    role = "arn:aws:iam::123456789012:role/pipeline"
    started = sagemaker.create_pipeline(PipelineName="started", PipelineDefinition=json.dumps(document), RoleArn=role)
    called = function(
        embedded, "called",
        "import boto3, json\ndef handler(e, c):\n"
        "    boto3.client('s3').put_object(Bucket='data', Key='called', Body=e['detail']['pipelineExecutionArn'])",
    )  # fmt: skip
    status = {"currentPipelineExecutionStatus": ["Succeeded"], "pipelineArn": [{"suffix": "pipeline/first"}]}
    events.put_rule(
        Name="then",
        EventPattern=json.dumps({"source": ["aws.sagemaker"], "detail-type": [EXECUTION], "detail": status}),
    )
    given = {"PipelineParameterList": [{"Name": "Who", "Value": "the rule"}]}
    events.put_targets(
        Rule="then",
        Targets=[
            {
                "Id": "a",
                "Arn": "arn:aws:lambda:eu-west-1:123456789012:function:none",
            },  # which must not matter to others
            {"Id": "b", "Arn": started["PipelineArn"], "RoleArn": role, "SageMakerPipelineParameters": given},
            {"Id": "c", "Arn": called, "RoleArn": role},
        ],
    )
    ended = finished(embedded, "first", [condition("C", [])])
    listed = until(lambda: sagemaker.list_pipeline_executions(PipelineName="started")["PipelineExecutionSummaries"])
    parameters = sagemaker.list_pipeline_parameters_for_execution(
        PipelineExecutionArn=listed[0]["PipelineExecutionArn"]
    )
    assert parameters["PipelineParameters"] == [{"Name": "Who", "Value": "the rule"}]
    until(lambda: "called" in embedded.keys("called"))
    assert embedded.read("called").decode() == ended.arn


@pytest.mark.parametrize(
    ("written", "told"),
    [("EMRServerless", "emrServerless"), ("AutoMLJob", "autoMLJob"), ("EMR", "emr"), ("TuningJob", "tuningJob")],
)
def test_names_in_events_begin_in_lower_case(written: str, told: str) -> None:
    listed = {"StepName": "s", "StepStatus": "Starting", "Metadata": {written: {"Arn": "a"}}}
    assert of_step(("p", "e"), "T", listed, None).detail["metadata"] == {told: {"arn": "a"}}


def test_steps_are_told_as_they_are_listed(embedded: Embedded) -> None:
    url = listen(embedded, "same", {"detail-type": [STEP], "detail": {"currentStepStatus": ["Succeeded"]}})
    ended = finished(embedded, "same", [condition("C", [])])
    (event,) = heard(embedded, url, 1)
    (listed,) = steps_of(embedded, ended.arn).values()
    assert event["detail"]["stepEndTime"] == listed["EndTime"].strftime("%Y-%m-%dT%H:%M:%SZ")
