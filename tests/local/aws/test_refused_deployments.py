"""What AWS refuses of roles, rules, schedules and permissions, and moto would take."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.bootstrapping import bootstrap

from .conftest import ACCOUNT, REGION

OTHER = "444455556666"
TRUST: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/team/boundary"
MISSING = f"Scope ARN: {BOUNDARY} does not exist or is not attachable."


def boundary(iam: Any) -> None:
    allow = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.create_policy(PolicyName="boundary", Path="/team/", PolicyDocument=document)


def test_a_boundary_that_does_not_exist(client: Any) -> None:
    iam = client("iam")
    given = {"RoleName": "job", "AssumeRolePolicyDocument": json.dumps(TRUST)}
    with pytest.raises(iam.exceptions.NoSuchEntityException) as caught:
        iam.create_role(**given, PermissionsBoundary=BOUNDARY)
    assert caught.value.response["Error"]["Message"] == MISSING
    iam.create_role(**given)
    with pytest.raises(iam.exceptions.NoSuchEntityException, match=f"Policy {BOUNDARY} does not exist"):
        iam.put_role_permissions_boundary(RoleName="job", PermissionsBoundary=BOUNDARY)
    boundary(iam)
    iam.put_role_permissions_boundary(RoleName="job", PermissionsBoundary=BOUNDARY)
    iam.create_role(**{**given, "RoleName": "aws"}, PermissionsBoundary="arn:aws:iam::aws:policy/PowerUserAccess")


def test_a_boundary_of_a_template_that_does_not_exist(client: Any, deploy: Any, reasons: Any) -> None:
    role = {"AssumeRolePolicyDocument": TRUST, "PermissionsBoundary": BOUNDARY}
    stack = {"Role": {"Type": "AWS::IAM::Role", "Properties": role}}
    assert deploy(stack)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert MISSING in reasons()[-1]
    client("cloudformation").delete_stack(StackName="stack")
    boundary(client("iam"))
    assert deploy(stack, name="then")["StackStatus"] == "CREATE_COMPLETE"


def test_the_trust_of_a_role_changes_to_all_that_iam_takes(client: Any) -> None:
    iam = client("iam")
    iam.create_role(RoleName="job", AssumeRolePolicyDocument=json.dumps(TRUST))
    tagged = [{**TRUST["Statement"][0], "Action": ["sts:AssumeRole", "sts:TagSession"]}]
    iam.update_assume_role_policy(RoleName="job", PolicyDocument=json.dumps({"Statement": tagged}))
    assert iam.get_role(RoleName="job")["Role"]["AssumeRolePolicyDocument"] == {"Statement": tagged}
    with pytest.raises(iam.exceptions.MalformedPolicyDocumentException, match="invalid Json"):
        iam.update_assume_role_policy(RoleName="job", PolicyDocument="no JSON")


QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
PIPELINE = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/p"


@pytest.mark.parametrize(
    ("arn", "reason"),
    [
        (QUEUE.replace(REGION, "us-east-1"), "is in us-east-1, not in eu-central-1; only an event bus may be"),
        (PIPELINE.replace(REGION, "us-east-1"), "is in us-east-1, not in eu-central-1; only an event bus may be"),
        (f"arn:aws:states:{REGION}:{OTHER}:stateMachine:m", "targets of states must be in the own one"),
        (f"arn:aws:logs:{REGION}:{OTHER}:log-group:g", "targets of logs must be in the own one"),
    ],
    ids=["queue-elsewhere", "pipeline-elsewhere", "states-of-others", "logs-of-others"],
)
def test_targets_that_are_in_the_wrong_place(client: Any, arn: str, reason: str) -> None:
    events, scheduler, role = client("events"), client("scheduler"), f"arn:aws:iam::{ACCOUNT}:role/events"
    events.put_rule(Name="r", EventPattern=json.dumps({"source": ["mine"]}))
    with pytest.raises(ClientError, match=rf"\(ValidationException\).*{reason}"):
        events.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": arn, "RoleArn": role}])
    with pytest.raises(ClientError, match=rf"\(ValidationException\).*{reason}"):
        scheduler.create_schedule(
            Name="s", ScheduleExpression="rate(1 hour)", FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": arn, "RoleArn": role},
        )  # fmt: skip


def test_a_bus_may_be_in_another_region(client: Any) -> None:
    events = client("events")
    events.put_rule(Name="r", EventPattern=json.dumps({"source": ["mine"]}))
    away = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default"
    assert events.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": away}])["FailedEntryCount"] == 0


def test_a_permission_of_a_function_that_does_not_exist(client: Any, deploy: Any, reasons: Any) -> None:
    functions = client("lambda")
    given = {"FunctionName": "none", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"}
    with pytest.raises(functions.exceptions.ResourceNotFoundException, match=r"function:none"):
        functions.add_permission(StatementId="s", **given)
    stack = {"Permission": {"Type": "AWS::Lambda::Permission", "Properties": given}}
    assert deploy(stack)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "function:none" in reasons()[-1]


def test_an_account_lets_another_one_deploy_only_if_it_was_bootstrapped_to_trust_it(aws: EmbeddedAws) -> None:
    there, sts = aws._world.services(OTHER, REGION).client, aws.services().client("sts")
    roles = {
        kind: f"arn:aws:iam::{OTHER}:role/cdk-hnb659fds-{kind}-role-{OTHER}-{REGION}"
        for kind in ("deploy", "file-publishing", "image-publishing", "lookup")
    }
    bootstrap(there("cloudformation"))
    for role in roles.values():
        with pytest.raises(ClientError, match=r"\(AccessDenied\).*not authorized to perform: sts:AssumeRole"):
            sts.assume_role(RoleArn=role, RoleSessionName="cdk")
    there("cloudformation").update_stack(
        StackName="CDKToolkit", UsePreviousTemplate=True, Capabilities=["CAPABILITY_NAMED_IAM"],
        Parameters=[
            {"ParameterKey": "TrustedAccounts", "ParameterValue": ACCOUNT},
            {"ParameterKey": "FileAssetsBucketKmsKeyId", "ParameterValue": "AWS_MANAGED_KEY"},
        ],
    )  # fmt: skip
    there("cloudformation").get_waiter("stack_update_complete").wait(StackName="CDKToolkit", WaiterConfig={"Delay": 1})
    for role in roles.values():
        assert sts.assume_role(RoleArn=role, RoleSessionName="cdk")["AssumedRoleUser"]
    with pytest.raises(ClientError, match="AccessDenied"):
        aws._world.services("777788889999", REGION).client("sts").assume_role(
            RoleArn=roles["deploy"], RoleSessionName="cdk"
        )
