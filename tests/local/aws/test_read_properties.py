"""Properties of templates: each has its effect, or the stack's events say that it has none."""

from __future__ import annotations

import json
from typing import Any

from .conftest import ACCOUNT, REGION

QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}
POLICY = {"kind": ["wanted"]}


def test_what_no_provider_reads_is_told(client: Any, deploy: Any) -> None:
    bucket = {
        "BucketName": "told",
        "CorsConfiguration": {"CorsRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]},
    }
    deploy({"B": {"Type": "AWS::S3::Bucket", "Properties": bucket}, "Q": QUEUE})
    events = client("cloudformation").describe_stack_events(StackName="stack")["StackEvents"]
    assert {
        event["LogicalResourceId"]: event.get("ResourceStatusReason")
        for event in events[:5]
        if "COMPLETE" in event["ResourceStatus"]
    } == {
        "stack": None,
        "Q": None,
        "B": "without effect in the local AWS: CorsConfiguration",
    }


def test_what_an_alarm_does_not_follow_is_told(client: Any, deploy: Any) -> None:
    default = {"EvaluationPeriods": 1, "Threshold": 0, "ComparisonOperator": "GreaterThanThreshold"}
    metric = {"Namespace": "Shop", "MetricName": "Errors", "Period": 60}
    query = {"Id": "e", "Expression": "1*2", "ReturnData": True}
    actions = {"AlarmActions": [f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"], "OKActions": []}

    def alarm(name: str, **members: Any) -> dict[str, Any]:
        return {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": name, **default, **members}}

    deploy(
        {
            "Plain": alarm("plain", **metric, Statistic="Sum", TreatMissingData="ignore"),
            "Expression": alarm("expression", Metrics=[query]),
            "Percentile": alarm("percentile", **metric, ExtendedStatistic="p90"),
            "Function": alarm("function", **metric, Statistic="Sum", **actions),
        }
    )
    events = client("cloudformation").describe_stack_events(StackName="stack")["StackEvents"]
    assert {
        event["LogicalResourceId"]: (event.get("ResourceStatusReason") or ": all").rpartition(": ")[2]
        for event in events
        if "COMPLETE" in event["ResourceStatus"]
    } == {
        "stack": "all", "Plain": "all", "Expression": "Metrics", "Percentile": "ExtendedStatistic",
        "Function": "AlarmActions",
    }  # fmt: skip


def test_a_bucket_has_notifications_and_retention_and_loses_what_goes(client: Any, deploy: Any) -> None:
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
    lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 3}}}
    default = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    properties: dict[str, Any] = {
        "BucketName": "kept",
        "ObjectLockEnabled": True,
        "ObjectLockConfiguration": lock,
        "NotificationConfiguration": {"QueueConfigurations": [{"Event": "s3:ObjectCreated:*", "Queue": arn}]},
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [default]},
    }
    s3 = client("s3")
    stack = deploy({"Q": QUEUE, "B": {"Type": "AWS::S3::Bucket", "DependsOn": "Q", "Properties": properties}})
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    (told,) = s3.get_bucket_notification_configuration(Bucket="kept")["QueueConfigurations"]
    assert (told["QueueArn"], told["Events"]) == (arn, ["s3:ObjectCreated:*"])
    held = s3.get_object_lock_configuration(Bucket="kept")["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert (held["Mode"], held["Days"]) == ("COMPLIANCE", 3)
    fewer = {"BucketName": "kept", "ObjectLockEnabled": True}
    deploy({"Q": QUEUE, "B": {"Type": "AWS::S3::Bucket", "DependsOn": "Q", "Properties": fewer}})
    assert "QueueConfigurations" not in s3.get_bucket_notification_configuration(Bucket="kept")
    assert "Rule" not in s3.get_object_lock_configuration(Bucket="kept")["ObjectLockConfiguration"]
    try:
        rules = s3.get_bucket_encryption(Bucket="kept")["ServerSideEncryptionConfiguration"]["Rules"]
    except s3.exceptions.ClientError:
        rules = []
    assert "aws:kms" not in json.dumps(rules)


def test_a_subscription_filters_and_a_rule_has_tags(client: Any, deploy: Any) -> None:
    subscription = {
        "TopicArn": {"Ref": "T"}, "Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["Q", "Arn"]},
        "FilterPolicy": POLICY, "RawMessageDelivery": True,
    }  # fmt: skip
    rule = {"EventPattern": {"source": ["x"]}, "Tags": [{"Key": "a", "Value": "b"}]}
    made = deploy(
        {
            "T": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "t"}},
            "Q": QUEUE,
            "S": {"Type": "AWS::SNS::Subscription", "Properties": subscription},
            "R": {"Type": "AWS::Events::Rule", "Properties": rule},
        },
        Outputs={"R": {"Value": {"Fn::GetAtt": ["R", "Arn"]}}},
    )
    (listed,) = client("sns").list_subscriptions()["Subscriptions"]
    told = client("sns").get_subscription_attributes(SubscriptionArn=listed["SubscriptionArn"])["Attributes"]
    assert (json.loads(told["FilterPolicy"]), told["RawMessageDelivery"]) == (POLICY, "true")
    arn = made["Outputs"][0]["OutputValue"]
    assert client("events").list_tags_for_resource(ResourceARN=arn)["Tags"] == rule["Tags"]


def test_a_function_reserves_concurrency(client: Any, deploy: Any) -> None:
    function: dict[str, Any] = {
        "FunctionName": "f", "Runtime": "python3.12", "Handler": "index.h",
        "Code": {"ZipFile": "def h(e, c): return 1"},
        "Role": {"Fn::GetAtt": ["Role", "Arn"]}, "ReservedConcurrentExecutions": 0,
    }  # fmt: skip
    trusted = {"Service": "lambda.amazonaws.com"}
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": trusted}],
    }
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}}
    deploy({"Role": role, "F": {"Type": "AWS::Lambda::Function", "Properties": function}})
    assert client("lambda").get_function_concurrency(FunctionName="f")["ReservedConcurrentExecutions"] == 0
    del function["ReservedConcurrentExecutions"]
    deploy({"Role": role, "F": {"Type": "AWS::Lambda::Function", "Properties": function}})
    assert "ReservedConcurrentExecutions" not in client("lambda").get_function_concurrency(FunctionName="f")
