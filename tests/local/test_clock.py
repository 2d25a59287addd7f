"""Time as a parameter: retries, time limits, reuse and durations, without waiting for them."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.engine.cache import StepCache
from cdk_sagemaker_pipelines.local.engine.clock import VIRTUAL_START, RealClock, VirtualClock
from cdk_sagemaker_pipelines.local.engine.execution import PipelineExecution
from cdk_sagemaker_pipelines.local.engine.scripted import Outcome, ScriptedRunner
from tests.local.support import by_name, condition, execution, get, run, states, step
from tests.local.test_for_each import loop

DAY = 86400.0


def seconds(done: PipelineExecution, name: str) -> float:
    """How long a step took."""
    told = by_name(done)[name]
    return float((told["EndTime"] - told["StartTime"]).total_seconds())


def test_a_virtual_clock_jumps_to_what_is_next() -> None:
    clock, done = VirtualClock(), []
    clock.call_later(20, lambda: done.append(("b", clock.now())))
    clock.call_later(10, lambda: done.append(("a", clock.now())))
    clock.cancel(clock.call_later(15, lambda: done.append(("never", clock.now()))))
    assert (clock.advance(), clock.advance(), clock.advance()) == (True, True, False)
    assert done == [("a", VIRTUAL_START + timedelta(seconds=10)), ("b", VIRTUAL_START + timedelta(seconds=20))]
    with pytest.raises(ValueError, match="needs a time zone"):
        VirtualClock(datetime(2030, 1, 1))


def test_a_real_clock_serves_timers_in_their_order() -> None:
    clock, done, over = RealClock(), [], threading.Event()
    clock.call_later(0.06, over.set)
    clock.call_later(0.04, lambda: done.append("b"))
    clock.call_later(0.02, lambda: done.append("a"))
    clock.cancel(clock.call_later(60, lambda: done.append("never")))
    assert over.wait(10)
    assert done == ["a", "b"]


def test_the_thread_of_a_real_clock_ends_with_its_last_timer() -> None:
    clock, before = RealClock(), set(threading.enumerate())
    timer = clock.call_later(60, lambda: None)
    (thread,) = set(threading.enumerate()) - before
    clock.cancel(timer)
    thread.join(10)
    assert not thread.is_alive()


def test_a_real_clock_that_is_closed_forgets_its_timers() -> None:
    clock, before = RealClock(), set(threading.enumerate())
    clock.call_later(3600, lambda: None)
    clock.close()
    clock.call_later(0, lambda: None)
    clock.close()
    assert set(threading.enumerate()) <= before


def test_a_real_clock_outlives_a_wait_of_ages_and_work_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    clock, over = RealClock(), threading.Event()
    ages = [clock.call_later(seconds, lambda: None) for seconds in (1e11, float("inf"))]
    clock.call_later(0.01, lambda: None)  # the thread goes on to wait for ages
    clock.call_later(0.02, lambda: [][0])
    clock.call_later(0.03, over.set)
    assert over.wait(10)
    assert "the work of a timer failed" in caplog.text
    for timer in ages:
        clock.cancel(timer)


@pytest.mark.parametrize("rate", [1e11, 1e308, float("inf")])
def test_no_policy_waits_for_ages(rate: float) -> None:
    policy = {"ExceptionType": ["Step.THROTTLING"], "IntervalSeconds": 1, "BackoffRate": rate, "MaxAttempts": 4}
    outcomes = {"A": Outcome(fail="busy", exception="Step.THROTTLING")}
    done = run([step("A", RetryPolicies=[policy])], outcomes=outcomes, clock=VirtualClock())
    assert by_name(done)["A"]["FailureReason"] == "busy"
    assert seconds(done, "A") == 1 + 3 * 10 * DAY


def test_steps_take_the_time_that_they_are_told() -> None:
    outcomes = {"A": Outcome(seconds=3 * DAY), "B": Outcome(seconds=DAY)}
    clock = VirtualClock()
    done = run([step("A"), step("B"), step("C", DependsOn=["A", "B"])], outcomes=outcomes, clock=clock)
    assert (seconds(done, "A"), seconds(done, "B"), seconds(done, "C")) == (3 * DAY, DAY, 0)
    assert by_name(done)["C"]["StartTime"] == VIRTUAL_START + timedelta(days=3)
    assert done.last_modified_time == clock.now() == VIRTUAL_START + timedelta(days=3)


THROTTLED, FULL = "Step.THROTTLING", "SageMaker.CAPACITY_ERROR"


def policy(exception: str, **limits: Any) -> dict[str, Any]:
    return {"ExceptionType": [exception], **limits}


@pytest.mark.parametrize(
    ("policies", "outcome", "attempts", "took"),
    [
        # 60 + 120 + 240: the interval doubles
        ([policy(THROTTLED, IntervalSeconds=60, MaxAttempts=3)], {"exception": THROTTLED}, 4, 420),
        ([policy(THROTTLED, IntervalSeconds=10, BackoffRate=1, MaxAttempts=4)], {"exception": THROTTLED}, 5, 40),
        # the defaults: 5 attempts, 1 s, doubled
        ([policy(THROTTLED)], {"exception": THROTTLED}, 6, 31),
        # 600 + 1200 seconds are within 30 minutes; 2400 more are not
        ([policy(THROTTLED, IntervalSeconds=600, ExpireAfterMin=30)], {"exception": THROTTLED}, 3, 1800),
        # an attempt counts for the time that it takes, from the first failure
        ([policy(THROTTLED, IntervalSeconds=60, BackoffRate=1, ExpireAfterMin=5)],
         {"exception": THROTTLED, "seconds": 100}, 3, 420),
        ([policy(FULL, MaxAttempts=3)], {"exception": THROTTLED}, 1, 0),
        ([policy(FULL, IntervalSeconds=5, MaxAttempts=1), policy(THROTTLED, IntervalSeconds=7, MaxAttempts=1)],
         {"exception": THROTTLED}, 2, 7),
    ],
)  # fmt: skip
def test_retry_policies(policies: Any, outcome: dict[str, Any], attempts: int, took: float) -> None:
    done = run([step("A", RetryPolicies=policies)], outcomes={"A": Outcome(fail="x", **outcome)}, clock=VirtualClock())
    assert done.status == "Failed"
    assert (by_name(done)["A"]["AttemptCount"], seconds(done, "A")) == (attempts, took)


def test_a_stop_ends_the_wait_for_another_attempt() -> None:
    clock = VirtualClock()
    policies = [policy(THROTTLED, IntervalSeconds=3600)]
    outcomes = {"A": Outcome(fail="x", exception=THROTTLED), "B": Outcome(seconds=7200)}
    started = execution([step("A", RetryPolicies=policies), step("B")], outcomes=outcomes, clock=clock)
    clock.call_later(600, started.stop)
    started.start()
    assert (started.status, states(started)) == ("Stopped", {"A": "Stopped", "B": "Stopped"})
    assert clock.now() == VIRTUAL_START + timedelta(seconds=600)


@pytest.mark.parametrize(("most", "status", "took"), [(3600, "Succeeded", 3600), (3599, "Failed", 3599)])
def test_a_job_must_end_within_its_time(most: int, status: str, took: float) -> None:
    training = step("A", "Training", {"StoppingCondition": {"MaxRuntimeInSeconds": most}})
    done = run([training], outcomes={"A": Outcome(seconds=3600)}, clock=VirtualClock())
    assert (by_name(done)["A"]["StepStatus"], seconds(done, "A")) == (status, took)
    if status == "Failed":
        reason = by_name(done)["A"]["FailureReason"]
        assert (
            reason == "MaxRuntimeExceeded: the job ran longer than 3599 seconds (StoppingCondition.MaxRuntimeInSeconds)"
        )


def test_results_expire() -> None:
    cache, clock = StepCache(), VirtualClock()
    train = step(
        "Train", "Training", {"HyperParameters": {"x": 1}}, CacheConfig={"Enabled": True, "ExpireAfter": "P7D"}
    )
    hits = []
    for pause in (0, 3 * DAY, 4 * DAY, 1):
        clock.call_later(pause, lambda: None)
        clock.advance()
        hits.append("CacheHitResult" in run([train], cache=cache, clock=clock).steps()[0])
    assert hits == [False, True, True, False]  # a hit does not make the result younger


def test_execution_variables_read_the_clock() -> None:
    runner = ScriptedRunner({"A": Outcome(seconds=5)})
    times = {"B": get("Execution.StartDateTime"), "N": get("Execution.CurrentDateTime")}
    run([step("A"), step("T", arguments=times, DependsOn=["A"])], outcomes=runner, clock=VirtualClock())
    assert runner.arguments["T"] == {"B": "2030-01-01T00:00:00.000Z", "N": "2030-01-01T00:00:05.000Z"}


def test_a_seed_and_a_clock_make_a_run_repeatable() -> None:
    true = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}
    steps = [
        step("A", RetryPolicies=[policy(THROTTLED)]),
        loop("Fan", list("abc"), [step("Do", arguments={"X": get("Steps.A.ProcessingJobName")})], most=2),
        condition("Check", [true], [step("Tune", "Tuning"), step("Model", "Model")], DependsOn=["Fan"]),
    ]

    def once(seed: int) -> str:
        outcomes = {"A": Outcome(fail="x", exception=THROTTLED, failures=2), "Do-1": Outcome(seconds=9)}
        runner = ScriptedRunner(outcomes)
        done = run(steps, outcomes=runner, clock=VirtualClock(), seed=seed)
        assert done.status == "Succeeded"
        return repr((done.history(), runner.attempts, runner.arguments))

    assert once(1) == once(1)
    assert once(1) != once(2)


def test_no_thread_is_left_behind() -> None:
    before = threading.active_count()
    for _ in range(20):
        assert run([step(f"S{number}") for number in range(50)]).status == "Succeeded"
    assert threading.active_count() <= before + 1  # the last worker may still be about to end
