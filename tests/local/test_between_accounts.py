"""A team of two accounts, deployed from CDK's templates: what starts there, what is told, and who is not let in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs

from cdk_sagemaker_pipelines import ApprovalBus, FailStep, ModelPackageGroup, Parameter, Pipeline, from_event
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.local.places import REGION, Place
from tests.local.support import processing
from tests.local.test_operations import until

TRAIN, USE, THIRD = "111122223333", "444455556666", "777788889999"
ROLE = f"arn:aws:iam::{USE}:role/job"


class Accounts(NamedTuple):
    """Who takes part."""

    train: Place
    use: Place
    third: Place


def _templates() -> dict[str, dict[str, Any]]:
    app = cdk.App(default_stack_synthesizer=cdk.DefaultStackSynthesizer(generate_bootstrap_version_rule=False))
    use, train = (
        cdk.Stack(app, name, env=cdk.Environment(account=account, region=REGION))
        for name, account in (("Use", USE), ("Train", TRAIN))
    )
    approvals = ApprovalBus(use, "Approvals", event_bus_name="approvals", producers=[TRAIN])
    version = Parameter.string("Version")
    deploy = Pipeline(use, "Deploy", pipeline_name="Deploy")
    FailStep(deploy, "Stop", message=f"to deploy: {version}")
    deploy.start_on_event(
        "Approved", event_bus=approvals.event_bus, event_pattern=approvals.pattern("line"),
        parameters={"Version": from_event("$.detail.ModelPackageArn")},
    )  # fmt: skip

    group = ModelPackageGroup(train, "Models", model_package_group_name="line", consumers=[USE])
    group.forward_approvals(approvals)
    key = Parameter.string("Key")
    line = Pipeline(train, "Line", pipeline_name="Line")
    FailStep(line, "Stop", message=f"read {key}")
    line.start_on_object_created(
        "NewData", bucket=s3.Bucket.from_bucket_name(train, "Raw", "raw"), prefix="orders/",
        parameters={"Key": from_event("$.detail.object.key")},
    )  # fmt: skip
    line.on_execution_failed("Failed", target=targets.SqsQueue(sqs.Queue(train, "Told", queue_name="told")))
    topic = sns.Topic(train, "Topic")
    topic.add_subscription(subscriptions.SqsSubscription(sqs.Queue(train, "Mail", queue_name="mail")))
    line.notify(topic)
    assembly = app.synth()
    return {name: assembly.get_stack_by_name(name).template for name in ("Use", "Train")}


@pytest.fixture(scope="module")
def accounts() -> Iterator[Accounts]:
    with EmbeddedAws(REGION, TRAIN) as aws:
        train, use, third = (Place(aws, account) for account in (TRAIN, USE, THIRD))
        place = {"LocationConstraint": REGION}
        train.client("s3").create_bucket(Bucket="raw", CreateBucketConfiguration=place)
        train.client("s3").put_bucket_notification_configuration(
            Bucket="raw", NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
        for (name, template), account in zip(_templates().items(), (use, train), strict=True):
            stacks = account.client("cloudformation")
            stacks.create_stack(StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])
            assert stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
        yield Accounts(train, use, third)


def url(place: Place, queue: str) -> str:
    return str(place.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"])


def reasons(place: Place, pipeline: str) -> list[str]:
    """Why executions of the pipeline have failed, which says what they were started with."""
    sagemaker = place.client("sagemaker")
    runs = sagemaker.list_pipeline_executions(PipelineName=pipeline)["PipelineExecutionSummaries"]
    ended = [sagemaker.describe_pipeline_execution(PipelineExecutionArn=run["PipelineExecutionArn"]) for run in runs]
    return [one["FailureReason"] for one in ended if one["PipelineExecutionStatus"] == "Failed"]


def test_an_object_starts_the_pipeline_whose_failure_is_told(accounts: Accounts) -> None:
    accounts.train.client("s3").put_object(Bucket="raw", Key="other/1.csv", Body=b"")
    accounts.train.client("s3").put_object(Bucket="raw", Key="orders/1.csv", Body=b"")
    (reason,) = until(lambda: reasons(accounts.train, "Line"))
    assert "read orders/1.csv" in reason
    told = accounts.train.received(url(accounts.train, "told"))["body"]
    assert told["detail"]["currentPipelineExecutionStatus"] == "Failed"
    assert "Line" in accounts.train.received(url(accounts.train, "mail"))["body"]["Message"]


def test_an_approval_starts_the_pipeline_of_the_other_account(accounts: Accounts) -> None:
    sagemaker = accounts.train.client("sagemaker")
    version = sagemaker.create_model_package(ModelPackageGroupName="line")["ModelPackageArn"]
    sagemaker.update_model_package(ModelPackageArn=version, ModelApprovalStatus="Approved")
    (reason,) = until(lambda: reasons(accounts.use, "Deploy"))
    assert f"to deploy: {version}" in reason
    # which may look at what it deploys; nobody else may
    found = accounts.use.client("sagemaker").describe_model_package(ModelPackageName=version)
    assert found["ModelApprovalStatus"] == "Approved"
    third = accounts.third.client("sagemaker")
    with pytest.raises(third.exceptions.ClientError, match="because no resource-based policy allows the sagemaker:De"):
        third.describe_model_package(ModelPackageName=version)


def test_approvals_of_a_third_account_are_denied(accounts: Accounts) -> None:
    bus, third = f"arn:aws:events:{REGION}:{USE}:event-bus/approvals", accounts.third
    assert third.put(bus)["ErrorCode"] == "AccessDeniedException"
    before = reasons(accounts.use, "Deploy")
    third.client("events").put_rule(Name="approved", EventPattern=json.dumps({"source": ["aws.sagemaker"]}))
    role = f"arn:aws:iam::{THIRD}:role/events"
    third.client("events").put_targets(Rule="approved", Targets=[{"Id": "b", "Arn": bus, "RoleArn": role}])
    sagemaker = third.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="line")
    sagemaker.create_model_package(ModelPackageGroupName="line", ModelApprovalStatus="Approved")
    assert until(lambda: third.counted("approved")) == {"FailedInvocations"}
    assert reasons(accounts.use, "Deploy") == before


def test_a_schedule_with_a_wrong_parameter_ends_in_its_dead_letter_queue(accounts: Accounts) -> None:
    letters, dead = accounts.train.queue("letters")
    pipeline = accounts.train.client("sagemaker").describe_pipeline(PipelineName="Line")["PipelineArn"]
    given = {"PipelineParameterList": [{"Name": "Kee", "Value": "k"}]}
    target = {
        "Arn": pipeline, "RoleArn": f"arn:aws:iam::{TRAIN}:role/starter", "SageMakerPipelineParameters": given,
        "DeadLetterConfig": {"Arn": dead},
    }  # fmt: skip
    accounts.train.client("scheduler").create_schedule(
        Name="hourly", ScheduleExpression="rate(1 hour)", FlexibleTimeWindow={"Mode": "OFF"}, Target=target
    )
    assert "did you mean 'Key'" in accounts.train.received(letters)["ERROR_MESSAGE"]


def test_a_job_reads_the_model_of_the_other_account_once_bucket_and_key_let_its_role(accounts: Accounts) -> None:
    train, use = accounts.train.client, accounts.use.client
    place = {"CreateBucketConfiguration": {"LocationConstraint": REGION}}
    key = train("kms").create_key()["KeyMetadata"]["Arn"]
    train("s3").create_bucket(Bucket="models", **place)
    train("s3").put_object(
        Bucket="models", Key="line/model.txt", Body=b"model", ServerSideEncryption="aws:kms", SSEKMSKeyId=key
    )
    use("s3").create_bucket(Bucket="jobs", **place)
    use("s3").put_object(Bucket="jobs", Key="show.py", Body=b"print(open('/opt/ml/processing/model/model.txt').read())")
    job = processing("s3://jobs/show.py", inputs={"model": "s3://models/line/"}, RoleArn=ROLE)
    definition = {"Version": "2020-12-01", "Steps": [{"Name": "Show", "Type": "Processing", "Arguments": job}]}
    use("sagemaker").create_pipeline(PipelineName="Read", PipelineDefinition=json.dumps(definition), RoleArn=ROLE)

    def ran() -> str:
        sagemaker = use("sagemaker")
        arn = sagemaker.start_pipeline_execution(PipelineName="Read")["PipelineExecutionArn"]

        def ended() -> dict[str, Any] | None:
            steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
            return next((dict(one) for one in steps if one["StepStatus"] not in ("Starting", "Executing")), None)

        step = until(ended)
        return str(step.get("FailureReason") or step["StepStatus"])

    assert "not authorized to perform: s3:ListBucket on resource: arn:aws:s3:::models" in ran()
    only = {"Effect": "Allow", "Principal": {"AWS": ROLE}}
    policy = [
        {**only, "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::models"},
        {**only, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::models/line/*"},
    ]
    train("s3").put_bucket_policy(Bucket="models", Policy=json.dumps({"Statement": policy}))
    assert f"not authorized to perform: kms:Decrypt on resource: {key}" in ran()
    allow = [{**only, "Action": "kms:Decrypt", "Resource": "*"}]
    train("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps({"Statement": allow}))
    assert ran() == "Succeeded"
