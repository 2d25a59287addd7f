"""The template of a ModelEndpoint, what it is told, and what it refuses."""

# mypy: disable-error-code="arg-type, list-item"

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Annotations, Match, Template

from cdk_sagemaker_pipelines import (
    ApprovalBus,
    ComputePolicy,
    DataCapture,
    EndpointDeployment,
    Image,
    ModelEndpoint,
    ModelPackageGroup,
    Pipeline,
    PipelineError,
    RegisterModelStep,
    S3Location,
    ServerlessInference,
)

ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "eu-west-1"
ENV = cdk.Environment(account=ACCOUNT, region=REGION)
PLACE = ["s3://models/line/"]
OTHERS = f"arn:aws:sagemaker:{REGION}:{OTHER}:model-package-group/line"
MINUTES = cdk.Duration.minutes(5)


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(analytics_reporting=False), "Stack", env=ENV)


def made(stack: cdk.Stack, **more: Any) -> ModelEndpoint:
    given = {"group": "line", "endpoint_name": "line", "reads": PLACE, "instance_type": "ml.m5.large", **more}
    return ModelEndpoint(stack, "Endpoint", **{name: value for name, value in given.items() if value is not None})


def settings(stack: cdk.Stack) -> Any:
    """What the function is told, with words in place of what only the deployment tells."""
    template = Template.from_stack(stack)
    (resource,) = template.find_resources("Custom::SageMakerModelEndpoint").values()
    (variables,) = (
        function["Properties"]["Environment"]["Variables"]
        for function in template.find_resources("AWS::Lambda::Function").values()
        if "Environment" in function["Properties"]
    )
    assert resource["Properties"]["Settings"] == variables["SETTINGS"]
    parts = variables["SETTINGS"]["Fn::Join"][1]
    return json.loads("".join(part if isinstance(part, str) else next(iter(part)) for part in parts))


def statements(stack: cdk.Stack, role: str) -> list[dict[str, Any]]:
    """What a policy beside a role allows."""
    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    (policy,) = (each["Properties"] for name, each in policies.items() if name.startswith(role))
    found: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return found


def test_the_least_that_is_said(stack: cdk.Stack) -> None:
    endpoint = made(stack)
    assert settings(stack) == {
        "EndpointName": "line",
        "ModelPackageGroupName": "line",
        "Model": {"ExecutionRoleArn": "Fn::GetAtt"},
        "Variant": {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1},
        "Config": {},
        "Deployment": {},
        "Tags": [],
    }
    assert endpoint.endpoint_name == "line"
    assert stack.resolve(endpoint.endpoint_arn) == {
        "Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":sagemaker:{REGION}:{ACCOUNT}:endpoint/line"]]
    }
    template = Template.from_stack(stack)
    patterns = [rule["Properties"]["EventPattern"] for rule in template.find_resources("AWS::Events::Rule").values()]
    assert [(pattern["account"], pattern["detail-type"], pattern["detail"]) for pattern in patterns] == [
        (
            [ACCOUNT],
            ["SageMaker Model Package State Change"],
            {
                "ModelPackageGroupName": [{"equals-ignore-case": "line"}],
                "ModelApprovalStatus": ["Approved"],
                "UpdatedModelPackageFields": ["ModelApprovalStatus"],
            },
        ),
        ([ACCOUNT], ["SageMaker Endpoint State Change"], {"EndpointName": [{"equals-ignore-case": "line"}]}),
    ]
    (invoked,) = template.find_resources("AWS::Lambda::EventInvokeConfig").values()
    assert invoked["Properties"]["MaximumRetryAttempts"] == 2
    assert "Destination" in invoked["Properties"]["DestinationConfig"]["OnFailure"]


def test_everything_that_can_be_said(stack: cdk.Stack) -> None:
    vpc, key = ec2.Vpc(stack, "Vpc", max_azs=2), kms.Key(stack, "Key")
    bucket = s3.Bucket(stack, "Captured", bucket_name="captured", encryption_key=key)
    role = iam.Role(stack, "Mine", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    queue = sqs.Queue(stack, "Lost")
    metric = ModelEndpoint.metric
    endpoint = made(
        stack,
        instance_count=2,
        role=role,
        vpc=vpc,
        enable_network_isolation=True,
        volume_kms_key=key,
        dead_letter_queue=queue,
        capture=DataCapture(
            S3Location(bucket, "line/"), sampling_percentage=20, captured=["Input"], csv_content_types=["text/csv"],
            json_content_types=["application/json"], kms_key=key,
        ),
    )  # fmt: skip
    cdk.Tags.of(stack).add("team", "ml")
    cdk.Tags.of(endpoint).add("stage", "prod")
    found = settings(stack)
    assert found["Model"]["EnableNetworkIsolation"] is True
    assert len(found["Model"]["VpcConfig"]["Subnets"]) == 2
    assert found["Variant"]["InitialInstanceCount"] == 2
    assert found["Config"] == {
        "KmsKeyId": "Fn::GetAtt",
        "DataCaptureConfig": {
            "EnableCapture": True,
            "InitialSamplingPercentage": 20,
            "DestinationS3Uri": "s3://Ref/line/",
            "KmsKeyId": "Fn::GetAtt",
            "CaptureOptions": [{"CaptureMode": "Input"}],
            "CaptureContentTypeHeader": {
                "CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"],
            },
        },
    }  # fmt: skip
    assert found["Tags"] == [{"Key": "stage", "Value": "prod"}, {"Key": "team", "Value": "ml"}]
    assert (endpoint.role, endpoint.dead_letter_queue) == (role, queue)
    assert stack.resolve(metric(endpoint, "Invocations").dimensions) == {
        "EndpointName": "line", "VariantName": "AllTraffic",
    }  # fmt: skip


SECONDS = {"WaitIntervalInSeconds": 300}


@pytest.mark.parametrize(
    ("deployment", "expected"),
    [
        (
            EndpointDeployment.all_at_once(),
            {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
                }
            },
        ),
        (
            EndpointDeployment.canary(
                percent=10, wait=MINUTES, termination_wait=MINUTES, timeout=cdk.Duration.hours(1)
            ),
            {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {
                        "Type": "CANARY", **SECONDS, "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 10},
                    },
                    "MaximumExecutionTimeoutInSeconds": 3600,
                    "TerminationWaitInSeconds": 300,
                }
            },
        ),
        (
            EndpointDeployment.linear(percent=25, wait=MINUTES),
            {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {
                        "Type": "LINEAR", **SECONDS, "LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 25},
                    }
                }
            },
        ),
        (
            EndpointDeployment.rolling(percent=50, wait=MINUTES),
            {"RollingUpdatePolicy": {"MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50}, **SECONDS}},
        ),
    ],
    ids=["all_at_once", "canary", "linear", "rolling"],
)  # fmt: skip
def test_how_a_version_takes_over(stack: cdk.Stack, deployment: EndpointDeployment, expected: Any) -> None:
    made(stack, deployment=deployment)
    assert settings(stack)["Deployment"] == expected


def test_the_containers_may_look_at_the_alarms_that_roll_back(stack: cdk.Stack) -> None:
    errors = cdk.aws_cloudwatch.Alarm.from_alarm_arn(
        stack, "Errors", f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:errors"
    )
    made(stack, deployment=EndpointDeployment.rolling(percent=50, wait=MINUTES, alarms=[errors]))
    assert settings(stack)["Deployment"]["AutoRollbackConfiguration"] == {"Alarms": [{"AlarmName": "errors"}]}
    (looks,) = (one for one in statements(stack, "EndpointRole") if one["Action"] == "cloudwatch:DescribeAlarms")
    assert str(looks["Resource"]).endswith(f":cloudwatch:{REGION}:{ACCOUNT}:alarm:errors']]}}")


def test_without_instances(stack: cdk.Stack) -> None:
    made(stack, instance_type=None, serverless=ServerlessInference(memory_size_in_mb=2048, max_concurrency=5))
    assert settings(stack)["Variant"] == {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}


def registered(stack: cdk.Stack, group: ModelPackageGroup, **more: Any) -> Pipeline:
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Line")
    step: dict[str, Any] = {"image": Image.xgboost("1.7-1"), "model_data": "s3://models/own/model.tar.gz", **more}
    RegisterModelStep(pipeline, "Register", model_package_group=group, **step)
    return pipeline


def test_what_the_app_registers_may_be_read_and_nothing_else(stack: cdk.Stack) -> None:
    group = ModelPackageGroup(stack, "Models", model_package_group_name="line")
    made(stack, group=group, reads=None)
    registered(stack, group)  # after the endpoint, or before
    read = [one for one in statements(stack, "EndpointRole") if one["Action"] == "s3:GetObject"]
    assert [one["Resource"] for one in read] == [
        {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":s3:::models/own/model.tar.gz"]]}
    ]


def test_where_the_models_are_has_to_be_known(stack: cdk.Stack) -> None:
    group = ModelPackageGroup(stack, "Models", model_package_group_name="line")
    made(stack, group=group, reads=None)
    with pytest.raises(RuntimeError, match=r"ModelEndpoint 'Stack/Endpoint': reads is needed: no pipeline of this app"):
        Template.from_stack(stack)


def test_a_group_of_another_account_of_the_app(stack: cdk.Stack) -> None:
    there = cdk.Stack(stack.node.root, "There", env=cdk.Environment(account=OTHER, region=REGION))
    group = ModelPackageGroup(there, "Models", model_package_group_name="line", consumers=[ACCOUNT])
    approvals = ApprovalBus(stack, "Approvals", producers=[OTHER])
    made(stack, group=group, approvals=approvals)
    (rule,) = Template.from_stack(stack).find_resources(
        "AWS::Events::Rule", {"Properties": {"EventBusName": Match.any_value()}}
    ).values()  # fmt: skip
    assert rule["Properties"]["EventPattern"]["account"] == [OTHER]
    lists = next(
        one for one in statements(stack, "EndpointDeploying") if one["Action"] == "sagemaker:ListModelPackages"
    )
    assert {str(one).rpartition(":model-")[2] for one in lists["Resource"]} == {
        "package-group/line']]}", "package/line/*']]}",
    }  # fmt: skip
    assert all(OTHER in str(one) for one in lists["Resource"])


def test_a_new_name_is_a_new_endpoint(stack: cdk.Stack) -> None:
    """Whose function and whose roles are others, so that the old ones delete the old endpoint."""
    one, other = (
        Template.from_stack(_named(name)).find_resources("Custom::SageMakerModelEndpoint") for name in ("one", "two")
    )
    assert not one.keys() & other.keys()


def _named(name: str) -> cdk.Stack:
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Stack", env=ENV)
    made(stack, endpoint_name=name)
    return stack


def test_by_default_it_is_named_after_its_path(stack: cdk.Stack) -> None:
    below = cdk.Stack(stack, "AVeryLongNameOfANestedStackThatGoesOnAndOn", env=ENV)
    name = made(below, endpoint_name=None).endpoint_name
    assert name == "StackAVeryLongName88378C29-Endpoint-3DF563F1"


def test_a_role_that_cdk_may_not_change_is_warned_of(stack: cdk.Stack) -> None:
    role = iam.Role.from_role_arn(stack, "Theirs", f"arn:aws:iam::{ACCOUNT}:role/Theirs", mutable=False)
    made(stack, role=role)
    found = Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("CDK may not change the role"))
    assert found


def test_too_many_tags_for_the_variables_of_a_function(stack: cdk.Stack) -> None:
    endpoint = made(stack)
    for number in range(20):
        cdk.Tags.of(endpoint).add(f"tag-{number}", "x" * 200)
    with pytest.raises(RuntimeError, match=r"the settings of the endpoint and its tags have \d+ characters"):
        Template.from_stack(stack)


SERVERLESS = ServerlessInference(memory_size_in_mb=2048, max_concurrency=5)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"instance_type": None}, "give exactly one of instance_type and serverless"),
        ({"serverless": SERVERLESS}, "give exactly one of instance_type and serverless"),
        ({"serverless": 3}, "serverless takes ServerlessInference(...), not 3"),
        ({"instance_type": "ml.m5.lrge"}, "instance_type: "),
        ({"instance_count": 0}, "instance_count takes 1 to "),
        ({"instance_type": None, "serverless": SERVERLESS, "instance_count": 1}, "instance_count needs instance_type"),
        (
            {"instance_type": None, "serverless": SERVERLESS, "capture": DataCapture("s3://captured/")},
            "capture needs instance_type; an endpoint that is serverless does not have it",
        ),
        ({"endpoint_name": "a b"}, "endpoint_name: the name 'a b' must have letters, digits and '-' between them"),
        ({"endpoint_name": "a" * 45}, "endpoint_name: the name 'aaaa"),
        ({"group": ""}, "group is empty; give a ModelPackageGroup, a name or an ARN"),
        ({"group": "a b"}, "group: 'a b' is neither a name"),
        ({"group": 5}, "group takes a ModelPackageGroup, a name or an ARN, not 5"),
        ({"group": OTHERS}, f"the group '{OTHERS}' is in another account, which announces approvals there"),
        ({"group": OTHERS.replace(REGION, "eu-west-2")}, "the group 'arn:aws:sagemaker:eu-west-2"),
        ({"group": OTHERS, "approvals": "bus"}, "approvals takes an ApprovalBus or an event bus, not 'bus'"),
        ({"reads": None}, "reads is needed: no pipeline of this app is known to register versions in the group"),
        ({"reads": "s3://models/"}, "reads must be a list, not 's3://models/'"),
        ({"capture": DataCapture("s3://b/", sampling_percentage=101)}, "capture.sampling_percentage takes 0 to 100"),
        ({"capture": DataCapture("s3://b/", captured=["Inputs"])}, "capture.captured is 'Inputs'; did you mean"),
        ({"capture": DataCapture("s3://b/", captured=[])}, 'capture.captured is empty; name "Input", "Output" or both'),
        ({"capture": 3}, "capture takes DataCapture(...), not 3"),
        ({"deployment": {}}, "deployment takes EndpointDeployment.canary(...) or the like, not {}"),
        ({"role": "Mine"}, "role takes a role such as iam.Role.from_role_name(...), not 'Mine'"),
        ({"dead_letter_queue": 3}, "dead_letter_queue takes a queue, not 3"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, Mapping) else "",
)
def test_what_is_refused(stack: cdk.Stack, change: dict[str, Any], told: str) -> None:
    given = {"group": "line", "endpoint_name": "line", "reads": PLACE, "instance_type": "ml.m5.large", **change}
    with pytest.raises(PipelineError) as error:
        ModelEndpoint(stack, "Endpoint", **{name: value for name, value in given.items() if value is not None})
    assert str(error.value).startswith(f"ModelEndpoint 'Stack/Endpoint': {told}")
    assert stack.node.try_find_child("Endpoint") is None


def test_a_bus_that_does_not_take_events_of_the_account_of_the_group(stack: cdk.Stack) -> None:
    approvals = ApprovalBus(stack, "Approvals", producers=["999988887777"])
    with pytest.raises(PipelineError, match=f"the producers are 999988887777, not '{OTHER}'"):
        made(stack, group=OTHERS, approvals=approvals)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: EndpointDeployment.canary(percent=51, wait=MINUTES), "percent takes 1 to 50, not 51"),
        (lambda: EndpointDeployment.linear(percent=9, wait=MINUTES), "percent takes 10 to 50, not 9"),
        (lambda: EndpointDeployment.rolling(percent=4, wait=MINUTES), "percent takes 5 to 50, not 4"),
        (lambda: EndpointDeployment.all_at_once(wait=cdk.Duration.hours(2)), "wait is 2 hours; allowed are 0 to 3600"),
        (lambda: EndpointDeployment.all_at_once(timeout=MINUTES), "timeout is 5 minutes; allowed are 600 to 28800"),
        (
            lambda: EndpointDeployment.all_at_once(wait=cdk.Duration.millis(1)),
            "wait: Duration.millis(1) is not a whole number of seconds",
        ),
        (lambda: EndpointDeployment.rolling(percent=5, wait=5), "wait takes a Duration such as"),
        (lambda: EndpointDeployment.all_at_once(alarms=["errors"]), "alarms takes CDK alarms such as"),
    ],
    ids=["canary", "linear", "rolling", "wait", "timeout", "fraction", "number", "alarms"],
)
def test_a_deployment_that_is_refused(make: Any, told: str) -> None:
    with pytest.raises(PipelineError) as error:
        make()
    assert str(error.value).startswith(told)


def test_a_deployment_is_made_by_its_methods() -> None:
    with pytest.raises(TypeError, match=r"made by one of its methods"):
        EndpointDeployment()


def test_who_is_no_grantee_is_refused(stack: cdk.Stack) -> None:
    with pytest.raises(PipelineError, match=r"^the grantee is a role, a user, a function or the like, not 'me'"):
        made(stack).grant_invoke("me")


# -- a compute policy


NOT_ALLOWED = (
    "ModelEndpoint 'Stack/Endpoint': instance_type: 'ml.p4d.24xlarge' is not allowed; allowed are 'ml.m5.*' "
    "(the compute policy of 'Stack') [compute-policy]"
)


def synthesized(stack: cdk.Stack) -> str:
    """What the synthesis refuses; empty if nothing."""
    try:
        cast("cdk.App", stack.node.root).synth()
    except RuntimeError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("before", [True, False])
def test_a_compute_policy_binds_its_instances(stack: cdk.Stack, before: bool) -> None:
    policy = ComputePolicy(instance_types=["ml.m5.*"])
    if before:
        policy.apply(stack)
    made(stack, instance_type="ml.p4d.24xlarge")
    if not before:
        policy.apply(stack)
    assert NOT_ALLOWED in synthesized(stack)


def test_a_type_that_only_the_deployment_knows_is_not_within_a_policy(stack: cdk.Stack) -> None:
    ComputePolicy(instance_types=["ml.m5.*"]).apply(stack)
    made(stack, instance_type=cdk.CfnParameter(stack, "Type").value_as_string)
    assert "instance_type: is only known at deployment; nothing refuses other types then" in synthesized(stack)


def test_what_a_compute_policy_allows_or_does_not_reach(stack: cdk.Stack) -> None:
    other = cdk.Stack(stack.node.root, "Stack2", env=ENV)
    ComputePolicy(instance_types=["ml.m5.*"]).apply(stack)
    made(stack)
    made(other, instance_type="ml.p4d.24xlarge")
    assert synthesized(stack) == ""
