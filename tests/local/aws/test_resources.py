"""How each resource type is created, updated and deleted."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws.resources import custom

REGION = "eu-central-1"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
LETS_IN_LAMBDA = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def allow(action: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


@pytest.fixture
def bucket(client: Any) -> str:
    client("s3").create_bucket(Bucket="assets", CreateBucketConfiguration={"LocationConstraint": REGION})
    return "assets"


def test_a_bucket_with_its_settings(client: Any, deploy: Any) -> None:
    properties = {
        "BucketName": "data-bucket",
        "VersioningConfiguration": {"Status": "Enabled"},
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "BlockPublicPolicy": True},
        "LifecycleConfiguration": {
            "Rules": [{"Id": "old", "Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 30}}]
        },
        "Tags": [{"Key": "a", "Value": "b"}],
    }
    deploy({"B": {"Type": "AWS::S3::Bucket", "Properties": properties}})
    s3 = client("s3")
    assert s3.get_bucket_versioning(Bucket="data-bucket")["Status"] == "Enabled"
    (rule,) = s3.get_bucket_encryption(Bucket="data-bucket")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert s3.get_bucket_tagging(Bucket="data-bucket")["TagSet"] == [{"Key": "a", "Value": "b"}]
    assert s3.get_bucket_lifecycle_configuration(Bucket="data-bucket")["Rules"][0]["ID"] == "old"
    s3.put_object(Bucket="data-bucket", Key="kept", Body=b"x")
    del properties["Tags"], properties["LifecycleConfiguration"]
    deploy({"B": {"Type": "AWS::S3::Bucket", "Properties": properties}})
    assert s3.get_object(Bucket="data-bucket", Key="kept")["Body"].read() == b"x"
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchTagSet"):
        s3.get_bucket_tagging(Bucket="data-bucket")


def test_a_bucket_that_already_exists_or_is_not_empty(client: Any, deploy: Any, reasons: Any, bucket: str) -> None:
    stack = deploy({"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": bucket}}}, "first")
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "assets already exists" in reasons("first")[0]
    deploy({"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "full"}}})
    client("s3").put_object(Bucket="full", Key="k", Body=b"x")
    client("cloudformation").delete_stack(StackName="stack")
    assert "not empty" in reasons()[-1]


def test_a_role_with_inline_and_managed_policies(client: Any, deploy: Any) -> None:
    def role(**properties: Any) -> dict[str, Any]:
        return {"R": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, **properties}}}

    def inline(name: str, action: str) -> dict[str, Any]:
        return {"PolicyName": name, "PolicyDocument": allow(action)}

    managed = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    output = {"Arn": {"Value": {"Fn::GetAtt": ["R", "Arn"]}}, "Name": {"Value": {"Ref": "R"}}}
    stack = deploy(
        role(Policies=[inline("a", "s3:Get*"), inline("b", "s3:Put*")], ManagedPolicyArns=[managed]), Outputs=output
    )
    outputs = {told["OutputKey"]: told["OutputValue"] for told in stack["Outputs"]}
    name, iam = outputs["Name"], client("iam")
    assert outputs["Arn"] == f"arn:aws:iam::111122223333:role/{name}"
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["a", "b"]
    assert iam.get_role_policy(RoleName=name, PolicyName="a")["PolicyDocument"] == allow("s3:Get*")
    assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"][0]["PolicyArn"] == managed
    deploy(role(Policies=[inline("b", "s3:List*")], Description="new", MaxSessionDuration="7200"), Outputs=output)
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["b"]
    assert iam.get_role_policy(RoleName=name, PolicyName="b")["PolicyDocument"] == allow("s3:List*")
    assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
    assert iam.get_role(RoleName=name)["Role"]["MaxSessionDuration"] == 7200
    client("cloudformation").delete_stack(StackName="stack")
    assert iam.list_roles()["Roles"] == []


def test_policies_attached_to_a_role(client: Any, deploy: Any) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, "RoleName": "r"}}

    def policy(kind: str, action: str, **more: Any) -> dict[str, Any]:
        properties = {"PolicyDocument": allow(action), "Roles": [{"Ref": "R"}], **more}
        return {"Type": f"AWS::IAM::{kind}", "Properties": properties}

    def resources(action: str) -> dict[str, Any]:
        return {"R": role, "P": policy("Policy", action, PolicyName="p"), "M": policy("ManagedPolicy", action)}

    deploy(resources("s3:Get*"))
    deploy(resources("s3:Put*"))
    iam = client("iam")
    assert iam.get_role_policy(RoleName="r", PolicyName="p")["PolicyDocument"] == allow("s3:Put*")
    (attached,) = iam.list_attached_role_policies(RoleName="r")["AttachedPolicies"]
    version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"]
    assert document == allow("s3:Put*")
    client("cloudformation").delete_stack(StackName="stack")
    assert iam.list_policies(Scope="Local")["Policies"] == []


def test_a_pipeline_from_s3(client: Any, deploy: Any, reasons: Any, definition: str, role: str, bucket: str) -> None:
    etag = client("s3").put_object(Bucket=bucket, Key="d.json", Body=definition)["ETag"]

    def resources(**place: str) -> dict[str, Any]:
        location = {"PipelineDefinitionS3Location": {"Bucket": bucket, "Key": "d.json", **place}}
        properties = {"PipelineName": "Abalone", "RoleArn": role, "PipelineDefinition": location}
        return {"P": {"Type": "AWS::SageMaker::Pipeline", "Properties": properties}}

    assert deploy(resources(ETag=etag))["StackStatus"] == "CREATE_COMPLETE"
    assert client("sagemaker").describe_pipeline(PipelineName="Abalone")["PipelineDefinition"] == definition
    assert deploy(resources(ETag="other"))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "expected other" in reasons()[0]
    assert deploy(resources(Key="nope"))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "specified key does not exist" in reasons()[0]


def test_a_pipeline_keeps_name_tags_and_parallelism(client: Any, deploy: Any, definition: str, role: str) -> None:
    def resources(**properties: Any) -> dict[str, Any]:
        body = {"PipelineDefinitionBody": definition}
        base = {"PipelineName": "Abalone", "RoleArn": role, "PipelineDefinition": body}
        return {"P": {"Type": "AWS::SageMaker::Pipeline", "Properties": {**base, **properties}}}

    stack = deploy(
        resources(
            PipelineDisplayName="Shown",
            ParallelismConfiguration={"MaxParallelExecutionSteps": "3"},
            Tags=[{"Key": "team", "Value": "a"}, {"Key": "old", "Value": "x"}],
        ),
        Outputs={"Ref": {"Value": {"Ref": "P"}}},
    )
    assert stack["Outputs"][0]["OutputValue"] == "Abalone"
    sagemaker = client("sagemaker")
    told = sagemaker.describe_pipeline(PipelineName="Abalone")
    assert told["PipelineArn"] == f"arn:aws:sagemaker:{REGION}:111122223333:pipeline/abalone"
    assert (told["PipelineDisplayName"], told["ParallelismConfiguration"]) == (
        "Shown",
        {"MaxParallelExecutionSteps": 3},
    )
    deploy(resources(Tags=[{"Key": "team", "Value": "b"}]))
    assert sagemaker.list_tags(ResourceArn=told["PipelineArn"])["Tags"] == [{"Key": "team", "Value": "b"}]
    assert sagemaker.describe_pipeline(PipelineName="Abalone")["PipelineDisplayName"] == "Abalone"


def test_a_pipeline_needs_a_definition(deploy: Any, reasons: Any, role: str) -> None:
    properties = {"PipelineName": "Abalone", "RoleArn": role, "PipelineDefinition": {"pipelineDefinitionBody": "{}"}}
    deploy({"P": {"Type": "AWS::SageMaker::Pipeline", "Properties": properties}})
    assert reasons()[0] == (
        "Properties validation failed for resource P with message:\n"
        "#/PipelineDefinition: #: 0 subschemas matched instead of one\n"
        "#/PipelineDefinition: required key [PipelineDefinitionBody] not found\n"
        "#/PipelineDefinition: extraneous key [pipelineDefinitionBody] is not permitted"
    )


def test_a_model_package_group_and_its_policy(client: Any, deploy: Any) -> None:
    def resources(**properties: Any) -> dict[str, Any]:
        kind = "AWS::SageMaker::ModelPackageGroup"
        return {"G": {"Type": kind, "Properties": {"ModelPackageGroupName": "g", **properties}}}

    policy = allow("sagemaker:*")
    policy["Statement"][0]["Principal"] = "*"
    attributes = ("ModelPackageGroupArn", "ModelPackageGroupStatus", "CreationTime")
    outputs = {name: {"Value": {"Fn::GetAtt": ["G", name]}} for name in attributes}
    stack = deploy(resources(ModelPackageGroupPolicy=policy), Outputs=outputs)
    told = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    assert told["ModelPackageGroupArn"] == f"arn:aws:sagemaker:{REGION}:111122223333:model-package-group/g"
    assert told["ModelPackageGroupStatus"] == "Completed"
    sagemaker = client("sagemaker")
    kept = sagemaker.get_model_package_group_policy(ModelPackageGroupName="g")["ResourcePolicy"]
    assert json.loads(kept) == policy
    deploy(resources(Tags=[{"Key": "a", "Value": "b"}]), Outputs=outputs)
    with pytest.raises(sagemaker.exceptions.ClientError, match="Cannot find resource policy"):
        sagemaker.get_model_package_group_policy(ModelPackageGroupName="g")
    assert sagemaker.list_tags(ResourceArn=told["ModelPackageGroupArn"])["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_model(client: Any, deploy: Any, role: str) -> None:
    def resources(image: str) -> dict[str, Any]:
        properties = {"ExecutionRoleArn": role, "PrimaryContainer": {"Image": image}}
        return {"M": {"Type": "AWS::SageMaker::Model", "Properties": properties}}

    outputs = {"Name": {"Value": {"Fn::GetAtt": ["M", "ModelName"]}}, "Ref": {"Value": {"Ref": "M"}}}
    deploy(resources("a"), Outputs=outputs)
    stack = deploy(resources("b"), Outputs=outputs)
    told = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    (model,) = client("sagemaker").list_models()["Models"]
    assert (model["ModelName"], model["ModelArn"]) == (told["Name"], told["Ref"])
    described = client("sagemaker").describe_model(ModelName=told["Name"])
    assert described["PrimaryContainer"] == {"Image": "b"}
    client("cloudformation").delete_stack(StackName="stack")
    assert client("sagemaker").list_models()["Models"] == []


def test_what_runs_and_watches_a_pipeline(client: Any, deploy: Any, role: str) -> None:
    def resources(days: int, rate: int) -> dict[str, Any]:
        queue_arn = {"Fn::GetAtt": ["Q", "Arn"]}
        return {
            "L": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/l", "RetentionInDays": days}},
            "Q": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": rate, "SqsManagedSseEnabled": True}},
            "QP": {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {"Queues": [{"Ref": "Q"}], "PolicyDocument": {**allow("sqs:*"), "Id": f"{rate}"}},
            },
            "G": {"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {"Name": "nightly"}},
            "S": {
                "Type": "AWS::Scheduler::Schedule",
                "Properties": {
                    "Name": "s",
                    "GroupName": {"Ref": "G"},
                    "ScheduleExpression": f"rate({rate} hours)",
                    "FlexibleTimeWindow": {"Mode": "OFF"},
                    "Target": {"Arn": queue_arn, "RoleArn": role, "DeadLetterConfig": {"Arn": queue_arn}},
                },
            },
            "A": {
                "Type": "AWS::CloudWatch::Alarm",
                "Properties": {
                    "AlarmName": "failed",
                    "Namespace": "AWS/Sagemaker/ModelBuildingPipeline",
                    "MetricName": "ExecutionFailed",
                    "Dimensions": [{"Name": "PipelineName", "Value": "Abalone"}],
                    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                    "EvaluationPeriods": 1,
                    "Period": 300,
                    "Statistic": "Sum",
                    "Threshold": rate,
                },
            },
            "K": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": allow("kms:*")}},
            "KA": {
                "Type": "AWS::KMS::Alias",
                "Properties": {"AliasName": "alias/data", "TargetKeyId": {"Ref": "K"}},
            },
            "T": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "told", "DisplayName": f"{rate}"}},
            "TP": {
                "Type": "AWS::SNS::TopicPolicy",
                "Properties": {"Topics": [{"Ref": "T"}], "PolicyDocument": {**allow("sns:*"), "Id": f"{rate}"}},
            },
            "TS": {
                "Type": "AWS::SNS::Subscription",
                "Properties": {"TopicArn": {"Ref": "T"}, "Protocol": "sqs", "Endpoint": queue_arn},
            },
            "R": {
                "Type": "AWS::Events::Rule",
                "Properties": {
                    "Name": "changed",
                    "Description": f"{rate}",
                    "EventPattern": {"source": ["aws.sagemaker"]},
                    "Targets": [{"Id": "queue", "Arn": queue_arn}],
                },
            },
            "Meta": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": f"{rate}"}},
        }

    assert deploy(resources(7, 2))["StackStatus"] == "CREATE_COMPLETE"
    assert deploy(resources(30, 3))["StackStatus"] == "UPDATE_COMPLETE"
    assert client("logs").describe_log_groups()["logGroups"][0]["retentionInDays"] == 30
    assert client("scheduler").get_schedule(Name="s", GroupName="nightly")["ScheduleExpression"] == "rate(3 hours)"
    (alarm,) = client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert (alarm["AlarmName"], alarm["Threshold"]) == ("failed", 3.0)
    (url,) = client("sqs").list_queues()["QueueUrls"]
    attributes = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "3"
    assert json.loads(attributes["Policy"])["Id"] == "3"
    assert len(client("sns").list_topics()["Topics"]) == 1
    assert client("events").describe_rule(Name="changed")["Description"] == "3"
    assert any(alias["AliasName"] == "alias/data" for alias in client("kms").list_aliases()["Aliases"])
    client("cloudformation").delete_stack(StackName="stack")
    assert client("cloudformation").describe_stacks()["Stacks"] == []
    assert client("sqs").list_queues().get("QueueUrls", []) == []


def test_a_function_is_kept_with_its_name_when_it_changes(client: Any, deploy: Any) -> None:
    def resources(timeout: int) -> dict[str, Any]:
        return {
            "R": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": LETS_IN_LAMBDA}},
            "F": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "FunctionName": "f",
                    "Runtime": "python3.13",
                    "Handler": "index.handler",
                    "Timeout": timeout,
                    "Role": {"Fn::GetAtt": ["R", "Arn"]},
                    "Code": {"ZipFile": "def handler(event, context): pass"},
                },
            },
            "P": {
                "Type": "AWS::Lambda::Permission",
                "Properties": {
                    "FunctionName": {"Ref": "F"},
                    "Action": "lambda:InvokeFunction",
                    "Principal": "events.amazonaws.com",
                },
            },
        }

    assert deploy(resources(3))["StackStatus"] == "CREATE_COMPLETE"
    assert deploy(resources(30))["StackStatus"] == "UPDATE_COMPLETE"
    assert client("lambda").get_function(FunctionName="f")["Configuration"]["Timeout"] == 30
    client("cloudformation").delete_stack(StackName="stack")
    assert client("lambda").list_functions()["Functions"] == []


def archive(files: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, text in files.items():
            file.writestr(name, text)
    return content.getvalue()


def deployment(bucket: str, source: str, **properties: Any) -> dict[str, Any]:
    """The custom resource as aws_s3_deployment emits it."""
    return {
        "D": {
            "Type": "Custom::CDKBucketDeployment",
            "Properties": {
                "ServiceToken": "arn:aws:lambda:::function:never-called",
                "SourceBucketNames": [bucket],
                "SourceObjectKeys": [source],
                "DestinationBucketName": bucket,
                **properties,
            },
        }
    }


def keys(client: Any, bucket: str, prefix: str = "") -> list[str]:
    return [entry["Key"] for entry in client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])]


def test_a_bucket_deployment_unpacks_replaces_markers_and_prunes(client: Any, deploy: Any, bucket: str) -> None:
    s3 = client("s3")
    s3.put_object(Bucket=bucket, Key="one.zip", Body=archive({"a.json": '{"x": "<<m:1>>"}', "d/b.txt": "b"}))
    s3.put_object(Bucket=bucket, Key="two.zip", Body=archive({"a.json": "new"}))
    outputs = {"Keys": {"Value": {"Fn::Select": [0, {"Fn::GetAtt": ["D", "SourceObjectKeys"]}]}}}
    target = {"DestinationBucketKeyPrefix": "to", "RetainOnDelete": "false"}
    stack = deploy(
        deployment(bucket, "one.zip", SourceMarkers=[{"<<m:1>>": {"Ref": "AWS::Region"}}], **target), Outputs=outputs
    )
    assert stack["Outputs"][0]["OutputValue"] == "one.zip"
    assert keys(client, bucket, "to/") == ["to/a.json", "to/d/b.txt"]
    answer = s3.get_object(Bucket=bucket, Key="to/a.json")
    assert (answer["Body"].read(), answer["ContentType"]) == (b'{"x": "eu-central-1"}', "application/json")
    deploy(deployment(bucket, "two.zip", **target), Outputs=outputs)
    assert keys(client, bucket, "to/") == ["to/a.json"]
    client("cloudformation").delete_stack(StackName="stack")
    assert keys(client, bucket) == ["one.zip", "two.zip"]


def test_a_bucket_deployment_without_unpacking_keeps_what_is_there(client: Any, deploy: Any, bucket: str) -> None:
    s3 = client("s3")
    s3.put_object(Bucket=bucket, Key="one.zip", Body=archive({"a": "a", "b": "b"}))
    s3.put_object(Bucket=bucket, Key="to/old", Body=b"x")
    deploy(deployment(bucket, "one.zip", DestinationBucketKeyPrefix="to", Extract=False), "packed")
    assert keys(client, bucket, "to/") == ["to/old", "to/one.zip"]
    deploy(deployment(bucket, "one.zip", DestinationBucketKeyPrefix="to", Prune=False, Exclude=["b"]), "unpacked")
    assert keys(client, bucket, "to/") == ["to/a", "to/old", "to/one.zip"]


def test_a_bucket_deployment_is_limited(
    client: Any, deploy: Any, reasons: Any, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(custom, "_LARGEST", 1000)
    client("s3").put_object(Bucket=bucket, Key="one.zip", Body=archive({"a": "a" * 600, "b": "b" * 600}))
    client("s3").put_object(Bucket=bucket, Key="none.zip", Body=b"none")
    for source, reason in {"one.zip": "unpacks to more than 1,000 bytes", "none.zip": "is not a readable zip"}.items():
        stack = deploy(deployment(bucket, source, DestinationBucketKeyPrefix="to"), source[:-4])
        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        assert f"the source s3://assets/{source} of a bucket deployment {reason}" in reasons(source[:-4])[0]
    assert keys(client, bucket, "to/") == []


def test_a_bucket_is_emptied_before_it_is_deleted(client: Any, deploy: Any) -> None:
    deploy(
        {
            "B": {"Type": "AWS::S3::Bucket", "Properties": {"VersioningConfiguration": {"Status": "Enabled"}}},
            "E": {
                "Type": "Custom::S3AutoDeleteObjects",
                "Properties": {"ServiceToken": "arn", "BucketName": {"Ref": "B"}},
            },
        }
    )
    s3 = client("s3")
    (name,) = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    for content in (b"1", b"2"):
        s3.put_object(Bucket=name, Key="k", Body=content)
    client("cloudformation").delete_stack(StackName="stack")
    assert s3.list_buckets()["Buckets"] == []


def test_a_bucket_notifies_event_bridge(client: Any, deploy: Any) -> None:
    configuration: dict[str, Any] = {"EventBridgeConfiguration": {}}
    stack = deploy(
        {
            "B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "noticed"}},
            "N": {
                "Type": "Custom::S3BucketNotifications",
                "Properties": {
                    "ServiceToken": "arn",
                    "BucketName": {"Ref": "B"},
                    "NotificationConfiguration": configuration,
                    "Managed": True,
                },
            },
        }
    )
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    client("cloudformation").delete_stack(StackName="stack")
    assert client("cloudformation").describe_stacks()["Stacks"] == []


def test_what_moto_hosts_has_the_name_that_the_template_gives(client: Any, deploy: Any, role: str) -> None:
    variant = {
        "VariantName": "v", "ModelName": {"Fn::GetAtt": ["Model", "ModelName"]}, "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large", "InitialVariantWeight": 1,
    }  # fmt: skip
    config = {"Fn::GetAtt": ["Config", "EndpointConfigName"]}
    image = {"Image": "111122223333.dkr.ecr.eu-central-1.amazonaws.com/model:1"}
    resources = {
        "Model": {
            "Type": "AWS::SageMaker::Model", "Properties": {"ExecutionRoleArn": role, "PrimaryContainer": image},
        },
        "Config": {"Type": "AWS::SageMaker::EndpointConfig", "Properties": {"ProductionVariants": [variant]}},
        "Endpoint": {
            "Type": "AWS::SageMaker::Endpoint",
            "Properties": {"EndpointName": "age", "EndpointConfigName": config},
        },
        "Notebook": {
            "Type": "AWS::SageMaker::NotebookInstance",
            "Properties": {"NotebookInstanceName": "own", "InstanceType": "ml.t3.medium", "RoleArn": role},
        },
    }  # fmt: skip
    assert deploy(resources)["StackStatus"] == "CREATE_COMPLETE"
    sagemaker = client("sagemaker")
    assert sagemaker.describe_endpoint(EndpointName="age")["EndpointConfigName"].startswith("stack-Config-")
    assert sagemaker.describe_notebook_instance(NotebookInstanceName="own")["InstanceType"] == "ml.t3.medium"


def test_a_type_that_only_moto_has(client: Any, deploy: Any) -> None:
    table = {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    }
    stack = deploy({"T": table}, Outputs={"Arn": {"Value": {"Fn::GetAtt": ["T", "Arn"]}}})
    assert ":table/stack-T-" in stack["Outputs"][0]["OutputValue"]
    client("cloudformation").delete_stack(StackName="stack")
    assert client("dynamodb").list_tables()["TableNames"] == []


def test_a_network_with_rules_comes_and_goes(client: Any, deploy: Any) -> None:
    vpc = {"VpcId": {"Ref": "V"}}
    rule = {"GroupId": {"Fn::GetAtt": ["A", "GroupId"]}, "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    other = {"Fn::GetAtt": ["B", "GroupId"]}
    flows = {"ResourceId": {"Ref": "V"}, "ResourceType": "VPC", "TrafficType": "ALL", "LogDestinationType": "s3"}
    endpoint = {"ServiceName": "com.amazonaws.eu-west-1.s3", "VpcEndpointType": "Gateway"}
    properties = {
        "V": ("VPC", {"CidrBlock": "10.0.0.0/16"}),
        "T": ("RouteTable", vpc),
        "E": ("VPCEndpoint", {**vpc, **endpoint, "RouteTableIds": [{"Ref": "T"}]}),
        "F": ("FlowLog", {**flows, "LogDestination": {"Fn::GetAtt": ["L", "Arn"]}}),
        "G": ("FlowLog", {**flows, "ResourceId": {"Ref": "W"}, "LogDestination": {"Fn::Sub": "${L.Arn}/flows/"}}),
        "W": ("VPC", {"CidrBlock": "10.1.0.0/16"}),
        "A": ("SecurityGroup", {**vpc, "GroupDescription": "one"}),
        "B": ("SecurityGroup", {**vpc, "GroupDescription": "another"}),
        "In": ("SecurityGroupIngress", {**rule, "SourceSecurityGroupId": other}),
        "Out": ("SecurityGroupEgress", {**rule, "DestinationSecurityGroupId": other}),
    }
    resources = {name: {"Type": f"AWS::EC2::{kind}", "Properties": made} for name, (kind, made) in properties.items()}
    output = {"V": {"Value": {"Ref": "V"}}, "A": {"Value": rule["GroupId"]}, "B": {"Value": other}}
    stack = deploy({"L": {"Type": "AWS::S3::Bucket"}, **resources}, Outputs=output)
    made = {told["OutputKey"]: told["OutputValue"] for told in stack["Outputs"]}
    ec2 = client("ec2")
    (group,) = ec2.describe_security_groups(GroupIds=[made["A"]])["SecurityGroups"]
    for rules in (group["IpPermissions"], group["IpPermissionsEgress"]):
        pairs = [(one["FromPort"], pair["GroupId"]) for one in rules for pair in one["UserIdGroupPairs"]]
        assert pairs == [(443, made["B"])]
    client("cloudformation").delete_stack(StackName="stack")
    assert made["V"] not in [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]]
    assert ec2.describe_flow_logs()["FlowLogs"] == []


def test_the_default_security_group_is_closed_and_reopened(client: Any, deploy: Any) -> None:
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
    group = {"Fn::GetAtt": ["V", "DefaultSecurityGroup"]}
    properties = {"ServiceToken": "arn", "DefaultSecurityGroupId": group, "Account": {"Ref": "AWS::AccountId"}}
    closed = {"Type": "Custom::VpcRestrictDefaultSG", "Properties": properties}
    output = {"G": {"Value": group}}
    stack = deploy({"V": vpc, "R": closed}, Outputs=output)

    def rules() -> tuple[Any, Any]:
        named = [stack["Outputs"][0]["OutputValue"]]
        (found,) = client("ec2").describe_security_groups(GroupIds=named)["SecurityGroups"]
        return found["IpPermissions"], found["IpPermissionsEgress"]

    assert rules() == ([], [])
    properties["ServiceToken"] = "another"
    deploy({"V": vpc, "R": closed}, Outputs=output)
    assert rules() == ([], [])
    deploy({"V": vpc}, Outputs=output)
    (ingress,), (egress,) = rules()
    assert [pair["GroupId"] for pair in ingress["UserIdGroupPairs"]] == [stack["Outputs"][0]["OutputValue"]]
    assert egress["IpRanges"][0]["CidrIp"] == "0.0.0.0/0"


def test_the_configurations_of_a_cluster_are_those_of_the_template(client: Any, deploy: Any) -> None:
    inner = {"Classification": "export", "ConfigurationProperties": {"ConfigurationProperties": "a name like any"}}
    outer = {"Classification": "spark-env", "Configurations": [inner]}
    spark = {"Classification": "spark", "ConfigurationProperties": {"maximizeResourceAllocation": "true"}}
    primary = {"InstanceType": "m5.xlarge", "InstanceCount": 1}
    core = {**primary, "Configurations": [spark]}
    properties = {
        "Name": "words",
        "ReleaseLabel": "emr-7.10.0",
        "JobFlowRole": "instances",
        "ServiceRole": "service",
        "Configurations": [spark, outer],
        "Instances": {"MasterInstanceGroup": primary, "CoreInstanceGroup": core, "KeepJobFlowAliveWhenNoSteps": True},
    }
    deploy({"C": {"Type": "AWS::EMR::Cluster", "Properties": properties}})
    emr = client("emr")
    (found,) = emr.list_clusters()["Clusters"]
    told = emr.describe_cluster(ClusterId=found["Id"])["Cluster"]["Configurations"]
    assert [one["Classification"] for one in told] == ["spark", "spark-env"]
    assert told[0]["Properties"] == {"maximizeResourceAllocation": "true"}
    assert told[1]["Configurations"][0]["Properties"] == {"ConfigurationProperties": "a name like any"}
