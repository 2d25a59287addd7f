"""Watching an execution, against a service that imitates one."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from cdk_sagemaker_pipelines.cli import watching
from cdk_sagemaker_pipelines.cli.terminal import Terminal
from cdk_sagemaker_pipelines.executions import rows as board
from cdk_sagemaker_pipelines.language import Definition

START = datetime(2030, 1, 1, tzinfo=timezone.utc)

STEPS: list[dict[str, Any]] = [
    {"Name": "Train", "Type": "Training", "Arguments": {}},
    {
        "Name": "Check",
        "Type": "Condition",
        "DependsOn": ["Train"],
        "Arguments": {
            "Conditions": [],
            "IfSteps": [{"Name": "Register", "Type": "RegisterModel", "Arguments": {}}],
            "ElseSteps": [{"Name": "Stop", "Type": "Fail", "Arguments": {}}],
        },
    },
]
DEFINITION = Definition({"Version": "2020-12-01", "Steps": STEPS})


def record(name: str, status: str, seconds: float = 0.0, **more: Any) -> dict[str, Any]:
    """A ``PipelineExecutionStep`` that started at START."""
    ended = {} if status == "Executing" else {"EndTime": START + timedelta(seconds=seconds)}
    return {"StepName": name, "StepStatus": status, "StartTime": START, **ended, **more}


TRUE = {"Condition": {"Outcome": "True"}}


class Denied(Exception):
    """What the service raises."""

    def __init__(self, code: str = "AccessDeniedException") -> None:
        self.response = {"Error": {"Code": code}}


class Service:
    """Answers with one moment after the other, and stays at the last."""

    class exceptions:
        ClientError = Denied

    def __init__(self, *moments: tuple[str, list[dict[str, Any]]], readable: bool = True) -> None:
        self.moments = list(moments)
        self.now = self.moments[0]
        self.readable = readable
        self.reason: str | None = None

    def describe_pipeline_definition_for_execution(self, **_: Any) -> dict[str, Any]:
        if not self.readable:
            raise Denied
        return {"PipelineDefinition": json.dumps(DEFINITION.json)}

    def describe_pipeline_execution(self, **_: Any) -> dict[str, Any]:
        self.now = self.moments.pop(0) if self.moments else self.now
        execution = {"PipelineExecutionStatus": self.now[0], "CreationTime": START}
        execution["LastModifiedTime"] = START + timedelta(seconds=75)
        return {**execution, "FailureReason": self.reason} if self.reason else execution

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_pipeline_execution_steps"
        return self

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        yield {"PipelineExecutionSteps": self.now[1][:1]}
        yield {"PipelineExecutionSteps": self.now[1][1:]}


def watch(service: Service, *, terminal: bool = False, width: int = 80) -> tuple[int, str]:
    """The exit code and what was printed."""
    out = io.StringIO()
    console = Terminal(file=out, width=width, height=24, force_terminal=terminal, color_system=None)
    return watching.watch(service, "arn", interval=0.01, console=console), out.getvalue()


SUCCEEDS = (
    ("Executing", [record("Train", "Executing")]),
    ("Executing", [record("Train", "Succeeded", 12)]),
    (
        "Succeeded",
        [
            record("Train", "Succeeded", 12),
            record("Check", "Succeeded", 0.2, Metadata=TRUE),
            record("Register", "Succeeded", 75),
        ],
    ),
)


def test_a_success_without_a_terminal_is_a_line_per_change() -> None:
    exit_code, printed = watch(Service(*SUCCEEDS))
    assert exit_code == 0
    assert [line.split(maxsplit=1)[-1] for line in printed.splitlines()] == [
        "Train     Executing",
        "Train     Succeeded  12 s",
        "Check     Succeeded (true)  0.2 s",
        "Register  Succeeded  1 min 15 s",
        "in 1 min 15 s",
    ]
    assert "\x1b" not in printed


def test_a_success_on_a_terminal_ends_with_the_whole_table() -> None:
    exit_code, printed = watch(Service(*SUCCEEDS), terminal=True)
    assert exit_code == 0
    last = printed.rpartition("  Step")[2]
    assert "✓ Train       Training       Succeeded               12 s\n" in last
    assert "    Stop      Fail           not run" in last
    assert "✓ Succeeded in 1 min 15 s" in last


def test_a_failure_says_why() -> None:
    service = Service(("Failed", [record("Train", "Failed", 3, FailureReason="exit code 1\nValueError: x")]))
    service.reason = "Step failure: One or multiple steps failed."
    exit_code, printed = watch(service)
    assert exit_code == 1
    assert "Train failed:\n  exit code 1\n  ValueError: x\n" in printed
    assert printed.endswith("Step failure: One or multiple steps failed.\n")


@pytest.mark.parametrize("status", ["Stopped", "CompletedWithFailures"])
def test_other_ends_are_not_a_success(status: str) -> None:
    assert watch(Service((status, [])))[0] == 1


def test_without_the_right_to_read_the_definition_it_shows_what_has_started() -> None:
    moment = ("Succeeded", [record("Train", "Succeeded", 1, Metadata={"TrainingJob": {}})])
    exit_code, printed = watch(Service(moment, readable=False), terminal=True)
    assert exit_code == 0
    assert "TrainingJob" in printed
    assert "Register" not in printed


def test_the_table_fits_into_80_columns() -> None:
    long = "N" * 64
    row = record(long, "Succeeded", 3599, Metadata={"Condition": {"Outcome": "False"}})
    printed = watch(Service(("Succeeded", [row]), readable=False), terminal=True)[1]
    lines = re.sub(r"\x1b\[[?0-9;]*[A-Za-z]|\r", "", printed).splitlines()
    assert max(map(len, lines)) <= 80
    assert "59 min 59 s" in printed
    assert "Succeeded (false)" in printed


def test_rows_before_the_start() -> None:
    assert [row.status for row in board.rows(DEFINITION, [], over=False)] == ["waiting"] * 4
    assert [row.status for row in board.rows(DEFINITION, [], over=True)] == ["not run"] * 4
    assert [row.depth for row in board.rows(DEFINITION, [], over=False)] == [0, 0, 1, 1]


def test_the_branch_that_is_not_taken_is_shown_as_not_run() -> None:
    rows = board.rows(DEFINITION, [record("Check", "Succeeded", Metadata=TRUE)], over=False)
    assert {row.name: row.status for row in rows}["Register"] == "waiting"
    assert {row.name: row.status for row in rows}["Stop"] == "not run"


def test_a_reused_result_is_shown() -> None:
    cached = record("Train", "Succeeded", CacheHitResult={"SourcePipelineExecutionArn": "arn"})
    assert board.rows(DEFINITION, [cached], over=False)[0].note == "cached"


def test_a_long_pipeline_shows_what_runs() -> None:
    rows = [board.Row(f"S{i}", "Training", status="Succeeded", started=START) for i in range(50)]
    rows += [board.Row("Now", "Training", status="Executing", started=START)]
    rows += [board.Row(f"L{i}", "Training") for i in range(50)]
    shown, hidden = board.window(rows, 7)
    assert [row.name for row in shown] == ["S47", "S48", "S49", "Now", "L0", "L1", "L2"]
    assert hidden == 94


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.7, "1 min 00 s"), (3725, "1 h 02 min")],
)
def test_duration(seconds: float | None, text: str) -> None:
    assert board.duration(seconds) == text


def test_a_simulated_step_is_shown_as_such() -> None:
    steps = [record("Train", "Succeeded", StepDescription="Fits. [simulated: no container of its own runs here]")]
    assert board.rows(DEFINITION, steps, over=True)[0].note == "simulated"
    steps = [record("Train", "Succeeded", StepDescription="It says [simulated] itself, somewhere")]
    assert board.rows(DEFINITION, steps, over=True)[0].note == ""


NOTED = "Fits. [permission: AWS would refuse a] [permission: not judged: b] [simulated: no container runs here]"


def test_notes_on_permissions_are_shown_at_the_end() -> None:
    step = record("Train", "Succeeded", StepDescription=NOTED)
    (row, *_) = board.rows(DEFINITION, [step], over=True)
    assert (row.note, row.permissions) == ("simulated", ("AWS would refuse a", "not judged: b"))
    for terminal in (True, False):
        printed = watch(Service(("Succeeded", [step])), terminal=terminal)[1]
        assert printed.endswith("\nPermissions\nTrain: AWS would refuse a\nTrain: not judged: b\n")


def test_the_items_of_a_for_each_replace_its_body() -> None:
    body = {"Name": "Do", "Type": "Processing", "Arguments": {}}
    after = {"Name": "After", "Type": "Processing", "Arguments": {}, "DependsOn": ["Each"]}
    each = {"Name": "Each", "Type": "ForEach", "Arguments": {"ForEachBody": [body]}}
    definition = Definition({"Version": "2020-12-01", "Steps": [each, after]})
    steps = [record(name, "Succeeded") for name in ("Each", "Do-10", "Do-2", "Do-0")]
    shown = board.rows(definition, steps, over=False)
    assert [(row.name, row.depth, row.status) for row in shown] == [
        ("Each", 0, "Succeeded"),
        ("Do-0", 1, "Succeeded"),
        ("Do-2", 1, "Succeeded"),
        ("Do-10", 1, "Succeeded"),
        ("After", 0, "waiting"),
    ]
