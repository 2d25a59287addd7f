"""What starts a pipeline, as it stands in templates, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs

from cdk_sagemaker_pipelines import (
    FailStep,
    ImportedPipeline,
    ModelPackageGroup,
    Parameter,
    Pipeline,
    PipelineError,
    StartPipelineExecution,
    from_event,
)
from tests.pipeline.support import ACCOUNT, REGION, Bench

ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/line"
DAILY = scheduler.ScheduleExpression.rate(cdk.Duration.days(1))
PATTERN = events.EventPattern(source=["mine"])
KEY = {"Key": from_event("$.detail.object.key")}


def line(bench: Bench, **options: Any) -> Pipeline:
    """A pipeline that needs a ``Key`` at each start."""
    made = Pipeline(bench.stack, "Pipeline", pipeline_name="Line", **options)
    color = Parameter.string("Color", default="red", enum_values=["red", "blue"])
    FailStep(made, "Stop", message=f"{Parameter.string('Key')} {Parameter.integer('Count', default=1)} {color}")
    return made


def plain(value: Any) -> Any:
    """Without CloudFormation's functions: references as logical names without the numbers, the partition as ``aws``."""
    if isinstance(value, dict):
        if "Ref" in value:
            return "aws" if value["Ref"] == "AWS::Partition" else f"<{value['Ref'][:-8]}>"
        if "Fn::GetAtt" in value:
            return f"<{value['Fn::GetAtt'][0][:-8]}>"
        if "Fn::Join" in value:
            return "".join(map(plain, value["Fn::Join"][1]))
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


class Whole:
    """A stack with a start of each kind, synthesized once."""

    def __init__(self, folder: Path) -> None:
        bench = Bench(folder)
        made = line(bench)
        bucket = s3.Bucket(bench.stack, "Raw")
        group = ModelPackageGroup(bench.stack, "Models", model_package_group_name="line")
        made.start_on_object_created(
            "Both", bucket=bucket, prefix="ra*w/", suffix=".csv", parameters={**KEY, "Count": 5},
            max_event_age=cdk.Duration.hours(1), retry_attempts=3,
        )  # fmt: skip
        made.start_on_object_created("Prefix", bucket=bucket, prefix="raw/", parameters=KEY)
        made.start_on_object_created("Suffix", bucket=bucket, suffix=".csv", parameters=KEY)
        made.start_on_object_created("Any", bucket=bucket, parameters=KEY)
        given: dict[str, Any] = {"Key": from_event("$.detail.ModelPackageArn")}
        made.start_on_model_approved("Approved", group=group, parameters=given)
        made.start_on_model_approved("Named", group=f"{ARN.replace('pipeline/line', 'model-package-group/m')}",
                                     parameters=given, enabled=False)  # fmt: skip
        berlin = cdk.TimeZone.of("Europe/Berlin")
        nightly = scheduler.ScheduleExpression.cron(hour="2", minute="0", time_zone=berlin)
        made.start_on_schedule(
            "Nightly", schedule=nightly, parameters={"Key": scheduler.ContextAttribute.scheduled_time}
        )
        made.start_on_schedule(
            "Daily", schedule=DAILY, parameters={"Key": "a"}, description="each day",
            schedule_group=scheduler.ScheduleGroup(bench.stack, "Group", schedule_group_name="team"),
        )  # fmt: skip
        self.resources = {
            name[:-8]: plain(resource) for name, resource in bench.template()["Resources"].items()
        }  # fmt: skip

    def __getitem__(self, name: str) -> Any:
        return self.resources[f"PipelineTriggers{name}"]["Properties"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return Whole(tmp_path_factory.mktemp("starts") / "cdk.out")


def test_a_rule_has_the_parameters_a_role_and_a_queue(whole: Whole) -> None:
    assert whole["Both"]["Targets"] == [
        {
            "Id": "Target0",
            "Arn": ARN,
            "RoleArn": "<PipelineTriggersBothTarget0Role>",
            "DeadLetterConfig": {"Arn": "<PipelineTriggersBothTarget0DeadLetters>"},
            "RetryPolicy": {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 3},
            "SageMakerPipelineParameters": {
                "PipelineParameterList": [
                    {"Name": "Key", "Value": "$.detail.object.key"},
                    {"Name": "Count", "Value": "5"},
                ]
            },
        }
    ]
    assert "RetryPolicy" not in whole["Any"]["Targets"][0]


def test_only_rules_of_the_place_take_the_role_which_may_only_start_the_pipeline(whole: Whole) -> None:
    (trust,) = whole["BothTarget0Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust == {
        "Action": "sts:AssumeRole",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Condition": {
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "ArnLike": {"aws:SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/*"},
        },
    }
    assert whole["BothTarget0RoleDefaultPolicy"]["PolicyDocument"]["Statement"] == [
        {"Action": "sagemaker:StartPipelineExecution", "Effect": "Allow", "Resource": ARN}
    ]


def test_the_queue_is_encrypted_and_takes_from_this_rule_alone(whole: Whole) -> None:
    assert whole["BothTarget0DeadLetters"] == {"MessageRetentionPeriod": 1_209_600, "SqsManagedSseEnabled": True}
    queue = "<PipelineTriggersBothTarget0DeadLetters>"
    assert whole["BothTarget0DeadLettersPolicy"]["PolicyDocument"]["Statement"][1:] == [
        {
            "Action": "sqs:SendMessage",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Resource": queue,
            "Condition": {"ArnEquals": {"aws:SourceArn": "<PipelineTriggersBoth>"}},
        }
    ]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Both", {"key": [{"wildcard": r"ra\*w/*.csv"}]}),
        ("Prefix", {"key": [{"prefix": "raw/"}]}),
        ("Suffix", {"key": [{"suffix": ".csv"}]}),
        ("Any", None),
    ],
)
def test_the_pattern_of_objects(whole: Whole, name: str, key: Any) -> None:
    assert whole[name]["EventPattern"] == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": ["<Raw>"]}, **({} if key is None else {"object": key})},
    }


def test_the_bucket_sends_its_events(whole: Whole) -> None:
    told = whole.resources["RawNotifications"]["Properties"]
    assert (told["BucketName"], told["NotificationConfiguration"]) == ("<Raw>", {"EventBridgeConfiguration": {}})


@pytest.mark.parametrize(("name", "group", "state"), [("Approved", "line", "ENABLED"), ("Named", "m", "DISABLED")])
def test_only_the_approval_itself_starts(whole: Whole, name: str, group: str, state: str) -> None:
    assert whole[name]["State"] == state
    assert whole[name]["EventPattern"] == {
        "account": [ACCOUNT],  # the bus may take events of other accounts
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {
            "ModelPackageGroupName": [group],
            "ModelApprovalStatus": ["Approved"],
            "UpdatedModelPackageFields": ["ModelApprovalStatus"],
        },
    }


def test_a_schedule_with_its_time_is_a_universal_target(whole: Whole) -> None:
    nightly = whole["Nightly"]
    assert (nightly["ScheduleExpression"], nightly["ScheduleExpressionTimezone"]) == (
        "cron(0 2 * * ? *)",
        "Europe/Berlin",
    )
    assert nightly["Target"]["Arn"] == "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution"
    assert json.loads(nightly["Target"]["Input"]) == {
        "PipelineName": ARN,
        "PipelineParameters": [{"Name": "Key", "Value": "<aws.scheduler.scheduled-time>"}],
    }


def test_a_schedule_without_it_is_the_target_for_pipelines(whole: Whole) -> None:
    daily = whole["Daily"]
    assert daily["Description"] == "each day"
    assert daily["Target"]["Arn"] == ARN
    assert daily["Target"]["SageMakerPipelineParameters"] == {"PipelineParameterList": [{"Name": "Key", "Value": "a"}]}


@pytest.mark.parametrize(("name", "group"), [("Nightly", "default"), ("Daily", "team")])
def test_the_role_of_a_schedule(whole: Whole, name: str, group: str) -> None:
    (trust,) = whole[f"{name}Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {
            "aws:SourceAccount": ACCOUNT,
            "aws:SourceArn": f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/{group}",
        }
    }
    assert whole[f"{name}RoleDefaultPolicy"]["PolicyDocument"]["Statement"] == [
        {"Action": "sagemaker:StartPipelineExecution", "Effect": "Allow", "Resource": ARN},
        {"Action": "sqs:SendMessage", "Effect": "Allow", "Resource": f"<PipelineTriggers{name}DeadLetters>"},
    ]


# -- what is given


def test_a_role_and_a_queue_of_the_app_are_used(bench: Bench) -> None:
    made = line(bench)
    role = iam.Role(bench.stack, "Starter", assumed_by=iam.ServicePrincipal("events.amazonaws.com"))
    key = kms.Key(bench.stack, "Key")
    queue = sqs.Queue(bench.stack, "Letters", encryption_master_key=key)
    made.start_on_event("Any", event_pattern=PATTERN, parameters=KEY, role=role, dead_letter_queue=queue)
    resources = {name[:-8]: plain(one["Properties"]) for name, one in bench.template()["Resources"].items()}
    (target,) = resources["PipelineTriggersAny"]["Targets"]
    assert (target["RoleArn"], target["DeadLetterConfig"]) == ("<Starter>", {"Arn": "<Letters>"})
    (granted,) = resources["StarterDefaultPolicy"]["PolicyDocument"]["Statement"]
    assert granted["Action"] == "sagemaker:StartPipelineExecution"
    (sending,) = resources["LettersPolicy"]["PolicyDocument"]["Statement"]
    assert sending["Condition"] == {"ArnEquals": {"aws:SourceArn": "<PipelineTriggersAny>"}}
    of_events = [one for one in resources["Key"]["KeyPolicy"]["Statement"] if "Service" in one["Principal"]]
    assert [one["Action"] for one in of_events] == [["kms:Decrypt", "kms:GenerateDataKey*"]]


def test_a_rule_of_cdk_with_several_targets(bench: Bench) -> None:
    made = line(bench)
    other = Pipeline.from_pipeline_name(bench.stack, "Other", "other")
    rule = events.Rule(bench.stack, "Rule", event_pattern=PATTERN)
    rule.add_target(StartPipelineExecution(other))
    rule.add_target(StartPipelineExecution(made, parameters=KEY))
    targets = bench.resource("AWS::Events::Rule")["Targets"]
    listed = [target["SageMakerPipelineParameters"]["PipelineParameterList"] for target in targets]
    assert listed == [[], [{"Name": "Key", "Value": "$.detail.object.key"}]]
    assert len(bench.resources("AWS::SQS::Queue")) == 2


def test_an_imported_pipeline_takes_all_of_it(bench: Bench) -> None:
    imported = Pipeline.from_pipeline_arn(bench.stack, "Imported", ARN)
    bucket = s3.Bucket.from_bucket_name(bench.stack, "Raw", "raw")
    imported.start_on_event("Event", event_pattern=PATTERN, event_bus=events.EventBus(bench.stack, "Bus"))
    imported.start_on_object_created("Object", bucket=bucket)
    imported.start_on_model_approved("Approved", group="models")
    imported.start_on_schedule(
        "Daily", schedule=DAILY, parameters={"any_name": scheduler.ContextAttribute.schedule_arn}
    )
    rules = bench.resources("AWS::Events::Rule").values()
    assert {rule["Properties"]["Targets"][0]["Arn"] for rule in rules} == {ARN}
    assert sum("EventBusName" in rule["Properties"] for rule in rules) == 1
    assert ARN in json.dumps(bench.resource("AWS::Scheduler::Schedule"))


def test_a_rule_of_another_stack_has_all_that_it_needs_there(bench: Bench) -> None:
    made = line(bench)
    away = cdk.Stack(bench.app, "Away", env=cdk.Environment(account=ACCOUNT, region=REGION))
    rule = events.Rule(away, "Rule", event_pattern=PATTERN)
    rule.add_target(StartPipelineExecution(made, parameters={"Kee": 1}))
    (unknown, missing) = bench.errors()
    assert "the rule 'Away/Rule': parameters: the pipeline has no parameter 'Kee'; did you mean 'Key'?" in unknown
    assert "the rule 'Away/Rule': parameters: no value for 'Key', which has no default" in missing


# -- what is refused


def test_parameters_are_judged_with_those_of_the_pipeline(bench: Bench) -> None:
    made = line(bench)
    made.start_on_event("Event", event_pattern=PATTERN, parameters={"Kee": "a", "Count": "many"})
    time = scheduler.ContextAttribute.scheduled_time
    made.start_on_schedule("Daily", schedule=DAILY, parameters={"Key": time, "Color": "green"})
    made.start_on_schedule("Plain", schedule=DAILY, parameters={"Count": 1.5, "Key": "a"})
    start = "[Stack/Pipeline] the {} 'Stack/Pipeline/Triggers/{}': parameters: "
    assert bench.errors() == [
        start.format("rule", "Event") + "the pipeline has no parameter 'Kee'; did you mean 'Key'? [target-parameter]",
        start.format("rule", "Event")
        + "parameter 'Count' is of type Integer, but its value is 'many'; write a value such as \"5\"; every start "
        "would be refused [target-value]",
        start.format("rule", "Event")
        + "no value for 'Key', which has no default: every start would be refused [target-lacks-parameter]",
        start.format("schedule", "Daily")
        + "parameter 'Color' is 'green'; allowed are 'red', 'blue'; every start would be refused [target-value]",
        start.format("schedule", "Plain")
        + "parameter 'Count' is of type Integer, but its value is '1.5'; write a value such as \"5\"; every start "
        "would be refused [target-value]",
    ]


def elsewhere(bench: Bench, account: str = "444455556666", region: str = REGION) -> ImportedPipeline:
    return Pipeline.from_pipeline_arn(bench.stack, "There", f"arn:aws:sagemaker:{region}:{account}:pipeline/line")


def bucket_of(bench: Bench, account: str) -> s3.IBucket:
    return s3.Bucket.from_bucket_attributes(bench.stack, "Theirs", bucket_name="theirs", account=account)


TARGET: Any = StartPipelineExecution
lined: Any = line
REFUSED: list[tuple[Callable[[Any], Any], str]] = [
    (
        lambda b: elsewhere(b).start_on_event("Any", event_pattern=PATTERN),
        "the rule 'Stack/There/Triggers/Any' is in the account 111122223333, and the pipeline in 444455556666: "
        "EventBridge cannot start a pipeline in another account. Send the events to the event bus there with "
        "aws_events_targets.EventBus, and start the pipeline from a rule on that bus, in an app for that account",
    ),
    (
        lambda b: elsewhere(b, ACCOUNT, "us-east-1").start_on_schedule("Daily", schedule=DAILY),
        "the schedule 'Stack/There/Triggers/Daily' is in eu-west-1, and the pipeline in us-east-1: EventBridge cannot "
        "start a pipeline in another region.",
    ),
    (
        lambda b: lined(b).start_on_object_created("New", bucket=bucket_of(b, "444455556666")),
        "start_on_object_created: the bucket 'Stack/Theirs' is in 444455556666/eu-west-1 and sends its events to the "
        "event bus there, not to that of the pipeline, 111122223333/eu-west-1; pass them on with a rule there and "
        "aws_events_targets.EventBus, and write start_on_event",
    ),
    (
        lambda b: lined(b).start_on_model_approved(
            "New", group="arn:aws:sagemaker:eu-west-1:444455556666:model-package-group/m"
        ),
        "start_on_model_approved: the group 'arn:aws:sagemaker:eu-west-1:444455556666:model-package-group/m' is in "
        "444455556666/eu-west-1 and sends its events to the event bus there",
    ),
    (lambda b: lined(b).start_on_model_approved("New", group="a b"), "'a b' is neither the name nor the ARN"),
    (lambda b: lined(b).start_on_model_approved("New", group=5), "group takes a ModelPackageGroup, a name or an ARN"),
    (lambda b: lined(b).start_on_object_created("New", bucket="raw"), "bucket takes a bucket, not 'raw'"),
    (
        lambda b: lined(b).start_on_object_created("New", bucket=s3.Bucket(b.stack, "Raw"), prefix=""),
        "prefix takes a text, such as 'orders/', not ''",
    ),
    (
        lambda b: lined(b).start_on_object_created(
            "New", bucket=(raw := s3.Bucket(b.stack, "Raw")), prefix=raw.bucket_name, suffix="a"
        ),
        "prefix and suffix together must be known now",
    ),
    (lambda b: TARGET("line"), "StartPipelineExecution takes a pipeline, not 'line'"),
    (lambda b: TARGET(lined(b), role="me"), "role takes a role, not 'me'"),
    (lambda b: TARGET(lined(b), dead_letter_queue="q"), "dead_letter_queue takes a queue, not 'q'"),
    (
        lambda b: TARGET(lined(b), dead_letter_queue=sqs.Queue(b.stack, "Q", fifo=True)),
        "dead_letter_queue: EventBridge does not send to FIFO queues",
    ),
    (lambda b: TARGET(lined(b), max_event_age=60), "max_event_age takes a Duration, such as Duration"),
    (
        lambda b: TARGET(lined(b), max_event_age=cdk.Duration.days(2)),
        "max_event_age must be 1 minute to 1 day, not 2 days",
    ),
    (lambda b: TARGET(lined(b), retry_attempts=186), "retry_attempts must be a whole number from 0 to 185"),
    (lambda b: TARGET(lined(b), retry_attempts=True), "from 0 to 185, not True"),
    (
        lambda b: lined(b).start_on_schedule("Daily", schedule=events.Schedule.rate(cdk.Duration.days(1))),
        "start_on_schedule: schedule takes a scheduler.ScheduleExpression, such as ScheduleExpression.cron(",
    ),
    (lambda b: lined(b).start_on_event("", event_pattern=PATTERN), "what starts 'Stack/Pipeline' needs an id, a text"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "message"), REFUSED)
def test_what_is_refused(bench: Bench, make: Callable[[Bench], Any], message: str) -> None:
    with pytest.raises(PipelineError) as refusal:
        make(bench)
    assert message in str(refusal.value)


def test_a_wrong_option_is_told_by_name(bench: Bench) -> None:
    with pytest.raises(TypeError, match="start_on_event has no option 'paramters'; did you mean 'parameters'"):
        line(bench).start_on_event("Any", event_pattern=PATTERN, paramters={})  # type: ignore[call-arg]


def test_an_id_that_is_taken(bench: Bench) -> None:
    made = line(bench)
    made.start_on_event("Any", event_pattern=PATTERN, parameters=KEY)
    with pytest.raises(PipelineError, match="'Stack/Pipeline/Triggers' already has a 'Any'; give another id"):
        made.start_on_schedule("Any", schedule=DAILY)
    assert bench.errors() == []


def test_a_step_that_has_the_id_of_the_scope(bench: Bench) -> None:
    made = line(bench)
    FailStep(made, "Triggers")
    with pytest.raises(
        PipelineError, match="'Stack/Pipeline' has a construct 'Triggers', where what starts it would be made"
    ):
        made.start_on_event("Any", event_pattern=PATTERN)


def test_what_is_refused_leaves_nothing(bench: Bench) -> None:
    made = line(bench)
    with pytest.raises(TypeError, match="time_window"):
        made.start_on_schedule("Daily", schedule=DAILY, time_window=5, parameters={"Kee": 1})  # type: ignore[arg-type]
    assert bench.errors() == []
    assert bench.resources("AWS::SQS::Queue") == {}


def test_cdk_is_told_as_well(bench: Bench) -> None:
    """Where CDK calls the target, the error comes back through it, in the same words."""
    rule = events.Rule(bench.stack, "Rule", event_pattern=PATTERN)
    with pytest.raises(RuntimeError, match="the rule 'Stack/Rule' is in the account 111122223333, and the pipeline in"):
        rule.add_target(StartPipelineExecution(elsewhere(bench)))


def test_without_an_environment_and_with_cdks_own_fields(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "cdk.out", environment=None)
    made = line(bench)
    field = events.EventField.from_path("$.detail.key")
    made.start_on_event("Event", event_pattern=PATTERN, parameters={"Key": field, "Kee": 1})
    (unknown,) = bench.errors()
    assert "parameters: the pipeline has no parameter 'Kee'; did you mean 'Key'?" in unknown


def test_a_queue_of_another_app_must_let_the_rule_in(bench: Bench) -> None:
    queue = sqs.Queue.from_queue_arn(bench.stack, "Letters", f"arn:aws:sqs:{REGION}:{ACCOUNT}:letters")
    line(bench).start_on_event("Any", event_pattern=PATTERN, parameters=KEY, dead_letter_queue=queue)
    warned = cdk.assertions.Annotations.from_stack(bench.stack).find_warning("*", cdk.assertions.Match.any_value())
    (told,) = [str(one.entry.data) for one in warned]
    assert told.startswith(
        "the dead-letter queue 'Stack/Letters' is of another app, so its policy must let events.amazonaws.com send to "
        "it for the rule 'Stack/Pipeline/Triggers/Any'"
    )
    assert "cdk-sagemaker-pipelines:not-granted" in told
