"""Notes on the permissions of a step: kept with it, each once, and read from its description."""

from __future__ import annotations

from datetime import datetime, timezone

from cdk_sagemaker_pipelines.executions.rows import rows
from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.local.endings import StepResult
from cdk_sagemaker_pipelines.local.engine.record import StepRecord, restored
from cdk_sagemaker_pipelines.local.engine.runner import StepContext
from tests.local.support import by_name, run

STEP = {"Name": "Train", "Type": "Training", "Arguments": {}, "Description": "Fits."}
DEFINITION = Definition({"Version": "2020-12-01", "Steps": [STEP]})
NOW = datetime(2030, 1, 1, tzinfo=timezone.utc)


def record(*texts: str, note: str = "") -> StepRecord:
    return StepRecord(DEFINITION.step("Train"), 0, NOW, permissions=list(texts), note=note)


def shown(told: StepRecord) -> tuple[str, ...]:
    (row,) = rows(DEFINITION, [told.describe()], over=False)
    return row.permissions


def test_they_are_read_as_they_were_written() -> None:
    told = record("AWS would refuse a", "not judged: b", note="simulated: nothing ran")
    assert told.describe()["StepDescription"].startswith("Fits. [permission: AWS would refuse a] [permission: not")
    assert shown(told) == ("AWS would refuse a", "not judged: b")
    assert rows(DEFINITION, [told.describe()], over=False)[0].note == "simulated"
    assert shown(restored(told.saved(), DEFINITION)) == shown(told)


def test_a_runner_notes_each_once() -> None:
    class Runner:
        def run(self, context: StepContext, step: object, arguments: object) -> StepResult:
            for text in ("b", "a", "b"):
                context.note_permission(text)
            return StepResult({}, {})

    done = by_name(run([STEP], runners={"Training": Runner()}))["Train"]
    assert done["StepDescription"] == "Fits. [permission: b] [permission: a]"


def test_a_name_cannot_end_a_note() -> None:
    assert shown(record("s3:PutObject on arn:aws:s3:::b/x] [permission: forged")) == (
        "s3:PutObject on arn:aws:s3:::b/x) (permission: forged",
    )


def test_of_many_only_some_are_shown() -> None:
    told = shown(record(*(f"note {number}" for number in range(15))))
    assert told[-2:] == ("note 9", "and 5 more")
