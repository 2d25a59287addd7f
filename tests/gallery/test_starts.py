"""What starts the pipeline of the gallery starts it on the local AWS, with its parameters, and failures are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.gallery.deployment import Gallery
from tests.gallery.place import ACCOUNT, REGION
from tests.local.test_event_targets import Timed
from tests.local.test_operations import until

pytestmark = pytest.mark.slow


class Fired:
    """The deployed stack, and what starts its pipeline."""

    def __init__(self, aws: EmbeddedAws, gallery: Gallery) -> None:
        self.aws, self.gallery, self.client = aws, gallery, gallery.client
        self.pipeline = gallery.pipeline("Starts")

    def only(self, kind: str, part: str) -> str:
        """The physical id of the resource whose name has this part."""
        (found,) = (one for one in self.gallery.resources("Starts", kind) if part.lower() in one.lower())
        return found

    def put(self, key: str) -> None:
        """Writes an object into the bucket."""
        self.client("s3").put_object(Bucket=self.only("AWS::S3::Bucket", "raw"), Key=key, Body=b"")

    def given(self) -> list[dict[str, str]]:
        """The parameters of all executions."""
        sagemaker = self.gallery.sagemaker
        runs = sagemaker.list_pipeline_executions(PipelineName=self.pipeline, MaxResults=100)
        found = []
        for run in runs["PipelineExecutionSummaries"]:
            told = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=run["PipelineExecutionArn"])
            found.append({one["Name"]: one["Value"] for one in told["PipelineParameters"]})
        return found

    def why(self) -> list[str]:
        """What started the executions, as they say it."""
        return [one["Why"] for one in self.given() if "Why" in one]

    def received(self, url: str) -> dict[str, Any]:
        """The next message of a queue, which is taken."""

        def read() -> Any:
            return self.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages")

        (message,) = until(read)
        self.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        found: dict[str, Any] = message
        return found


@pytest.fixture(scope="module")
def fired(assembly: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fired]:
    outcomes = tmp_path_factory.mktemp("outcomes") / "outcomes.json"
    outcomes.write_text("{}", encoding="utf-8")
    with EmbeddedAws(REGION, ACCOUNT, outcomes=outcomes) as aws:
        yield Fired(aws, Gallery(aws, assembly, outcomes))


def test_an_object_starts_it_with_its_key(fired: Fired) -> None:
    for key in ("other/a.csv", "raw/b.txt", "raw/c.csv"):
        fired.put(key)
    assert until(lambda: "raw/c.csv" in fired.why())
    assert not {"other/a.csv", "raw/b.txt"} & {*fired.why()}


def test_an_approval_starts_it_and_a_later_edit_does_not(fired: Fired) -> None:
    sagemaker = fired.gallery.sagemaker
    made = sagemaker.create_model_package(ModelPackageGroupName="starts", ModelApprovalStatus="PendingManualApproval")
    arn = made["ModelPackageArn"]
    sagemaker.update_model_package(ModelPackageArn=arn, CustomerMetadataProperties={"checked": "yes"})
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    sagemaker.update_model_package(ModelPackageArn=arn, CustomerMetadataProperties={"looked": "again"})
    fired.put("raw/after-the-approval.csv")  # whose event comes after those
    assert until(lambda: "raw/after-the-approval.csv" in fired.why())
    assert fired.why().count(arn) == 1


def test_a_schedule_starts_it_with_its_time(fired: Fired) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    today = datetime.now(berlin)
    monday = (today + timedelta(days=8 - today.isoweekday())).replace(hour=6, minute=30, second=0, microsecond=0)
    due = monday.astimezone(timezone.utc)
    timed = Timed(fired.aws, due - timedelta(minutes=3))
    timed.until(due + timedelta(minutes=3))
    (one,) = until(lambda: [one for one in fired.given() if one.get("Rows") == "7"])
    assert one == {"Why": f"{due:%Y-%m-%dT%H:%M:%SZ}", "Rows": "7"}
    assert "daily" not in fired.why()


def counted(fired: Fired, rows: Any) -> None:
    entry = {"Source": "shop", "DetailType": "Counted", "Detail": json.dumps({"rows": rows})}
    assert fired.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def test_a_bad_parameter_goes_to_the_dead_letters(fired: Fired) -> None:
    counted(fired, "many")
    message = fired.received(fired.only("AWS::SQS::Queue", "TriggersCounted"))
    told = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert told["ERROR_CODE"] == "ValidationException"
    assert "'Rows' is of type Integer, but its value is 'many'" in told["ERROR_MESSAGE"]
    assert json.loads(message["Body"])["detail"] == {"rows": "many"}
    counted(fired, 41)
    assert until(lambda: "41" in [one.get("Rows") for one in fired.given()])


def test_a_failure_is_told_in_one_line(fired: Fired) -> None:
    run = fired.gallery.run("Starts", {"Rows": "-1"})
    assert run.status == "Failed"
    message = fired.received(fired.only("AWS::SQS::Queue", "Told"))
    # EventBridge makes a JSON text of a template that is one
    told = json.loads(message["Body"])
    assert told == f"The pipeline Starts-Pipeline failed: {run.arn}; smpipe why {run.arn}"


def test_the_dashboard_and_the_state_machine_are_there(fired: Fired) -> None:
    (name,) = fired.gallery.resources("Starts", "AWS::CloudWatch::Dashboard")
    told = json.loads(fired.client("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"])
    assert told["widgets"][0]["properties"]["title"] == "Executions of Starts-Pipeline"
    arn = fired.only("AWS::StepFunctions::StateMachine", "machine")
    machine = fired.client("stepfunctions").describe_state_machine(stateMachineArn=arn)
    assert json.loads(machine["definition"])["StartAt"] == "Run: Start"
