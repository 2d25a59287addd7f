"""What follows approvals may make, change and delete its own endpoint, and the containers may read the models alone."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import (
    DataCapture,
    EndpointDeployment,
    ExplainabilityMonitor,
    Image,
    ModelEndpoint,
    ModelPackageGroup,
    ModelQualityMonitor,
    MonitoringSchedule,
    Pipeline,
    RegisterModelStep,
    S3Location,
)
from tests.permissions.calls import HERE, SAGEMAKER
from tests.permissions.evaluator import Request, allowed
from tests.permissions.questions import OTHER_ACCOUNT
from tests.permissions.template import Template

CONFIG, MODEL = f"{SAGEMAKER}endpoint-config/line-v3-0123abcd", f"{SAGEMAKER}model/line-v3-0123abcd"
ENDPOINT, OTHER = f"{SAGEMAKER}endpoint/line", f"{SAGEMAKER}endpoint/line2"
VERSION, GROUP = f"{SAGEMAKER}model-package/line/3", f"{SAGEMAKER}model-package-group/line"
OF_FUNCTION = (
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
    *((name, ENDPOINT) for name in ("CreateEndpoint", "UpdateEndpoint", "DescribeEndpoint", "DeleteEndpoint")),
    *((name, ENDPOINT) for name in ("AddTags", "DeleteTags")),
    *((name, CONFIG) for name in ("CreateEndpoint", "UpdateEndpoint", "CreateEndpointConfig", "DeleteEndpointConfig")),
    ("AddTags", CONFIG),
    *((name, MODEL) for name in ("CreateModel", "DescribeModel", "DeleteModel", "AddTags")),
    *((name, VERSION) for name in ("CreateModel", "DescribeModelPackage")),
    ("ListModelPackages", GROUP),
)  # fmt: skip
UNLISTED = {
    ("sagemaker:ListModelPackages", GROUP),
    ("sagemaker:ListModelPackages", f"{GROUP}2"),
    ("sagemaker:CreateModel", VERSION),
    ("sagemaker:CreateModel", f"{SAGEMAKER}model-package/other/3"),
}
NOT_OF_FUNCTION = (
    *((name, OTHER) for name in ("UpdateEndpoint", "DeleteEndpoint")),
    ("InvokeEndpoint", ENDPOINT),
    ("CreateModel", f"{SAGEMAKER}model/line2-v3-0123abcd"),
    ("DeleteModel", f"{SAGEMAKER}model/other"),
    ("DeleteEndpointConfig", f"{SAGEMAKER}endpoint-config/line2-v1-0123abcd"),
    ("CreateModel", f"{SAGEMAKER}model-package/other/3"),
    ("DescribeModelPackage", f"{SAGEMAKER}model-package/line2/3"),
    ("UpdateModelPackage", VERSION),
    ("DeleteModelPackage", VERSION),
    ("ListModelPackages", f"{GROUP}2"),
)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A pipeline that registers a model of a bucket, and an endpoint that captures into another one."""
    app = cdk.App(outdir=str(tmp_path_factory.mktemp("endpoints") / "cdk.out"), analytics_reporting=False)
    made = cdk.Stack(app, "Stack", env=cdk.Environment(account=HERE["a"], region=HERE["r"]))
    keys = {name: kms.Key(made, name) for name in ("Models", "Captured", "Volumes")}
    models, captured = (
        s3.Bucket(made, f"{name}Bucket", bucket_name=name.lower(), encryption_key=keys[name])
        for name in ("Models", "Captured")
    )
    group = ModelPackageGroup(made, "Group", model_package_group_name="line")
    RegisterModelStep(
        Pipeline(made, "Pipeline"),
        "Register",
        image=Image.from_uri(f"{HERE['a']}.dkr.ecr.{HERE['r']}.amazonaws.com/team/own:1"),
        model_data=S3Location(models, "line/model.tar.gz"),
        model_package_group=group,
    )
    alarm = cloudwatch.Alarm.from_alarm_arn(
        made, "Alarm", f"arn:aws:cloudwatch:{HERE['r']}:{HERE['a']}:alarm:errors"
    )  # fmt: skip
    endpoint = ModelEndpoint(
        made, "Endpoint", group=group, endpoint_name="line", instance_type="ml.m5.large",
        volume_kms_key=keys["Volumes"], capture=DataCapture(S3Location(captured, "line/")),
        deployment=EndpointDeployment.canary(percent=10, wait=cdk.Duration.minutes(5), alarms=[alarm]),
    )  # fmt: skip
    quality = ModelQualityMonitor(
        "Regression", ground_truth=S3Location(models, "truth/"), constraints=S3Location(models, "base/constraints.json")
    )
    shap = ExplainabilityMonitor("s3://others/shap/analysis_config.json", model_name="age")
    for name, monitored, of in (
        ("Quality", quality, {"endpoint": endpoint}),
        ("Shap", shap, {"endpoint": "age", "captured": "s3://others/captured/"}),
    ):
        MonitoringSchedule(
            made, name, monitor=monitored, schedule=events.Schedule.rate(cdk.Duration.hours(1)),
            output="s3://reports/line/", instance_type="ml.m5.large", volume_kms_key=keys["Volumes"], **of,
        )  # fmt: skip
    endpoint.grant_invoke(iam.Role(made, "Caller", assumed_by=iam.AccountRootPrincipal()))
    return Template(app.synth().get_stack_by_name("Stack").template, HERE["a"], HERE["r"])


def role_of(stack: Template, name: str) -> str:
    (found,) = (role for role in stack.roles().values() if role[:-8] == name)
    return found


def asks(
    stack: Template, role: str, action: str, resource: str, context: Mapping[str, str] | None = None
) -> Request:  # fmt: skip
    """With the policy of a key, which leaves it to the policies of the account."""
    on = stack.policy_on(resource) if ":kms:" in resource else None
    # the guide speaks of resources that the service authorization reference does not list
    unlisted = (action, resource) in UNLISTED
    return Request(
        stack.arn(role), action, resource, context or {}, identity=stack.policies(role), on=on, unchecked=unlisted
    )


def key(stack: Template, name: str) -> str:
    (found,) = (logical for logical, _ in stack.of_type("AWS::KMS::Key") if logical.startswith(name))
    return stack.arn(found)


def test_the_function_has_its_own_endpoint_alone(stack: Template) -> None:
    role = role_of(stack, "EndpointDeployinglineFunctionRole")
    own = [asks(stack, role, f"sagemaker:{name}", arn) for name, arn in OF_FUNCTION]
    others = [asks(stack, role, f"sagemaker:{name}", arn) for name, arn in NOT_OF_FUNCTION]
    assert allowed(own) == [True] * len(own)
    assert allowed(others) == [False] * len(others)


def test_the_function_hands_over_the_role_of_the_containers_alone(stack: Template) -> None:
    role = role_of(stack, "EndpointDeployinglineFunctionRole")
    containers = stack.arn(role_of(stack, "EndpointRole"))
    to = {"iam:PassedToService": "sagemaker.amazonaws.com"}
    requests = [
        asks(stack, role, "iam:PassRole", containers, to),
        asks(stack, role, "iam:PassRole", containers, {"iam:PassedToService": "lambda.amazonaws.com"}),
        asks(stack, role, "iam:PassRole", stack.arn(role_of(stack, "PipelineRole")), to),
    ]
    assert allowed(requests) == [True, False, False]


def test_the_function_grants_the_key_of_the_volumes_to_aws_alone(stack: Template) -> None:
    role, volumes = role_of(stack, "EndpointDeployinglineFunctionRole"), key(stack, "Volumes")
    requests = [
        asks(stack, role, "kms:CreateGrant", volumes, {"kms:GrantIsForAWSResource": "true"}),
        asks(stack, role, "kms:CreateGrant", volumes, {"kms:GrantIsForAWSResource": "false"}),
        asks(stack, role, "kms:Decrypt", key(stack, "Models")),
    ]
    assert allowed(requests) == [True, False, False]


def test_the_containers_read_the_model_and_write_what_is_captured(stack: Template) -> None:
    role = role_of(stack, "EndpointRole")
    logs = f"arn:aws:logs:{HERE['r']}:{HERE['a']}:log-group:/aws/sagemaker/Endpoints/line"
    alarms = f"arn:aws:cloudwatch:{HERE['r']}:{HERE['a']}:alarm:"
    repository = f"arn:aws:ecr:{HERE['r']}:{HERE['a']}:repository/team/"
    own = [
        asks(stack, role, "s3:GetObject", "arn:aws:s3:::models/line/model.tar.gz"),
        asks(stack, role, "kms:Decrypt", key(stack, "Models")),
        asks(stack, role, "s3:PutObject", "arn:aws:s3:::captured/line/AllTraffic/2026/01/01/00/a.jsonl"),
        asks(stack, role, "kms:GenerateDataKey", key(stack, "Captured")),
        asks(stack, role, "ecr:BatchGetImage", f"{repository}own"),
        asks(stack, role, "logs:CreateLogStream", f"{logs}:log-stream:AllTraffic/i-0"),
        asks(stack, role, "cloudwatch:DescribeAlarms", f"{alarms}errors"),
    ]
    others = [
        asks(stack, role, "s3:GetObject", "arn:aws:s3:::models/other/model.tar.gz"),
        asks(stack, role, "s3:PutObject", "arn:aws:s3:::models/line/model.tar.gz"),
        asks(stack, role, "s3:GetObject", "arn:aws:s3:::captured/line/a.jsonl"),
        asks(stack, role, "s3:PutObject", "arn:aws:s3:::captured/other/a.jsonl"),
        asks(stack, role, "kms:Decrypt", key(stack, "Volumes")),
        asks(stack, role, "ecr:BatchGetImage", f"{repository}other"),
        asks(stack, role, "cloudwatch:DescribeAlarms", f"{alarms}others"),
        asks(stack, role, "sagemaker:UpdateEndpoint", ENDPOINT),
    ]
    assert allowed(own) == [True] * len(own)
    assert allowed(others) == [False] * len(others)


def test_only_sagemaker_of_this_account_takes_the_role(stack: Template) -> None:
    role = role_of(stack, "EndpointRole")
    here = {"aws:SourceAccount": HERE["a"], "aws:SourceArn": MODEL}
    requests = [
        Request(service, "sts:AssumeRole", stack.arn(role), context, on=stack.trust(role))
        for service, context in (
            ("sagemaker.amazonaws.com", here),
            ("lambda.amazonaws.com", here),
            ("sagemaker.amazonaws.com", {**here, "aws:SourceAccount": OTHER_ACCOUNT}),
        )
    ]
    assert allowed(requests) == [True, False, False]


def test_who_may_invoke_it_may_do_nothing_else(stack: Template) -> None:
    role = role_of(stack, "Caller")
    own = [
        asks(stack, role, f"sagemaker:{name}", ENDPOINT)
        for name in ("InvokeEndpoint", "InvokeEndpointWithResponseStream")
    ]
    others = [
        asks(stack, role, "sagemaker:InvokeEndpoint", OTHER),
        asks(stack, role, "sagemaker:UpdateEndpoint", ENDPOINT),
        asks(stack, role, "sagemaker:DescribeEndpoint", ENDPOINT),
    ]
    assert allowed([*own, *others]) == [True] * len(own) + [False] * len(others)


def test_only_its_own_rules_call_the_function_and_fill_its_queue(stack: Template) -> None:
    rules = [name for name, _ in stack.of_type("AWS::Events::Rule")]
    (queue,) = (stack.arn(name) for name, _ in stack.of_type("AWS::SQS::Queue"))

    def sends(source: str) -> Request:
        context = {"aws:SourceArn": source, "aws:SecureTransport": "true"}
        return Request("events.amazonaws.com", "sqs:SendMessage", queue, context, on=stack.policy_on(queue))

    assert allowed([*map(sends, map(stack.arn, rules)), sends(f"{stack.arn(rules[0])}2")]) == [True, True, False]
    permissions = [given for _, given in stack.of_type("AWS::Lambda::Permission")]
    assert {given["SourceArn"] for given in permissions} == {stack.arn(rule) for rule in rules}


def test_the_jobs_that_monitor_it_read_what_is_captured_and_write_their_reports(stack: Template) -> None:
    role = role_of(stack, "QualityRole")
    space = {"cloudwatch:namespace": "aws/sagemaker/Endpoints/model-metrics"}
    own = [
        asks(stack, role, "s3:GetObject", "arn:aws:s3:::captured/line/AllTraffic/2026/01/01/00/a.jsonl"),
        asks(stack, role, "s3:ListBucket", "arn:aws:s3:::captured", {"s3:prefix": "line/"}),
        asks(stack, role, "kms:Decrypt", key(stack, "Captured")),
        asks(stack, role, "s3:GetObject", "arn:aws:s3:::models/truth/2026/01/01/00/a.jsonl"),
        asks(stack, role, "s3:GetObject", "arn:aws:s3:::models/base/constraints.json"),
        asks(stack, role, "kms:Decrypt", key(stack, "Models")),
        asks(stack, role, "s3:PutObject", "arn:aws:s3:::reports/line/a.json"),
        asks(stack, role, "kms:CreateGrant", key(stack, "Volumes"), {"kms:GrantIsForAWSResource": "true"}),
        asks(stack, role, "cloudwatch:PutMetricData", "*", space),
    ]
    others = [
        asks(stack, role, "s3:GetObject", "arn:aws:s3:::captured/other/a.jsonl"),
        asks(stack, role, "s3:PutObject", "arn:aws:s3:::captured/line/a.jsonl"),
        asks(stack, role, "s3:GetObject", "arn:aws:s3:::models/line/model.tar.gz"),
        asks(stack, role, "s3:PutObject", "arn:aws:s3:::reports/other/a.json"),
        asks(stack, role, "kms:Encrypt", key(stack, "Volumes")),
        asks(stack, role, "cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": "Orders"}),
        asks(stack, role, "sagemaker:InvokeEndpoint", ENDPOINT),
    ]
    assert allowed(own) == [True] * len(own)
    assert allowed(others) == [False] * len(others)


def test_the_jobs_that_explain_serve_their_model_for_themselves(stack: Template) -> None:
    role = role_of(stack, "ShapRole")
    shadow = f"{SAGEMAKER}endpoint/sm-clarify-age-1"
    own = [
        asks(stack, role, "sagemaker:DescribeModel", f"{SAGEMAKER}model/age"),
        *(asks(stack, role, f"sagemaker:{name}Endpoint", shadow) for name in ("Create", "Invoke", "Delete")),
        asks(stack, role, "s3:GetObject", "arn:aws:s3:::others/shap/analysis_config.json"),
    ]
    others = [
        asks(stack, role, "sagemaker:DescribeModel", f"{SAGEMAKER}model/other"),
        asks(stack, role, "sagemaker:InvokeEndpoint", f"{SAGEMAKER}endpoint/age"),
        asks(stack, role, "sagemaker:DeleteEndpoint", f"{SAGEMAKER}endpoint/age"),
    ]
    assert allowed([*own, *others]) == [True] * len(own) + [False] * len(others)
