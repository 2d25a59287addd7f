"""Runs after others: caches, selections, and what goes on after a failure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cdk_sagemaker_pipelines.testing import ParameterError, RetryRefusedError, SelectionError, VirtualClock, run
from tests.testing.test_run import EXAMPLE, MAX, job, pipeline

MONTH = {"Enabled": True, "ExpireAfter": "p30d"}
CACHED = pipeline(
    job("A", CacheConfig=MONTH),
    job("B", DependsOn=["A"], CacheConfig=MONTH, arguments={"Environment": MAX}),
    job("C", DependsOn=["B"]),
)


def test_a_second_run_reuses_what_the_first_did() -> None:
    first = run(CACHED, {"A": {"seconds": 60}})
    assert first.reused == {}
    second = run(CACHED, {"A": {"seconds": 60}}, previous=first)
    assert second.reused == {"A": "cache", "B": "cache"}
    assert (second.seconds, second.steps["A"].seconds) == (0, 0)
    assert second.steps["A"].properties == first.steps["A"].properties
    job_name = "ProcessingJobName"
    assert second.steps["C"].properties[job_name] != first.steps["C"].properties[job_name]
    assert "A: Succeeded (reused: cache)" in repr(second)
    third = run(CACHED, previous=second)
    assert third.steps["A"].properties == first.steps["A"].properties
    assert first.left.cache is not second.left.cache


def test_other_arguments_and_age_make_steps_run() -> None:
    first, first_two = run(CACHED), {"A": "cache", "B": "cache"}
    assert run(CACHED, previous=first, parameters={"Instance": "ml.m5.xlarge"}).reused == first_two
    assert run(CACHED, previous=first, parameters={"Max": 7}).reused == {"A": "cache"}
    for days, reused in ((30, first_two), (31, {})):
        assert run(CACHED, previous=first, clock=VirtualClock(first.ended + timedelta(days=days))).reused == reused
    with pytest.raises(ValueError, match="the earlier run only ended at 2030"):
        run(CACHED, previous=first, clock=VirtualClock(first.ended - timedelta(seconds=1)))


def test_what_failed_is_not_reused() -> None:
    first = run(CACHED, {"B": {"fail": "x"}})
    assert run(CACHED, previous=first).reused == {"A": "cache"}


def test_some_steps_only() -> None:
    first = run(EXAMPLE, {"Evaluate": {"report": {"mse": 9.0}}})
    second = run(EXAMPLE, only=["Check"], previous=first)
    assert second.reused == {"Evaluate": "selection"}
    assert second.not_run == ("Prepare", "Publish", "TooInaccurate")
    branches = run(EXAMPLE, only=["Check"], previous=first, assumptions=["selected_condition=with-branches"])
    assert (branches.status, branches.failure_reason) == ("Failed", "mse is 9.0")
    third = run(EXAMPLE, {"Evaluate": {"report": {"mse": 1}}}, only=["Evaluate", "Check"], previous=first)
    assert third.reused == {"Prepare": "selection"}
    assert third.steps["Check"].properties == {"Outcome": True}
    assert run(EXAMPLE, only="Prepare").order == ("Prepare",)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"only": ["Check"]}, "Invalid SourcePipelineExecutionArn: null"),
        ({"only": ["Chekc"]}, "did you mean 'Check'"),
        ({"only": ["Prepare", "Check"]}, "leaves out 'Evaluate'"),
    ],
)
def test_steps_that_cannot_be_selected(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(SelectionError, match=reason):
        run(EXAMPLE, **options)


def test_a_run_goes_on() -> None:
    failed = run(CACHED, {"A": {"seconds": 5}, "B": {"fail": "x", "seconds": 5}}, parameters={"Max": 2})
    done = run(CACHED, {"B": {"seconds": 7}}, resume=failed)
    assert (failed.status, done.status) == ("Failed", "Succeeded")
    assert done.order == ("A", "B", "C")
    assert done.steps["A"] == failed.steps["A"]
    assert (done.reused, done.seconds) == ({}, 17)
    name = "ProcessingJobName"
    assert done.steps["B"].properties[name] not in ("", done.steps["A"].properties[name])
    assert run(CACHED, previous=done, parameters={"Max": 2}).reused == {"A": "cache", "B": "cache"}
    with pytest.raises(RetryRefusedError, match="is Succeeded"):
        run(CACHED, resume=done)
    with pytest.raises(ValueError, match="leave parameters, only out"):
        run(CACHED, resume=failed, parameters={}, only=["A"])
    with pytest.raises(ValueError, match="goes on with the definition that it began with"):
        run(EXAMPLE, resume=failed)


def test_a_selection_goes_on() -> None:
    first = run(CACHED)
    failed = run(CACHED, {"C": {"fail": "x"}}, only=["C"], previous=first)
    done = run(CACHED, resume=failed)
    assert (done.status, done.reused, done.not_run) == ("Succeeded", {"B": "selection"}, ("A",))


def test_a_run_that_a_fail_step_ended_does_not_go_on() -> None:
    with pytest.raises(RetryRefusedError, match="the Fail step 'TooInaccurate'"):
        run(EXAMPLE, resume=run(EXAMPLE, {"Evaluate": {"report": {"mse": 9.0}}}))


def test_later_runs_are_equal_each_time() -> None:
    def second() -> str:
        first = run(CACHED)
        return repr((run(CACHED, previous=first).steps, run(CACHED, previous=first).steps["C"].properties))

    assert second() == second()


def test_the_values_of_a_later_run_are_checked() -> None:
    with pytest.raises(ParameterError, match="no parameter 'Min'"):
        run(CACHED, previous=run(CACHED), parameters={"Min": 1})


def test_a_part_without_an_earlier_run_asks_for_it() -> None:
    with pytest.raises(SelectionError, match=r"\[Check\] have dependencies on \[Evaluate\]; give previous="):
        run(EXAMPLE, only=["Check"])
