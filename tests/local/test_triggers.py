"""What runs on a step that failed, was stopped or ended in any way, and how the execution ends then."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.engine.scripted import Outcome, ScriptedRunner
from cdk_sagemaker_pipelines.local.errors import UnsupportedDefinitionError
from tests.local.support import by_name, condition, execution, get, run, states, step

TRUE = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}
BAD = {"Bad": Outcome(fail="AlgorithmError: broken")}


def on(name: str, trigger: str) -> dict[str, str]:
    return {"Step": name, "Trigger": trigger}


def test_a_handled_failure_ends_with_failures() -> None:
    done = run([step("Bad"), step("Tell", DependsOn=[on("Bad", "Failed")])], outcomes=BAD)
    assert states(done) == {"Bad": "Failed", "Tell": "Succeeded"}
    assert (done.status, done.failure_reason) == ("CompletedWithFailures", None)


@pytest.mark.parametrize(
    ("trigger", "outcome", "runs"),
    [
        ("Completed", Outcome(), True),
        ("Completed", Outcome(fail="x"), False),
        ("Failed", Outcome(), False),
        ("Failed", Outcome(fail="x"), True),
        ("Failed", Outcome(stop=True), False),
        ("Stopped", Outcome(), False),
        ("Stopped", Outcome(fail="x"), False),
        ("Stopped", Outcome(stop=True), True),
        ("Any", Outcome(), True),
        ("Any", Outcome(fail="x"), True),
        ("Any", Outcome(stop=True), True),
    ],
)
def test_the_effect_of_each_trigger(trigger: str, outcome: Outcome, runs: bool) -> None:
    done = run([step("A"), step("B", DependsOn=[on("A", trigger)])], outcomes={"A": outcome})
    assert ("B" in states(done)) == runs
    ended = {"Failed": "Failed", "Stopped": "Stopped"}.get(states(done)["A"])
    assert done.status == ("Succeeded" if ended is None else "CompletedWithFailures" if runs else ended)


def test_a_handled_failure_stops_nothing_else() -> None:
    runner = ScriptedRunner({**BAD, "Other": Outcome(seconds=0.2)})
    done = run(
        [
            step("Bad"),
            step("Other"),
            step("AfterOther", DependsOn=["Other"]),
            step("AfterBad", DependsOn=["Bad"]),
            step("Tell", DependsOn=[on("Bad", "Failed")]),
            step("AfterTell", DependsOn=["Tell"]),
        ],
        outcomes=runner,
    )
    assert set(states(done)) == {"Bad", "Other", "AfterOther", "Tell", "AfterTell"}
    assert done.status == "CompletedWithFailures"


def test_an_unhandled_failure_fails_the_execution() -> None:
    runner = ScriptedRunner({**BAD, "Worse": Outcome(fail="x", seconds=0.2)})
    done = run(
        [step("Bad"), step("Worse"), step("Tell", DependsOn=[on("Bad", "Failed")]), step("Last", DependsOn=["Tell"])],
        outcomes=runner,
    )
    assert (done.status, done.failure_reason) == ("Failed", "Step failure: One or multiple steps failed.")


def test_a_handler_that_fails_itself_is_not_handled() -> None:
    done = run(
        [step("Bad"), step("Tell", DependsOn=[on("Bad", "Failed")])], outcomes={**BAD, "Tell": Outcome(fail="x")}
    )
    assert done.status == "Failed"


def test_a_handler_that_cannot_run_handles_nothing() -> None:
    done = run(
        [
            step("Bad"),
            step("Fine"),
            step("Never", DependsOn=[on("Fine", "Failed")]),
            step("Tell", DependsOn=[on("Bad", "Failed"), "Never"]),
        ],
        outcomes=BAD,
    )
    assert states(done) == {"Bad": "Failed", "Fine": "Succeeded"}
    assert done.status == "Failed"


def test_a_step_that_never_starts_never_ends() -> None:
    done = run(
        [
            step("Bad"),
            step("After", DependsOn=["Bad"]),
            step("Tell", DependsOn=[on("Bad", "Failed")]),
            step("Clean", DependsOn=[on("After", "Any")]),
        ],
        outcomes=BAD,
    )
    assert set(states(done)) == {"Bad", "Tell"}


def test_a_trigger_waits_for_the_rest_too() -> None:
    runner = ScriptedRunner({**BAD, "Slow": Outcome(seconds=0.2)})
    done = run([step("Bad"), step("Slow"), step("Tell", DependsOn=[on("Bad", "Any"), "Slow"])], outcomes=runner)
    assert runner.attempts[-1] == "Tell"
    assert done.status == "CompletedWithFailures"


def test_in_a_branch() -> None:
    inside = [step("Bad"), step("Tell", DependsOn=[on("Bad", "Failed")])]
    done = run([condition("Check", [TRUE], inside, [step("No", DependsOn=[on("Bad", "Failed")])])], outcomes=BAD)
    assert set(states(done)) == {"Check", "Bad", "Tell"}
    assert done.status == "CompletedWithFailures"


def test_a_fail_step_fails_the_execution_whatever_waits_for_it() -> None:
    done = run([step("F", "Fail", {"ErrorMessage": "no"}), step("Tell", DependsOn=[on("F", "Failed")])])
    assert (done.status, done.failure_reason) == ("Failed", "no")


def test_what_a_failed_step_would_have_left_is_undefined() -> None:
    tell = step("Tell", arguments={"X": get("Steps.Bad.ProcessingJobName")}, DependsOn=[on("Bad", "Any")])
    done = run([step("Bad"), tell], outcomes=BAD)
    assert "the step 'Bad' has not succeeded" in by_name(done)["Tell"]["FailureReason"]
    assert run([step("Bad"), tell]).status == "Succeeded"


def test_no_step_starts_while_the_execution_is_stopped() -> None:
    runner = ScriptedRunner({"Slow": Outcome(seconds=60)})
    started = execution([step("Slow"), step("OnStop", DependsOn=[on("Slow", "Any")])], outcomes=runner)
    started.start()
    while not runner.attempts:
        time.sleep(0.01)
    started.stop()
    assert started.wait(10) == "Stopped"
    assert states(started) == {"Slow": "Stopped"}


@pytest.mark.parametrize(
    ("entries", "text"),
    [
        ([on("A", "Faild")], "the trigger 'Faild'; allowed are .*Failed"),
        ([on("A", "Failed"), on("A", "Stopped")], "triggers 'Failed' and 'Stopped'; a step has one trigger"),
        (["A", on("A", "Stopped")], "triggers 'Completed' and 'Stopped'"),
    ],
)
def test_bad_triggers_are_refused(entries: list[Any], text: str) -> None:
    with pytest.raises(UnsupportedDefinitionError, match=text):
        execution([step("A"), step("B", DependsOn=entries)])


def test_the_sdks_own_example() -> None:
    document = json.loads(Path(__file__).parent.parent.joinpath("corpus/v3_cleanup_and_triggers.json").read_text())
    fine = run(document["Steps"])
    assert set(states(fine)) == {"Train", "Clean", "CleanExact"}
    failed = run(document["Steps"], outcomes={"Train": Outcome(fail="x")})
    assert set(states(failed)) == {"Train", "OnFail", "Clean"}
    assert failed.status == "CompletedWithFailures"
