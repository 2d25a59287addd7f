"""``smpipe fire``, on a local AWS and on what is none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cdk_sagemaker_pipelines import cli
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.local.clocks import SteppedClock
from tests.local.embedding import Embedded
from tests.local.support import condition
from tests.local.test_lambda import function

from .conftest import Command

ROLE = "arn:aws:iam::123456789012:role/starts"
RULE = "arn:aws:events:eu-west-1:123456789012:rule/daily"
PARKED = '{"FunctionName": "parked"}'
NEVER = "at(2099-01-01T00:00:00)"


@pytest.fixture(scope="module")
def embedded_aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws("eu-west-1", "123456789012") as aws:
        yield aws


@pytest.fixture(scope="module")
def filled(embedded_aws: EmbeddedAws) -> Embedded:
    """A pipeline with a parameter, a schedule and a rule that start it, and some that do not."""
    account = Embedded(embedded_aws)
    document = {
        "Version": "2020-12-01",
        "Parameters": [{"Name": "Key", "Type": "String"}],
        "Steps": [condition("C", [])],
    }
    pipeline = account.client("sagemaker").create_pipeline(
        PipelineName="orders", PipelineDefinition=json.dumps(document), RoleArn=ROLE, ClientRequestToken="t" * 32
    )["PipelineArn"]
    sqs = account.client("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def target(key: str, **more: Any) -> dict[str, Any]:
        given = {"PipelineParameterList": [{"Name": key, "Value": "files"}]}
        return {"Arn": pipeline, "SageMakerPipelineParameters": given, "RoleArn": ROLE, **more}

    function(account, "parked", "def handler(e, c): return 1")
    account.client("lambda").put_function_concurrency(FunctionName="parked", ReservedConcurrentExecutions=0)
    scheduler, events = account.client("scheduler"), account.client("events")
    scheduler.create_schedule_group(Name="nights")
    for name, to, group in (
        ("nightly", target("Key"), "nights"),
        ("wrong", target("Kee", DeadLetterConfig={"Arn": queue}), "default"),
        ("twice", target("Key"), "default"),
        ("twice", target("Key"), "nights"),
        (
            "throttled",
            {"Arn": "arn:aws:scheduler:::aws-sdk:lambda:invoke", "RoleArn": ROLE, "Input": PARKED},
            "default",
        ),
        ("off", {"Arn": queue, "RoleArn": ROLE, "Input": "off"}, "default"),
    ):
        scheduler.create_schedule(
            Name=name, GroupName=group, ScheduleExpression=NEVER, Target=to, FlexibleTimeWindow={"Mode": "OFF"},
            State="DISABLED" if name == "off" else "ENABLED",
        )  # fmt: skip
    events.put_rule(Name="daily", ScheduleExpression="rate(1 day)")
    given = {"PipelineParameterList": [{"Name": "Key", "Value": "$.time"}]}
    rule = {"Arn": pipeline, "RoleArn": ROLE, "SageMakerPipelineParameters": given}
    events.put_targets(Rule="daily", Targets=[{"Id": "p", **rule}, {"Id": "q", "Arn": f"{queue}-missing"}])
    events.put_rule(Name="empty", ScheduleExpression="rate(1 day)")
    events.put_rule(Name="pattern", EventPattern='{"source": ["shop"]}')
    return account


@pytest.fixture
def terminal(filled: Embedded, embedded_aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that is set up for the local AWS."""
    for name, value in embedded_aws.environment(among={}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN")


def fired(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert cli.main(["fire", *arguments]) == code
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return err if code == 2 else out


def parameters(account: Embedded, arn: str) -> Any:
    told = account.client("sagemaker").list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)
    return {one["Name"]: one["Value"] for one in told["PipelineParameters"]}


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(
    "given", ["nightly", "ghtl", "nights/nightly", "arn:aws:scheduler:eu-west-1:123456789012:schedule/nights/nightly"]
)
def test_a_schedule_starts_its_pipeline(filled: Embedded, capsys: pytest.CaptureFixture[str], given: str) -> None:
    before = len(
        filled.client("sagemaker").list_pipeline_executions(PipelineName="orders")["PipelineExecutionSummaries"]
    )
    told = fired(capsys, given)
    assert told.startswith("started arn:aws:sagemaker:eu-west-1:123456789012:pipeline/orders/execution/")
    assert parameters(filled, told.split()[1])["Key"] == "files"
    after = filled.client("sagemaker").list_pipeline_executions(PipelineName="orders")["PipelineExecutionSummaries"]
    assert len(after) == before + 1


@pytest.mark.usefixtures("terminal")
def test_what_cannot_start_says_why(filled: Embedded, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(fired(capsys, "wrong", "--json", code=1))
    (target,) = told["targets"]
    assert (told["kind"], target["execution"]) == ("schedule", None)
    assert "no parameter 'Kee'" in target["error"]
    assert target["deadLetterQueue"].endswith(":dead")
    sqs = filled.client("sqs")
    url = sqs.get_queue_url(QueueName="dead")["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert "Kee" in message["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    lines = fired(capsys, "wrong", code=1).splitlines()
    assert lines[0].startswith("arn:aws:sagemaker:eu-west-1:123456789012:pipeline/orders was not reached: ")
    assert lines[1] == "its event is in arn:aws:sqs:eu-west-1:123456789012:dead"


@pytest.mark.usefixtures("terminal")
def test_what_is_tried_again_says_when(capsys: pytest.CaptureFixture[str], embedded_aws: EmbeddedAws) -> None:
    embedded_aws._world.tries.clock = SteppedClock()
    reached, again = fired(capsys, "throttled", code=1).splitlines()
    assert reached.startswith("arn:aws:scheduler:::aws-sdk:lambda:invoke was not reached: An error occurred (TooMany")
    assert again == "it is tried again at 2030-01-01T00:00:01Z"
    (target,) = json.loads(fired(capsys, "throttled", "--json", code=1))["targets"]
    assert (target["nextTry"], target["deadLetterQueue"]) == ("2030-01-01T00:00:01Z", None)


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("given", ["daily", RULE])
def test_a_rule_with_a_schedule(filled: Embedded, capsys: pytest.CaptureFixture[str], given: str) -> None:
    told = json.loads(fired(capsys, given, "--json", code=1))
    assert (told["kind"], told["schedule"]) == ("rule", RULE)
    started, missing = told["targets"]
    assert parameters(filled, started["execution"])["Key"].endswith("Z")
    assert "dead-missing" in missing["target"]
    assert missing["error"]


@pytest.mark.usefixtures("terminal")
def test_a_disabled_schedule_and_another_target(filled: Embedded, capsys: pytest.CaptureFixture[str]) -> None:
    assert fired(capsys, "off").splitlines() == [
        "the schedule default/off is disabled; by itself it starts nothing",
        "reached arn:aws:sqs:eu-west-1:123456789012:dead",
    ]


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("nighly", "there is no schedule 'nighly' in eu-west-1; did you mean 'nightly'?"),
        ("night/nightly", "there is no schedule 'night/nightly' in eu-west-1; did you mean 'nights/nightly'?"),
        ("pattern", "there is no schedule 'pattern' in eu-west-1; there are 'daily', 'default/off', "),
        ("i", "several schedules have 'i' in their names: 'daily', 'default/twice', 'nights/nightly', 'nights/twice'"),
        ("", "there is no schedule '' in eu-west-1; there are "),
        ("twice", "several schedules are called 'twice'; write the ARN: the schedule arn:aws:scheduler:"),
        ("empty", "the rule 'empty' has no targets; nothing was started"),
    ],
)
def test_what_is_refused(capsys: pytest.CaptureFixture[str], given: str, text: str) -> None:
    assert fired(capsys, given, code=2).startswith(f"smpipe: {text}")


def test_a_real_account_is_refused_before_it_is_asked(smpipe: Command) -> None:
    services = [smpipe.answers(name) for name in ("scheduler", "events")]
    told = smpipe("fire", "nightly", code=2)
    assert told.startswith("smpipe: only the local AWS lets a schedule start at another time than its own")
    assert all(not service.asked for service in services)


def test_what_a_schedule_says_adds_no_line(
    filled: Embedded, terminal: None, capsys: pytest.CaptureFixture[str]
) -> None:
    target = {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "RoleArn": ROLE, "Input": '["x",\n"started arn"]'}
    filled.client("scheduler").create_schedule(
        Name="forged", ScheduleExpression=NEVER, Target=target, FlexibleTimeWindow={"Mode": "OFF"}
    )
    (line,) = fired(capsys, "forged", code=1).splitlines()
    assert "\\n" in line
