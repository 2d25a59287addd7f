"""Custom resources, whose functions the embedded CloudFormation calls and whose answers it takes."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from cdk_sagemaker_pipelines.assets.scripts import delete_model_packages

from .conftest import ACCOUNT, REGION

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
MAY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["cloudformation:Describe*", "logs:*", "s3:*", "sagemaker:*"], "Resource": "*"},
    ],
}
POLICIES = [{"PolicyName": "own", "PolicyDocument": MAY}]
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, "Policies": POLICIES}}
ANSWERS = """
import json, urllib.request
def handler(event, context):
    print(json.dumps(event))
    wanted = event["ResourceProperties"]
    answer = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    answer.update(Status="SUCCESS", PhysicalResourceId="thing-" + wanted.get("Name", ""))
    answer.update(Data={"Length": str(len(wanted.get("Name", "")))})
    answer.update(json.loads(wanted.get("Answer", "{}")))
    body = wanted.get("Body", json.dumps(answer)).encode()
    request = urllib.request.Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT")
    urllib.request.urlopen(request).close()
"""
NAMELESS = {"Status": "FAILED", "PhysicalResourceId": ""}
SILENT = "def handler(event, context): return {}"
BROKEN = "def handler(event, context): raise KeyError('x')"


def resources(*, code: str = ANSWERS, **properties: Any) -> dict[str, Any]:
    """A custom resource with its function, and a queue that is named by what the function tells."""
    function = {
        "Code": {"ZipFile": code}, "Handler": "index.handler", "Runtime": "python3.12", "Timeout": 20,
        "FunctionName": "answering", "Role": {"Fn::GetAtt": ["Role", "Arn"]},
    }  # fmt: skip
    token = {"Fn::GetAtt": ["Function", "Arn"]}
    return {
        "Role": ROLE,
        "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
        "Mine": {"Type": "Custom::Mine", "Properties": {"ServiceToken": token, **properties}},
    }


@pytest.fixture
def calls(client: Any) -> Any:
    """``calls()``: the events with which the function was called, in order."""

    def told() -> list[dict[str, Any]]:
        events = client("logs").filter_log_events(logGroupName="/aws/lambda/answering")["events"]
        lines = [event["message"] for event in sorted(events, key=lambda event: event["timestamp"])]
        return [json.loads(line) for line in lines if line.startswith("{")]

    return told


def test_the_life_of_a_custom_resource(client: Any, deploy: Any, calls: Any) -> None:
    properties: dict[str, Any] = {"Name": "one", "Count": 3, "Deep": [{"On": True}]}
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${Mine}-${Mine.Length}"}}}
    stack = deploy({**resources(**properties), "Queue": queue})
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert client("sqs").get_queue_url(QueueName="thing-one-3")
    (call,) = calls()
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:answering"
    assert {name: call[name] for name in call if name not in ("ResponseURL", "RequestId")} == {
        "RequestType": "Create",
        "StackId": stack["StackId"],
        "ResourceType": "Custom::Mine",
        "LogicalResourceId": "Mine",
        "ServiceToken": function,
        "ResourceProperties": {"ServiceToken": function, "Name": "one", "Count": "3", "Deep": [{"On": "true"}]},
    }

    # the same id: an update in place; another one: what had the old one is deleted afterwards
    deploy({**resources(**{**properties, "Count": 4}), "Queue": queue})
    deploy({**resources(Name="other"), "Queue": queue})
    _, update, other, gone = calls()
    assert (update["RequestType"], update["PhysicalResourceId"]) == ("Update", "thing-one")
    assert update["OldResourceProperties"]["Count"] == "3"
    assert (other["RequestType"], other["PhysicalResourceId"]) == ("Update", "thing-one")
    assert (gone["RequestType"], gone["PhysicalResourceId"]) == ("Delete", "thing-one")
    assert gone["ResourceProperties"]["Count"] == "4"

    client("cloudformation").delete_stack(StackName="stack")
    assert client("cloudformation").describe_stacks()["Stacks"] == []
    assert (calls()[-1]["RequestType"], calls()[-1]["PhysicalResourceId"]) == ("Delete", "thing-other")
    assert client("s3").list_buckets()["Buckets"] == []


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"Answer": json.dumps({**NAMELESS, "Reason": "no room"})}, 'message: "no room"'),
        ({"Answer": json.dumps(NAMELESS)}, "the function gave no Reason"),
        ({"Answer": json.dumps({"Status": "DONE"})}, "Status of SUCCESS or FAILED"),
        ({"Answer": json.dumps({"PhysicalResourceId": ""})}, "Invalid PhysicalResourceId"),
        ({"Answer": json.dumps({"StackId": "another"})}, "Invalid StackId"),
        ({"Answer": json.dumps({"Data": [1]})}, "Data that is not an object"),
        ({"Body": "x" * 4097}, "Response object is too long"),
        ({"Body": "[" * 4000}, "it must be a JSON object"),
        ({"code": SILENT}, "ended without an answer to the ResponseURL"),
        ({"code": BROKEN}, "ended without an answer to the ResponseURL: KeyError: 'x'"),
        ({"ServiceToken": f"arn:aws:sns:{REGION}:{ACCOUNT}:topic"}, "is not a Lambda function"),
        ({"ServiceToken": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:none"}, "Function not found"),
    ],
    ids=[
        "failed", "no_reason", "status", "no_id", "stack", "data", "long", "deep", "silent", "broken", "topic", "none",
    ],
)  # fmt: skip
def test_what_fails_a_custom_resource(
    client: Any, deploy: Any, reasons: Any, given: dict[str, Any], reason: str
) -> None:
    assert deploy(resources(**given))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert reason in reasons()[0]
    assert client("s3").list_buckets()["Buckets"] == []


def test_what_a_failed_creation_names_is_deleted(client: Any, deploy: Any, calls: Any) -> None:
    code = ANSWERS.replace('"SUCCESS"', '"FAILED" if event["RequestType"] == "Create" else "SUCCESS"')
    assert deploy(resources(code=code, Name="half"))["StackStatus"] == "ROLLBACK_COMPLETE"
    told = [(call["RequestType"], call.get("PhysicalResourceId")) for call in calls()]
    assert told == [("Create", None), ("Delete", "thing-half")]


def test_a_refused_deletion_is_none_whatever_the_reason_says(client: Any, deploy: Any, reasons: Any) -> None:
    # only the answer to a Delete has another status
    code = ANSWERS.replace('"SUCCESS"', '"FAILED" if event["RequestType"] == "Delete" else "SUCCESS"')
    deploy(resources(code=code, Answer=json.dumps({"Reason": "NotFound: the backup does not exist"})))
    client("cloudformation").delete_stack(StackName="stack")
    (stack,) = client("cloudformation").describe_stacks()["Stacks"]
    assert stack["StackStatus"] == "DELETE_FAILED"
    assert any('message: "NotFound: the backup does not exist"' in reason for reason in reasons())


def test_a_rollback_deletes_what_the_update_made_instead(client: Any, deploy: Any, calls: Any) -> None:
    deploy(resources(Name="old"))
    full = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "not a name"}, "DependsOn": "Mine"}
    assert deploy({**resources(Name="new"), "Queue": full})["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    told = [(call["RequestType"], call.get("PhysicalResourceId")) for call in calls()]
    assert told == [("Create", None), ("Update", "thing-old"), ("Update", "thing-new"), ("Delete", "thing-new")]
    assert calls()[-1]["ResourceProperties"]["Name"] == "new"
    client("cloudformation").delete_stack(StackName="stack")
    assert calls()[-1]["PhysicalResourceId"] == "thing-old"


def test_what_a_function_leaves_beside_its_answer_changes_nothing(client: Any, deploy: Any) -> None:
    leaving = """
    import boto3
    s3, bucket = boto3.client("s3"), event["ResponseURL"].split("?")[0].split("/")[-2]
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for _ in range(2):
        s3.put_object(Bucket=bucket, Key="beside", Body=b"x")
    s3.delete_object(Bucket=bucket, Key="beside")
"""
    code = ANSWERS.replace("    wanted =", leaving + "    wanted =")
    assert deploy(resources(code=code))["StackStatus"] == "CREATE_COMPLETE"
    assert client("s3").list_buckets()["Buckets"] == []


def test_a_custom_resource_keeps_its_function(deploy: Any, reasons: Any) -> None:
    deploy(resources())
    other = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:other"
    assert deploy(resources(ServiceToken=other))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "Modifying service token is not allowed" in reasons()[0]


@pytest.mark.parametrize("dropped", [True, False], ids=["dropped_by_its_root", "deleted_with_its_root"])
def test_versions_of_a_group_in_a_nested_stack(client: Any, deploy: Any, dropped: bool) -> None:
    s3, sagemaker = client("s3"), client("sagemaker")
    s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": REGION})
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.write(delete_model_packages.__file__, "index.py")
    s3.put_object(Bucket="code", Key="code.zip", Body=archive.getvalue())
    made = resources(ModelPackageGroupName="abalone", DeleteApprovedVersions="false")
    made["Function"]["Properties"] |= {"Code": {"S3Bucket": "code", "S3Key": "code.zip"}, "Timeout": 60}
    group = {"Type": "AWS::SageMaker::ModelPackageGroup", "Properties": {"ModelPackageGroupName": "abalone"}}
    inner = {**made, "Mine": {**made["Mine"], "DependsOn": "Group"}, "Group": {**group, "DeletionPolicy": "Retain"}}
    s3.put_object(Bucket="code", Key="inner.json", Body=json.dumps({"Resources": inner}))
    url = f"{s3.meta.endpoint_url}/code/inner.json"
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
    topic = {"Type": "AWS::SNS::Topic"}
    assert deploy({"Inner": nested, "Topic": topic})["StackStatus"] == "CREATE_COMPLETE"
    sagemaker.create_model_package(ModelPackageGroupName="abalone", ModelApprovalStatus="Rejected")

    if dropped:
        assert deploy({"Topic": topic})["StackStatus"] == "UPDATE_COMPLETE"
    else:
        client("cloudformation").delete_stack(StackName="stack")
    assert client("lambda").list_functions()["Functions"] == []
    left = sagemaker.list_model_packages(ModelPackageGroupName="abalone")["ModelPackageSummaryList"]
    assert len(left) == dropped
