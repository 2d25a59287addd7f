"""The embedded CloudFormation checks properties before it creates anything, as the service does."""

from __future__ import annotations

import json
from typing import Any

import pytest

GOOD = {
    "Version": "2020-12-01",
    "Steps": [{"Name": "F", "Type": "Fail", "Arguments": {"ErrorMessage": "x"}}],
}
AT = "#/PipelineDefinition"
NONE = f"{AT}: #: 0 subschemas matched instead of one\n"


def pipeline(role: str, definition: Any) -> dict[str, Any]:
    properties = {"PipelineName": "p", "RoleArn": role, "PipelineDefinition": definition}
    return {"P": {"Type": "AWS::SageMaker::Pipeline", "Properties": properties}}


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        (json.dumps(GOOD), f"{AT}: expected type: JSONObject, found: String"),
        (
            {"PipelineDefinitionBody": GOOD},
            f"{NONE}{AT}/PipelineDefinitionBody: expected type: String, found: JSONObject",
        ),
        (
            {"PipelineDefinitionS3Location": {"Bucket": "b", "ObjectKey": "k"}},
            f"{NONE}{AT}/PipelineDefinitionS3Location: required key [Key] not found\n"
            f"{AT}/PipelineDefinitionS3Location: extraneous key [ObjectKey] is not permitted",
        ),
    ],
    ids=["text", "object", "place"],
)
def test_a_definition_of_another_shape(
    client: Any, deploy: Any, reasons: Any, role: str, definition: Any, message: str
) -> None:
    stack = deploy(pipeline(role, definition))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert reasons() == [f"Properties validation failed for resource P with message:\n{message}"]
    assert client("sagemaker").list_pipelines()["PipelineSummaries"] == []


def test_a_refused_update_changes_nothing(client: Any, deploy: Any, reasons: Any) -> None:
    def bucket(status: str) -> dict[str, Any]:
        properties = {"BucketName": "versions", "VersioningConfiguration": {"Status": status}}
        return {"B": {"Type": "AWS::S3::Bucket", "Properties": properties}}

    deploy(bucket("Enabled"))
    assert deploy(bucket("On"))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert reasons() == [
        "Properties validation failed for resource B with message:\n"
        "#/VersioningConfiguration/Status: failed validation constraint for keyword [enum]"
    ]
    assert client("s3").get_bucket_versioning(Bucket="versions")["Status"] == "Enabled"


def test_a_template_in_yaml(client: Any, role: str) -> None:
    cloudformation = client("cloudformation")
    body = f"""\
Resources:
  P:
    Type: AWS::SageMaker::Pipeline
    Properties:
      PipelineName: !Sub "${{AWS::StackName}}-p"
      RoleArn: {role}
      PipelineDefinition:
        PipelineDefinitionBody: !Sub |
          {{"Version": "2020-12-01",
            "Steps": [{{"Name": "F", "Type": "Fail", "Arguments": {{"ErrorMessage": "${{AWS::StackName}}"}}}}]}}
"""
    cloudformation.create_stack(StackName="y", TemplateBody=body)
    told = client("sagemaker").describe_pipeline(PipelineName="y-p")
    assert json.loads(told["PipelineDefinition"])["Steps"][0]["Arguments"] == {"ErrorMessage": "y"}
    with pytest.raises(cloudformation.exceptions.ClientError, match="YAML aliases are not allowed in CloudFormation"):
        cloudformation.create_stack(StackName="z", TemplateBody="Resources: {A: &a {Type: B}, C: *a}")


def test_a_key_has_tags_and_stays_when_they_change(client: Any, deploy: Any) -> None:
    def resources(**properties: Any) -> dict[str, Any]:
        policy = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}],
        }
        return {"K": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy, **properties}}}

    outputs = {"Outputs": {"Id": {"Value": {"Ref": "K"}}, "Arn": {"Value": {"Fn::GetAtt": ["K", "Arn"]}}}}

    def deployed(**properties: Any) -> tuple[str, dict[str, str]]:
        stack = deploy(resources(**properties), **outputs)
        told = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
        tags = client("kms").list_resource_tags(KeyId=told["Id"])["Tags"]
        assert told["Arn"].endswith(f":key/{told['Id']}")
        return told["Id"], {tag["TagKey"]: tag["TagValue"] for tag in tags}

    key, tags = deployed(Tags=[{"Key": "team", "Value": "a"}], Description="one", EnableKeyRotation=True)
    assert tags == {"team": "a"}
    kms = client("kms")
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    assert deployed(Tags=[{"Key": "stage", "Value": "b"}], Description="two", Enabled=False) == (key, {"stage": "b"})
    told = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (told["Description"], told["Enabled"]) == ("two", False)
    client("cloudformation").delete_stack(StackName="stack")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_a_schedule_of_a_pipeline_has_its_parameters(deploy: Any, reasons: Any, role: str) -> None:
    def schedule(**more: Any) -> dict[str, Any]:
        target = {"Arn": "arn:aws:sagemaker:eu-central-1:111122223333:pipeline/p", "RoleArn": role, **more}
        properties = {"ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target}
        return {"S": {"Type": "AWS::Scheduler::Schedule", "Properties": properties}}

    deploy(schedule(), "without")
    assert "Parameters SageMakerPipelineParameters must be specified." in reasons("without")[0]
    empty = schedule(SageMakerPipelineParameters={"PipelineParameterList": []})
    assert deploy(empty, "with")["StackStatus"] == "CREATE_COMPLETE"
