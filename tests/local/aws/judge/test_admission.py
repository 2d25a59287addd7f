"""Who is asked for requests, and what the services answer to those whom IAM does not let through."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.local.enforcement import Mode

REGION, ACCOUNT = "eu-central-1", "111122223333"
ROLE, OTHER, GHOST = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("worker", "other", "ghost"))
GROUP = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package-group/models"
Clients = Callable[[str], Any]


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service: str) -> str:
    return document({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


def code() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.py", "def handler(event, context): return 1")
    return archive.getvalue()


class Stage:
    """Two roles, one of which asks, and something of each service."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws, self.own = aws, aws.services().client
        own = self.own
        own("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=trust("lambda.amazonaws.com"))
        own("iam").create_role(RoleName="other", AssumeRolePolicyDocument=trust("sagemaker.amazonaws.com"))
        self.queue = own("sqs").create_queue(QueueName="q")["QueueUrl"]
        self.topic = own("sns").create_topic(Name="t")["TopicArn"]
        self.key = own("kms").create_key()["KeyMetadata"]["Arn"]
        own("sagemaker").create_model_package_group(ModelPackageGroupName="models")
        own("ssm").put_parameter(Name="/a", Value="1", Type="String")
        own("secretsmanager").create_secret(Name="s", SecretString="x")
        self.as_role = self.clients(ROLE)

    def clients(self, role: str) -> Clients:
        keys = self.aws.services().environment(role, "me")

        def client(name: str) -> Any:
            return boto3.client(  # type: ignore[call-overload]
                name, region_name=REGION, endpoint_url=self.aws.url, aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"], aws_session_token=keys["AWS_SESSION_TOKEN"],
                config=Config(retries={"max_attempts": 1}),
            )  # fmt: skip

        return client

    def may(self, *actions: str, **more: Any) -> None:
        allowed = {"Effect": "Allow", "Action": ["s3:GetBucketAcl", *actions], "Resource": "*", **more}
        self.own("iam").put_role_policy(RoleName="worker", PolicyName="own", PolicyDocument=document(allowed))


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with EmbeddedAws(REGION, ACCOUNT) as aws:
        yield Stage(aws)


CALLS: dict[str, tuple[Callable[[Stage, Clients], Any], list[str], str]] = {
    "cloudformation": (
        lambda on, to: to("cloudformation").describe_stacks(), ["cloudformation:DescribeStacks"], "AccessDenied"
    ),
    "cloudwatch": (
        lambda on, to: to("cloudwatch").put_metric_data(Namespace="N", MetricData=[{"MetricName": "a", "Value": 1}]),
        ["cloudwatch:PutMetricData"], "AccessDeniedException",
    ),
    "dynamodb": (lambda on, to: to("dynamodb").list_tables(), ["dynamodb:ListTables"], "AccessDeniedException"),
    "ec2": (lambda on, to: to("ec2").describe_subnets(), ["ec2:DescribeSubnets"], "UnauthorizedOperation"),
    "ecr": (lambda on, to: to("ecr").get_authorization_token(), ["ecr:GetAuthorizationToken"], "AccessDeniedException"),
    "events": (
        lambda on, to: to("events").put_events(Entries=[{"Source": "s", "DetailType": "d", "Detail": "{}"}]),
        ["events:PutEvents"], "AccessDeniedException",
    ),
    "iam": (lambda on, to: to("iam").get_role(RoleName="worker"), ["iam:GetRole"], "AccessDenied"),
    "kms": (lambda on, to: to("kms").encrypt(KeyId=on.key, Plaintext=b"1"), ["kms:Encrypt"], "AccessDeniedException"),
    "lambda": (lambda on, to: to("lambda").list_functions(), ["lambda:ListFunctions"], "AccessDeniedException"),
    "logs": (lambda on, to: to("logs").describe_log_groups(), ["logs:DescribeLogGroups"], "AccessDeniedException"),
    "passing a role": (
        lambda on, to: to("sagemaker").create_model(
            ModelName="m", ExecutionRoleArn=OTHER, PrimaryContainer={"Image": "i"}, Tags=[{"Key": "a", "Value": "b"}]
        ),
        ["sagemaker:CreateModel", "sagemaker:AddTags", "iam:PassRole"], "AccessDeniedException",
    ),
    "sagemaker": (
        lambda on, to: to("sagemaker").list_tags(ResourceArn=GROUP), ["sagemaker:ListTags"], "AccessDeniedException"
    ),
    "secretsmanager": (
        lambda on, to: to("secretsmanager").get_secret_value(SecretId="s"),
        ["secretsmanager:GetSecretValue"], "AccessDeniedException",
    ),
    "sns": (lambda on, to: to("sns").publish(TopicArn=on.topic, Message="m"), ["sns:Publish"], "AuthorizationError"),
    "sqs": (
        lambda on, to: to("sqs").send_message(QueueUrl=on.queue, MessageBody="m"),
        ["sqs:SendMessage"], "AccessDeniedException",
    ),
    "ssm": (lambda on, to: to("ssm").get_parameter(Name="/a"), ["ssm:GetParameter"], "AccessDeniedException"),
}  # fmt: skip


@pytest.mark.parametrize("name", [pytest.param(name, id=name.replace(" ", "-")) for name in CALLS])
def test_a_session_needs_each_permission(stage: Stage, name: str) -> None:
    do, needed, refusal = CALLS[name]
    for left_out in needed:
        stage.may(*(one for one in needed if one != left_out))
        with pytest.raises(ClientError) as caught:
            do(stage, stage.as_role)
        error = caught.value.response["Error"]
        assert error["Code"] == refusal
        who = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/worker/me"
        assert error["Message"].startswith(f"{who} is not authorized to perform: {left_out} on resource: ")
    stage.may(*needed)
    do(stage, stage.as_role)


def test_statements_of_partiql_need_their_own_permissions(stage: Stage) -> None:
    own, as_role = stage.own("dynamodb"), stage.as_role("dynamodb")
    attribute = [{"AttributeName": "id", "AttributeType": "S"}]
    key = [{"AttributeName": "id", "KeyType": "HASH"}]
    for name in ("orders", "secrets"):
        own.create_table(TableName=name, AttributeDefinitions=attribute, KeySchema=key, BillingMode="PAY_PER_REQUEST")
    own.put_item(TableName="orders", Item={"id": {"S": "a"}})
    stage.may("dynamodb:PartiQLSelect", Resource=f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders")
    found = as_role.execute_statement(Statement="SELECT * FROM \"orders\" WHERE id = 'a'")["Items"]
    assert found == [{"id": {"S": "a"}}]
    insert = "INSERT INTO \"orders\" VALUE {'id': 'b'}"
    refused: list[Callable[[], Any]] = [
        lambda: as_role.execute_statement(Statement='SELECT * FROM "secrets"'),
        lambda: as_role.execute_statement(Statement=insert),
        lambda: as_role.batch_execute_statement(Statements=[{"Statement": insert}]),
        lambda: as_role.execute_transaction(TransactStatements=[{"Statement": insert}]),
    ]
    for ask in refused:
        with pytest.raises(ClientError, match="is not authorized to perform: dynamodb:PartiQL"):
            ask()
    stage.may("dynamodb:PartiQLInsert")
    as_role.execute_statement(Statement=insert)
    assert own.scan(TableName="orders")["Count"] == 2


def test_everybody_may_ask_who_they_are(stage: Stage) -> None:
    stage.may()
    assert stage.as_role("sts").get_caller_identity()["Arn"].endswith("assumed-role/worker/me")


def test_the_key_of_the_account_and_roles_that_do_not_exist_pass(stage: Stage) -> None:
    for to in (stage.own, stage.clients(GHOST)):
        to("sqs").send_message(QueueUrl=stage.queue, MessageBody="m")


def test_a_role_is_taken_only_by_those_whom_it_trusts(stage: Stage) -> None:
    stage.may("sts:AssumeRole")
    take = {"RoleArn": OTHER, "RoleSessionName": "you"}
    with pytest.raises(ClientError, match="no role trust policy allows the sts:AssumeRole action"):
        stage.as_role("sts").assume_role(**take)
    ours = document({"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "sts:AssumeRole"})
    stage.own("iam").update_assume_role_policy(RoleName="other", PolicyDocument=ours)
    stage.may()
    stage.as_role("sts").assume_role(**take)  # a trust policy that names the role is enough within an account
    stage.own("iam").update_assume_role_policy(RoleName="other", PolicyDocument=trust("sagemaker.amazonaws.com"))
    with pytest.raises(ClientError, match="no role trust policy allows"):
        stage.as_role("sts").assume_role(RoleArn=GHOST, RoleSessionName="you")
    stage.clients(GHOST)("sts").assume_role(RoleArn=GHOST, RoleSessionName="you")


def test_the_policy_of_a_resource_is_enough_or_denies(stage: Stage) -> None:
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
    own = {"Principal": {"AWS": ROLE}, "Action": "sqs:SendMessage", "Resource": arn}
    queue, sent = stage.own("sqs"), {"QueueUrl": stage.queue, "MessageBody": "m"}
    stage.may()
    queue.set_queue_attributes(QueueUrl=stage.queue, Attributes={"Policy": document({"Effect": "Allow", **own})})
    stage.as_role("sqs").send_message(**sent)
    stage.may("sqs:SendMessage")
    queue.set_queue_attributes(QueueUrl=stage.queue, Attributes={"Policy": document({"Effect": "Deny", **own})})
    with pytest.raises(ClientError, match="with an explicit deny in a resource-based policy"):
        stage.as_role("sqs").send_message(**sent)
    queue.set_queue_attributes(QueueUrl=stage.queue, Attributes={"Policy": ""})


def test_a_key_must_let_in_the_account_or_the_role(stage: Stage) -> None:
    only = {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "kms:*", "Resource": "*"}
    stage.may("kms:Encrypt")
    before = stage.own("kms").get_key_policy(KeyId=stage.key, PolicyName="default")["Policy"]
    stage.own("kms").put_key_policy(KeyId=stage.key, PolicyName="default", Policy=document(only))
    with pytest.raises(ClientError, match="no resource-based policy allows the kms:Encrypt action"):
        stage.as_role("kms").encrypt(KeyId=stage.key, Plaintext=b"1")
    stage.own("kms").put_key_policy(KeyId=stage.key, PolicyName="default", Policy=before)


def test_the_tags_of_what_sagemaker_holds_are_conditions(stage: Stage) -> None:
    stage.own("sagemaker").add_tags(ResourceArn=GROUP, Tags=[{"Key": "team", "Value": "ml"}])
    describe = stage.as_role("sagemaker").describe_model_package_group
    stage.may("sagemaker:*", Condition={"StringEquals": {"aws:ResourceTag/team": "ml"}})
    describe(ModelPackageGroupName="models")
    stage.may("sagemaker:*", Condition={"StringEquals": {"sagemaker:ResourceTag/team": "other"}})
    with pytest.raises(ClientError, match="sagemaker:DescribeModelPackageGroup"):
        describe(ModelPackageGroupName="models")


def test_what_is_wrong_with_a_request_comes_first(stage: Stage) -> None:
    stage.may()
    with pytest.raises(ClientError, match="ValidationException"):
        stage.as_role("sagemaker").describe_model(ModelName="a b")


def test_a_role_that_a_service_may_not_take_is_refused(stage: Stage) -> None:
    function = {"FunctionName": "f", "Runtime": "python3.12", "Handler": "index.handler", "Code": {"ZipFile": code()}}
    with pytest.raises(ClientError, match="The role defined for the function cannot be assumed by Lambda"):
        stage.own("lambda").create_function(**function, Role=OTHER)
    stage.own("lambda").create_function(**function, Role=ROLE)
    queue = {"FunctionName": "f", "EventSourceArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"}
    stage.may("sqs:ReceiveMessage", "sqs:GetQueueAttributes")
    with pytest.raises(ClientError, match="does not have permissions to call DeleteMessage on SQS"):
        stage.own("lambda").create_event_source_mapping(**queue)
    schedule = {"Name": "s", "ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"}}
    target = {"Arn": queue["EventSourceArn"], "RoleArn": OTHER}
    with pytest.raises(ClientError, match="must allow AWS EventBridge Scheduler to assume the role"):
        stage.own("scheduler").create_schedule(**schedule, Target=target)
    stage.own("scheduler").create_schedule(**schedule, Target={**target, "RoleArn": GHOST})


def test_users_are_judged_as_well(stage: Stage) -> None:
    iam = stage.own("iam")
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    sqs: Any = boto3.client(
        "sqs", region_name=REGION, endpoint_url=stage.aws.url, aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )  # fmt: skip
    with pytest.raises(
        ClientError, match=f"User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized to perform: sqs:Send"
    ):
        sqs.send_message(QueueUrl=stage.queue, MessageBody="m")
    allowed = document({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"})
    iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=allowed)
    sqs.send_message(QueueUrl=stage.queue, MessageBody="m")


@pytest.mark.parametrize("mode", list(Mode))
def test_the_modes(stage: Stage, mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage.aws._world.judge, "mode", mode)
    stage.may()
    for to in (stage.as_role, stage.clients(GHOST)):
        if mode in (Mode.OFF, Mode.TELL):
            to("sqs").list_queues()
        else:
            with pytest.raises(ClientError, match="sqs:ListQueues"):
                to("sqs").list_queues()
    if mode is Mode.STRICT:
        with pytest.raises(ClientError, match="ecs:ListClusters because the local AWS does not know"):
            stage.as_role("ecs").list_clusters()
    else:
        stage.as_role("ecs").list_clusters()
