"""What IAM is asked for requests: which actions, on which resources.

The expected ARNs are written by hand, from the Service Authorization Reference and from refusals that AWS has sent.
"""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from moto.core.responses import BaseResponse

from cdk_sagemaker_pipelines.local.aws.judge.question import Question
from cdk_sagemaker_pipelines.local.aws.judge.requests import Call, questions
from cdk_sagemaker_pipelines.local.aws.judge.requests.reference import needed
from cdk_sagemaker_pipelines.local.aws.judge.requests.special import special
from cdk_sagemaker_pipelines.local.aws.sagemaker.api import SageMakerApi
from cdk_sagemaker_pipelines.local.aws.sagemaker.supported_operations import refusal
from scripts import generate_actions
from tests.ids import short

ACCOUNT, REGION = "111122223333", "eu-central-1"
HERE = f"{REGION}:{ACCOUNT}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
PAYLOAD = json.dumps({"RoleArn": ROLE})
TOPIC, MACHINE = f"arn:aws:sns:{HERE}:t", f"arn:aws:states:{HERE}:stateMachine:m"
RULE, EXECUTION = f"arn:aws:events:{HERE}:rule/r", f"arn:aws:sagemaker:{HERE}:pipeline/p/execution/abcdefghijkl"
GROUP, VERSION = f"arn:aws:sagemaker:{HERE}:model-package-group/g", f"arn:aws:sagemaker:{HERE}:model-package/g/3"
ARTIFACT, ACTION = f"arn:aws:sagemaker:{HERE}:artifact/a", f"arn:aws:sagemaker:{HERE}:action/b"
QUEUE, QUEUE_OF_AWS = f"http://localhost:1/{ACCOUNT}/q", f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/q"

PART_OF_EC2 = "of EC2 only what reads and what concerns networks is asked: jobs and pipelines call nothing else"
MOTOS = {
    "elasticmapreduce": "emr", "emr-serverless": "emrserverless", "lambda": "awslambda", "states": "stepfunctions",
    "tag": "resourcegroupstaggingapi",
}  # fmt: skip
"""moto's names of services that IAM calls otherwise."""

TABLE: list[tuple[str, str, dict[str, Any], str]] = [
    ("athena", "StartQueryExecution", {"WorkGroup": "w"}, "StartQueryExecution workgroup/w"),
    ("athena", "GetQueryResults", {"QueryExecutionId": "x"}, "GetQueryResults workgroup/primary"),
    ("batch", "UpdateJobQueue", {"jobQueue": "q"}, "UpdateJobQueue job-queue/q"),
    ("batch", "DescribeServiceJob", {"jobId": "1"}, "DescribeServiceJob *"),
    ("batch", "TerminateServiceJob", {"jobId": "1"}, "TerminateServiceJob service-job/1"),
    (
        "batch", "SubmitServiceJob",
        {"jobQueue": "q", "quotaShareName": "s", "tags": {"a": "b"}, "serviceRequestPayload": PAYLOAD},
        "SubmitServiceJob service-job/* + SubmitServiceJob job-queue/q + SubmitServiceJob job-queue/q/quota-share/s + "
        "TagResource service-job/* + PASSED",
    ),
    (
        "cloudformation", "CreateChangeSet",
        {"StackName": "s", "ChangeSetName": "c", "RoleARN": ROLE},
        "CreateChangeSet stack/s/* + PASSED",
    ),
    ("cloudformation", "DescribeStacks", {}, "DescribeStacks *"),
    ("cloudformation", "DescribeStacks", {"StackName": "s"}, "DescribeStacks stack/s/*"),
    ("cloudwatch", "PutMetricData", {"Namespace": "N"}, "PutMetricData *"),
    ("cloudwatch", "DeleteAlarms", {"AlarmNames": ["a", "b"]}, "DeleteAlarms alarm:a + DeleteAlarms alarm:b"),
    ("dynamodb", "PutItem", {"TableName": "t"}, "PutItem table/t"),
    ("dynamodb", "Query", {"TableName": "t", "IndexName": "i"}, "Query table/t/index/i"),
    ("dynamodb", "BatchGetItem", {"RequestItems": {"t": {}, "u": {}}}, "BatchGetItem table/t + BatchGetItem table/u"),
    (
        "dynamodb", "TransactWriteItems",
        {"TransactItems": [{"Put": {"TableName": "t"}}, {"ConditionCheck": {"TableName": "u"}}]},
        "PutItem table/t + ConditionCheckItem table/u",
    ),
    (
        "dynamodb", "BatchExecuteStatement",
        {"Statements": [{"Statement": "UPDATE t SET a = 1 WHERE id = 'x'"}, {"Statement": "delete from \"u\""}]},
        "PartiQLUpdate table/t + PartiQLDelete table/u",
    ),
    (
        "dynamodb", "ExecuteTransaction",
        {"TransactStatements": [
            {"Statement": "EXISTS(SELECT * FROM t WHERE id = 'x')"}, {"Statement": "INSERT INTO u VALUE {'id': 'y'}"},
        ]},
        "PartiQLSelect table/t + PartiQLInsert table/u",
    ),
    ("ec2", "DescribeSubnets", {}, "DescribeSubnets *"),
    ("ecr", "GetAuthorizationToken", {}, "GetAuthorizationToken *"),
    ("ecr", "BatchGetImage", {"repositoryName": "r"}, "BatchGetImage repository/r"),
    ("elasticmapreduce", "AddJobFlowSteps", {"JobFlowId": "j"}, "AddJobFlowSteps cluster/j"),
    ("elasticmapreduce", "RunJobFlow", {"Name": "n", "ServiceRole": "r"}, "RunJobFlow cluster/* + PASSED"),
    (
        "emr-serverless", "StartJobRun",
        {"applicationId": "a", "executionRoleArn": ROLE},
        "StartJobRun /applications/a + PASSED",
    ),
    (
        "events", "PutEvents",
        {"Entries": [{"Source": "s"}, {"EventBusName": "mine"}]},
        "PutEvents event-bus/default + PutEvents event-bus/mine",
    ),
    ("events", "PutRule", {"Name": "r"}, "PutRule rule/r"),
    ("events", "PutRule", {"Name": "r", "EventBusName": "mine"}, "PutRule rule/mine/r"),
    ("events", "PutTargets", {"Rule": "r", "Targets": [{"RoleArn": ROLE}]}, "PutTargets rule/r + PASSED"),
    ("events", "TagResource", {"ResourceARN": RULE}, "TagResource rule/r"),
    (
        "glue", "GetTable",
        {"DatabaseName": "d", "Name": "t"},
        "GetTable database/d + GetTable catalog + GetTable table/d/t",
    ),
    ("iam", "CreateRole", {"RoleName": "r", "Path": "/p/"}, "CreateRole role/p/r"),
    ("iam", "AttachRolePolicy", {"RoleName": "r", "PolicyArn": "arn:aws:iam::aws:policy/P"}, "AttachRolePolicy role/r"),
    ("iam", "SimulatePrincipalPolicy", {"PolicySourceArn": ROLE}, "SimulatePrincipalPolicy role/r"),
    ("kms", "GenerateDataKey", {"KeyId": "1234"}, "GenerateDataKey key/1234"),
    ("kms", "CreateAlias", {"AliasName": "alias/x", "TargetKeyId": "1"}, "CreateAlias alias/x + CreateAlias key/1"),
    ("lambda", "Invoke", {"FunctionName": "f"}, "InvokeFunction function:f"),
    ("lambda", "Invoke", {"FunctionName": "f", "Qualifier": "live"}, "InvokeFunction function:f:live"),
    ("lambda", "Invoke", {"FunctionName": f"{ACCOUNT}:function:f:3"}, "InvokeFunction function:f:3"),
    (
        "lambda", "CreateFunction",
        {"FunctionName": "f", "Role": ROLE, "Tags": {"a": "b"}},
        "CreateFunction function:f + TagResource function:f + PASSED",
    ),
    ("lambda", "CreateEventSourceMapping", {"FunctionName": "f"}, "CreateEventSourceMapping *"),
    ("logs", "CreateLogGroup", {"logGroupName": "/g"}, "CreateLogGroup log-group:/g"),
    ("logs", "PutLogEvents", {"logGroupName": "/g", "logStreamName": "s"}, "PutLogEvents log-group:/g:log-stream:s"),
    ("logs", "DescribeLogGroups", {}, "DescribeLogGroups log-group::log-stream:"),
    ("ram", "CreateResourceShare", {"name": "s"}, "CreateResourceShare *"),
    ("sagemaker", "AddTags", {"ResourceArn": GROUP}, "AddTags model-package-group/g"),
    (
        "sagemaker", "AddAssociation",
        {"SourceArn": ARTIFACT, "DestinationArn": ACTION},
        "AddAssociation action/b + AddAssociation artifact/a",
    ),
    (
        "sagemaker", "CreateEndpoint",
        {"EndpointName": "e", "EndpointConfigName": "c"},
        "CreateEndpoint endpoint/e + CreateEndpoint endpoint-config/c",
    ),
    (
        "sagemaker", "CreateModel",
        {"ModelName": "m", "ExecutionRoleArn": ROLE, "Tags": [{"Key": "a", "Value": "b"}]},
        "CreateModel model/m + AddTags model/m + PASSED",
    ),
    ("sagemaker", "CreateModelPackage", {"ModelPackageGroupName": "g"}, "CreateModelPackage model-package/g/*"),
    ("sagemaker", "CreatePipeline", {"PipelineName": "P", "RoleArn": ROLE}, "CreatePipeline pipeline/P + PASSED"),
    ("sagemaker", "DescribeModelPackage", {"ModelPackageName": VERSION}, "DescribeModelPackage model-package/g/3"),
    ("sagemaker", "InvokeEndpoint", {"EndpointName": "e"}, "InvokeEndpoint endpoint/e"),
    ("sagemaker", "ListModelPackages", {"ModelPackageGroupName": "g"}, "ListModelPackages model-package/g/*"),
    (
        "sagemaker", "ListPipelineExecutionSteps",
        {"PipelineExecutionArn": EXECUTION},
        "ListPipelineExecutionSteps pipeline/p/execution/abcdefghijkl",
    ),
    ("sagemaker", "Search", {"Resource": "PipelineExecution"}, "Search *"),
    ("sagemaker", "StartPipelineExecution", {"PipelineName": "P"}, "StartPipelineExecution pipeline/P"),
    (
        "scheduler", "CreateSchedule",
        {"Name": "s", "Target": {"RoleArn": ROLE}},
        "CreateSchedule schedule/default/s + PASSED",
    ),
    ("secretsmanager", "GetSecretValue", {"SecretId": "s"}, "GetSecretValue secret:s"),
    ("sns", "Publish", {"TopicArn": TOPIC}, "Publish t"),
    ("sns", "Unsubscribe", {"SubscriptionArn": f"{TOPIC}:1-2"}, "Unsubscribe t"),
    ("sqs", "SendMessage", {"QueueUrl": QUEUE}, "SendMessage q"),
    ("sqs", "DeleteMessageBatch", {"QueueUrl": QUEUE_OF_AWS}, "DeleteMessage q"),
    ("ssm", "GetParameters", {"Names": ["a", "/b/c"]}, "GetParameters parameter/a + GetParameters parameter/b/c"),
    ("ssm", "GetParametersByPath", {"Path": "/a"}, "GetParametersByPath parameter/a/"),
    ("ssm", "AddTagsToResource", {"ResourceType": "Parameter", "ResourceId": "a"}, "AddTagsToResource parameter/a"),
    ("states", "StartExecution", {"stateMachineArn": MACHINE}, "StartExecution stateMachine:m"),
    ("sts", "GetCallerIdentity", {}, ""),
    ("sts", "AssumeRole", {"RoleArn": ROLE, "Tags": [{"Key": "a", "Value": "b"}]}, "AssumeRole ROLE + TagSession ROLE"),
]  # fmt: skip
"""The last are actions with resources; PASSED is ``iam:PassRole`` on the role."""


TABLE += [
    ("dynamodb", "ExecuteStatement", {"Statement": statement}, expected)
    for statement, expected in {
        'SELECT * FROM "t" WHERE id = ?': "PartiQLSelect table/t",
        " \n select a\nfrom t": "PartiQLSelect table/t",
        'SELECT * FROM "t"."by-day"': "PartiQLSelect table/t/index/by-day",
        "SELECT * FROM t.by_day WHERE d = 1": "PartiQLSelect table/t/index/by_day",
        f'SELECT * FROM "arn:aws:dynamodb:{HERE}:table/t"': "PartiQLSelect table/t",
        """SELECT "a FROM u", ' FROM v' FROM t""": "PartiQLSelect table/t",
        "INSERT INTO \"t\" VALUE {'id': 'it''s FROM u'}": "PartiQLInsert table/t",
        "DELETE": "PartiQLDelete *",
        "UPDATE": "PartiQLUpdate *",
        "SELECT 1": "PartiQLSelect *",
        "SELECT * FROM (SELECT * FROM t)": "PartiQLSelect *",
        "": "PartiQLSelect *",
        "DROP t": "PartiQLSelect *",
    }.items()
]


def call(service: str, operation: str, values: dict[str, Any]) -> Call:
    return Call(service, operation, values, ACCOUNT, REGION, "aws")


def written(service: str, told: str) -> tuple[str, str]:
    """The action and the ARN of what the table says in short."""
    if told == "PASSED":
        return "iam:PassRole", ROLE
    action, resource = told.split(" ")
    if resource == "ROLE":
        return f"{service}:{action}", ROLE
    place = f"arn:aws:{service}:{'' if service == 'iam' else REGION}:{ACCOUNT}:"
    return f"{service}:{action}", resource if resource == "*" else place + resource


@pytest.mark.parametrize(
    ("service", "operation", "values", "expected"),
    TABLE,
    ids=[short(f"{row[0]}-{row[1]}-{'-'.join(row[2])}") for row in TABLE],
)
def test_what_is_asked(service: str, operation: str, values: dict[str, Any], expected: str) -> None:
    asked = questions(call(service, operation, values))
    assert asked is not None
    told = [written(service, each) for each in expected.split(" + ") if each]
    assert [(one.action, one.resource) for one in asked] == told


def answered(service: str) -> Iterator[str]:
    """The operations of a service that moto, or we, answer."""
    module = importlib.import_module(f"moto.{MOTOS.get(service, service.replace('-', ''))}.responses")
    classes = [one for _, one in inspect.getmembers(module, inspect.isclass) if issubclass(one, BaseResponse)]
    methods = {name for one in classes if one is not BaseResponse for name in dir(one)}
    model: Any = botocore.session.get_session().get_service_model(generate_actions.SERVICES[service])
    yield from (name for name in model.operation_names if xform_name(name) in methods)


@pytest.mark.parametrize("service", sorted(generate_actions.SERVICES))
def test_every_operation_is_mapped_or_listed(service: str) -> None:
    asked = [
        name for name in answered(service) if needed(service, name) or special(call(service, name, {})) is not None
    ]
    missing = {(service, name) for name in answered(service)} - {(service, name) for name in asked}
    if service == "ec2":
        assert not [name for _, name in missing if name.startswith("Describe") or "NetworkInterface" in name]
        assert PART_OF_EC2
    else:
        assert missing == set()
    assert asked or service == "batch"


def test_every_operation_of_sagemaker_here_is_mapped() -> None:
    model: Any = botocore.session.get_session().get_service_model("sagemaker")
    names = [name for name in model.operation_names if hasattr(SageMakerApi, xform_name(name)) and not refusal(name)]
    assert len(names) > 100
    assert [name for name in names if known(call("sagemaker", name, {})) is None] == []


def test_the_table_is_current() -> None:
    assert generate_actions.TARGET.read_text(encoding="utf-8") == generate_actions.generate()


def test_an_operation_that_nobody_lists_has_no_answer() -> None:
    assert questions(call("sagemaker", "CreateEverything", {})) is None
    assert questions(call("polly", "SynthesizeSpeech", {})) is None


def known(told: Call) -> list[Question]:
    found = questions(told)
    assert found is not None
    return found


def test_what_is_known_of_a_request() -> None:
    tags = [{"Key": "team", "Value": "ml"}]
    model = {"ModelName": "m", "Tags": tags, "VpcConfig": {"Subnets": ["s-1"], "SecurityGroupIds": ["g-1"]}}
    created, tagged = known(call("sagemaker", "CreateModel", {**model, "EnableNetworkIsolation": True}))
    assert created.context["aws:RequestTag/team"] == "ml"
    assert created.context["sagemaker:VpcSubnets"] == ("s-1",)
    assert created.context["sagemaker:NetworkIsolation"] == "true"
    assert tagged.context["sagemaker:TaggingAction"] == "CreateModel"
    (metric,) = known(call("cloudwatch", "PutMetricData", {"Namespace": "N"}))
    assert metric.context["cloudwatch:namespace"] == "N"
    (_, passed) = known(call("lambda", "CreateFunction", {"FunctionName": "f", "Role": ROLE}))
    assert passed.context["iam:PassedToService"] == "lambda.amazonaws.com"


def test_resources_that_iam_may_know_by_another_arn() -> None:
    (start,) = known(call("sagemaker", "StartPipelineExecution", {"PipelineName": "Mine"}))
    assert start.also == (f"arn:aws:sagemaker:{HERE}:pipeline/mine",)
    (group,) = known(call("logs", "CreateLogGroup", {"logGroupName": "g"}))
    assert group.also == (f"arn:aws:logs:{HERE}:log-group:g:log-stream:",)
    (listed,) = known(call("sagemaker", "ListModelPackages", {"ModelPackageGroupName": "g"}))
    assert listed.also == (GROUP,)
