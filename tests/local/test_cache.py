"""Reuse of the results of earlier executions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.endings import StepFailed
from cdk_sagemaker_pipelines.local.engine.cache import StepCache, lifetime
from cdk_sagemaker_pipelines.local.engine.memory_account import MemoryAccount
from cdk_sagemaker_pipelines.local.engine.scripted import Outcome, ScriptedRunner
from tests.local.support import by_name, get, run, step

CACHE = {"Enabled": True, "ExpireAfter": "P30D"}


def train(value: Any = 1, name: str = "Train", **keys: Any) -> dict[str, Any]:
    given = {"HyperParameters": {"x": value}, "RoleArn": "r", "OutputDataConfig": {"S3OutputPath": "s3://b/m"}}
    return step(name, "Training", {**given, **keys.pop("more", {})}, **{"CacheConfig": CACHE, **keys})


def test_an_equal_step_is_reused() -> None:
    cache, runner = StepCache(), ScriptedRunner()
    after = step("After", arguments={"M": get("Steps.Train.ModelArtifacts.S3ModelArtifacts")})
    first = run([train(), after], cache=cache, outcomes=runner, execution_id="aaaaaaaaaaaa")
    second = run([train(), after], cache=cache, outcomes=runner, execution_id="bbbbbbbbbbbb")
    third = run([train(), after], cache=cache, outcomes=runner, execution_id="cccccccccccc")
    assert runner.attempts == ["Train", "After", "After", "After"]
    assert "CacheHitResult" not in by_name(first)["Train"]
    for later in (second, third):
        told = by_name(later)["Train"]
        assert told["StepStatus"] == "Succeeded"
        assert told["CacheHitResult"]["SourcePipelineExecutionArn"] == first.execution_arn
        assert told["Metadata"] == by_name(first)["Train"]["Metadata"]
    assert "-aaaaaaaaaaaa-Train-" in runner.arguments["After"]["M"]


@pytest.mark.parametrize(
    ("changed", "hit"),
    [
        (train(more={"RoleArn": "other"}), True),
        (train(more={"OutputDataConfig": {"S3OutputPath": "s3://b/other"}}), True),
        (train(2), False),
        (train(more={"InputDataConfig": []}), False),
        (train(CacheConfig={"Enabled": False}), False),
        (train(CacheConfig={"Enabled": True}), True),
        (train(CacheConfig={"Enabled": True, "ExpireAfter": "PT0S"}), False),
        (train(name="Other"), False),
    ],
)
def test_what_makes_a_step_equal(changed: dict[str, Any], hit: bool) -> None:
    cache = StepCache()
    run([train()], cache=cache)
    (told,) = run([changed], cache=cache).steps()
    assert ("CacheHitResult" in told) == hit


def test_what_is_kept_can_be_kept_elsewhere() -> None:
    cache, copy = StepCache(), StepCache()
    run([train()], cache=cache)
    for name, kept in cache:
        copy.keep(name, kept)
    assert "CacheHitResult" in run([train()], cache=copy).steps()[0]


def test_expressions_are_compared_by_value() -> None:
    cache = StepCache()
    parameters = [{"Name": "X", "Type": "Integer", "DefaultValue": 1}]
    given: dict[str, Any] = {"cache": cache, "parameters": parameters}
    run([train(get("Parameters.X"))], **given)
    assert "CacheHitResult" in run([train(1)], **given).steps()[0]
    assert "CacheHitResult" not in run([train(get("Parameters.X"))], values={"X": "2"}, **given).steps()[0]
    own = train(get("Execution.PipelineExecutionId"))
    run([own], execution_id="aaaaaaaaaaaa", **given)
    assert "CacheHitResult" not in run([own], execution_id="bbbbbbbbbbbb", **given).steps()[0]


def test_a_failed_step_is_not_kept() -> None:
    cache = StepCache()
    run([train()], cache=cache, outcomes={"Train": Outcome(fail="x")})
    assert "CacheHitResult" not in run([train()], cache=cache).steps()[0]


def test_types_without_documented_attributes_always_run() -> None:
    cache = StepCache()
    ask = step("Ask", "Lambda", {}, FunctionArn="f", CacheConfig=CACHE)
    run([ask], cache=cache)
    assert "CacheHitResult" not in run([ask], cache=cache).steps()[0]


def test_a_scripted_outcome_is_neither_kept_nor_replaced() -> None:
    cache = StepCache()
    run([train()], cache=cache, told={"Train": Outcome()}, services=MemoryAccount())
    run([train()], cache=cache)
    assert run([train()], cache=cache, told={"Train": Outcome(fail="x")}).status == "Failed"


def test_checks_are_compared_by_their_members_besides_arguments() -> None:
    cache = StepCache()

    def check(skip: bool) -> dict[str, Any]:
        return step("Check", "QualityCheck", {}, CheckType="DATA_QUALITY", SkipCheck=skip, CacheConfig=CACHE)

    run([check(True)], cache=cache)
    assert "CacheHitResult" in run([check(True)], cache=cache).steps()[0]
    assert "CacheHitResult" not in run([check(False)], cache=cache).steps()[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("P30D", timedelta(days=30)),
        ("PT1H", timedelta(hours=1)),
        ("P1Y2M10DT2H30M", timedelta(days=435, hours=2, minutes=30)),
        ("P2W", timedelta(weeks=2)),
        ("PT1.5S", timedelta(seconds=1.5)),
        ("p30d", timedelta(days=30)),
        ("30d", timedelta(days=30)),
        ("T16m", timedelta(minutes=16)),
        ("30dT5h", timedelta(days=30, hours=5)),
        ("P99999999Y", timedelta.max),
    ],
)
def test_durations(text: str, value: timedelta) -> None:
    assert lifetime(text) == value


@pytest.mark.parametrize("text", ["", "P", "p", "PT", "T", "P1H", "10m", "30", "1d2h"])
def test_invalid_durations(text: str) -> None:
    with pytest.raises(StepFailed, match="write an ISO 8601 duration"):
        lifetime(text)
