"""What an execution takes over from an earlier one: retry, selective execution, and the end of a process."""

from __future__ import annotations

import json
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from cdk_sagemaker_pipelines.local.engine.assumptions import Assumptions
from cdk_sagemaker_pipelines.local.engine.clock import VirtualClock
from cdk_sagemaker_pipelines.local.engine.record import History, StepRecord
from cdk_sagemaker_pipelines.local.engine.scripted import Outcome, ScriptedRunner
from cdk_sagemaker_pipelines.local.engine.selection import Selection, SelectionError
from cdk_sagemaker_pipelines.local.errors import ParameterError, RetryRefusedError
from tests.local.support import by_name, condition, execution, get, run, states, step
from tests.local.test_for_each import loop

TRUE = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}


def reads(name: str, path: str) -> dict[str, Any]:
    return step(name, arguments={"X": get(path)})


# -- retry


def test_a_retry_keeps_what_succeeded_and_runs_the_rest() -> None:
    runner = ScriptedRunner({"B": Outcome(fail="broken", failures=1)})
    steps = [step("A"), reads("B", "Steps.A.ProcessingJobName"), reads("C", "Steps.B.ProcessingJobName"), step("D")]
    done = run(steps, outcomes=runner)
    before = by_name(done)
    first = runner.arguments["B"]["X"]
    assert done.status == "Failed"
    done.retry()
    assert done.wait(10) == "Succeeded"
    assert done.failure_reason is None
    assert runner.attempts == ["A", "D", "B", "B", "C"]
    after = by_name(done)
    assert after["A"] == before["A"]
    assert runner.arguments["B"]["X"] == first
    assert (after["B"]["StepStatus"], after["B"]["AttemptCount"]) == ("Succeeded", 1)
    assert "FailureReason" not in after["B"]
    assert after["B"]["StartTime"] > before["B"]["StartTime"]


def test_a_step_that_runs_again_has_another_job_name() -> None:
    runner = ScriptedRunner({"A": Outcome(fail="broken", failures=1)})
    names = []
    done = run([step("A", arguments={"X": get("Execution.ProcessingJobName")})], outcomes=runner, seed=1)
    names.append(runner.arguments["A"]["X"])
    done.retry()
    done.wait(10)
    assert runner.arguments["A"]["X"] not in names


def test_a_condition_that_was_met_is_not_evaluated_again() -> None:
    runner = ScriptedRunner({"Yes": Outcome(fail="broken", failures=1)})
    now = {"Type": "Equals", "LeftValue": get("Execution.CurrentDateTime"), "RightValue": "never"}
    done = run([condition("Check", [now], [step("No")], [step("Yes")])], outcomes=runner)
    before = by_name(done)["Check"]
    done.retry()
    assert done.wait(10) == "Succeeded"
    assert states(done) == {"Check": "Succeeded", "Yes": "Succeeded"}
    assert by_name(done)["Check"] == before


def test_a_for_each_goes_on_with_the_items_that_are_left() -> None:
    runner = ScriptedRunner({"Do-1": Outcome(fail="broken", failures=1)})
    body = [step("Do"), reads("Then", "Steps.Do.ProcessingJobName")]
    done = run([loop("Fan", list("abc"), body, most=1), step("After", DependsOn=["Fan"])], outcomes=runner)
    assert done.status == "Failed"
    assert "Do-0" in states(done)
    ran = len(runner.attempts)
    done.retry()
    assert done.wait(10) == "Succeeded"
    assert "Do-0" not in runner.attempts[ran:]
    assert states(done)["Fan"] == "Succeeded"
    assert by_name(done)["Fan"]["Metadata"]["ForEach"]["SucceededStepCount"] == 6


def test_a_stopped_execution_goes_on() -> None:
    clock = VirtualClock()
    runner = ScriptedRunner({"Slow": Outcome(seconds=60)})
    started = execution([step("Slow"), step("After", DependsOn=["Slow"])], outcomes=runner, clock=clock)
    clock.call_later(30, started.stop)
    started.start()
    assert (started.status, states(started)) == ("Stopped", {"Slow": "Stopped"})
    assert (clock.now() - started.start_time).total_seconds() == 30
    started.retry()
    assert (started.status, states(started)) == ("Succeeded", {"Slow": "Succeeded", "After": "Succeeded"})


def test_what_cannot_be_retried() -> None:
    with pytest.raises(RetryRefusedError, match="is Succeeded; only one that is Failed or Stopped can be retried"):
        run([step("A")]).retry()
    with pytest.raises(RetryRefusedError, match="was ended by the Fail step 'F'"):
        run([step("F", "Fail", {"ErrorMessage": "no"})]).retry()
    started = execution([step("A")], outcomes={"A": Outcome(seconds=60)})
    started.start()
    with pytest.raises(RetryRefusedError, match="is Executing"):
        started.retry()
    started.stop()
    started.wait(10)
    with pytest.raises(ParameterError, match="max_parallel_steps is 0"):
        started.retry(max_parallel_steps=0)


def test_handled_failures_can_be_retried_if_that_is_assumed() -> None:
    steps = [step("Bad"), step("Tell", DependsOn=[{"Step": "Bad", "Trigger": "Failed"}])]
    for assumed in ("no", "yes"):
        runner = ScriptedRunner({"Bad": Outcome(fail="x", failures=1)})
        done = run(steps, outcomes=runner, assumptions=Assumptions(retry_after_handled_failures=assumed))
        assert done.status == "CompletedWithFailures"
        if assumed == "no":
            with pytest.raises(RetryRefusedError, match="is CompletedWithFailures"):
                done.retry()
        else:
            done.retry()
            assert done.wait(10) == "Succeeded"


def test_a_retry_has_its_own_parallelism_and_outcomes() -> None:
    clock = VirtualClock()
    slow = {f"S{number}": Outcome(seconds=10) for number in range(6)}
    done = run(
        [step("A"), *(step(name, DependsOn=["A"]) for name in slow)],
        clock=clock,
        parallel=1,
        told={**slow, "A": Outcome(fail="x")},
        services=None,
    )
    before = clock.now()
    done.retry(max_parallel_steps=3, outcomes=slow)
    assert done.status == "Succeeded"
    assert (clock.now() - before).total_seconds() == 20


def test_a_retry_with_the_same_outcomes_goes_on_counting() -> None:
    told = {"A": Outcome(fail="x", failures=1)}
    done = run([step("A")], told=told)
    done.retry(outcomes=dict(told))
    assert done.wait(10) == "Succeeded"


def test_the_parallelism_of_a_running_execution() -> None:
    clock = VirtualClock()
    slow = {f"S{number}": Outcome(seconds=10) for number in range(9)}
    started = execution([step(name) for name in slow], outcomes=slow, clock=clock, parallel=1)
    clock.call_later(15, lambda: started.update(max_parallel_steps=4))
    started.start()
    assert started.status == "Succeeded"
    # one until 10; the second until 20; three more from 15 to 25, four from 20 and 25
    assert (clock.now() - started.start_time).total_seconds() == 35
    with pytest.raises(ParameterError):
        started.update(max_parallel_steps=0)


# -- selective execution

CHAIN = [
    step("A"),
    reads("B", "Steps.A.ProcessingJobName"),
    reads("C", "Steps.B.ProcessingJobName"),
    condition("Check", [TRUE], [reads("Yes", "Steps.C.ProcessingJobName")], [step("No")], DependsOn=["C"]),
    step("Aside"),
]


def test_what_is_not_selected_comes_from_the_source() -> None:
    runner = ScriptedRunner()
    source = run(CHAIN, outcomes=runner, execution_id="aaaaaaaaaaaa")
    name = runner.arguments["B"]["X"]
    again = ScriptedRunner()
    done = run(CHAIN, outcomes=again, execution_id="bbbbbbbbbbbb", selection=Selection(["B", "C"], source.history()))
    assert done.status == "Succeeded"
    assert again.attempts == ["B", "C"]
    assert again.arguments["B"]["X"] == name
    assert states(done) == dict.fromkeys("ABC", "Succeeded")
    reused = by_name(done)["A"]
    assert reused["SelectiveExecutionResult"] == {"SourcePipelineExecutionArn": source.execution_arn}
    assert reused["Metadata"] == by_name(source)["A"]["Metadata"]
    assert "SelectiveExecutionResult" not in by_name(done)["B"]
    shape: Any = botocore.session.get_session().get_service_model("sagemaker").shape_for("PipelineExecutionStep")
    for answer in done.steps():
        assert set(answer) <= set(shape.members)
        assert not ParamValidator().validate(answer, shape).has_errors()


def test_a_selection_can_need_no_source() -> None:
    done = run(CHAIN, selection=Selection(["A", "B"]))
    assert states(done) == {"A": "Succeeded", "B": "Succeeded"}


def test_a_selective_execution_can_be_a_source() -> None:
    first = run(CHAIN, execution_id="aaaaaaaaaaaa")
    second = run(CHAIN, execution_id="bbbbbbbbbbbb", selection=Selection(["B"], first.history()))
    runner = ScriptedRunner()
    run(CHAIN, outcomes=runner, selection=Selection(["C"], second.history()))
    assert "-bbbbbbbbbbbb-B-" in runner.arguments["C"]["X"]


def test_a_selected_condition_runs_alone_unless_assumed_otherwise() -> None:
    source = run(CHAIN).history()
    assert set(states(run(CHAIN, selection=Selection(["Check"], source)))) == {"C", "Check"}
    branches = Assumptions(selected_condition="with-branches")
    assert set(states(run(CHAIN, selection=Selection(["Check"], source), assumptions=branches))) == {
        "C",
        "Check",
        "Yes",
    }
    assert set(states(run(CHAIN, selection=Selection(["Yes"], source)))) == {"C", "Check", "Yes"}


def test_all_steps_before_are_listed_if_that_is_assumed() -> None:
    source = run(CHAIN).history()
    listed = run(CHAIN, selection=Selection(["C"], source), assumptions=Assumptions(reused_steps="all"))
    assert set(states(listed)) == {"A", "B", "C"}


def test_the_body_of_a_for_each_is_selected_with_it() -> None:
    steps = [step("A"), loop("Fan", list("ab"), [reads("Do", "Steps.A.ProcessingJobName")])]
    source = run(steps).history()
    assert states(run(steps, selection=Selection(["Fan"], source))) == dict.fromkeys(
        ["A", "Fan", "Do-0", "Do-1"], "Succeeded"
    )


FAILED = run(CHAIN, outcomes={"B": Outcome(fail="x")}).history()


@pytest.mark.parametrize(
    ("selected", "source", "reason"),
    [
        (["Aa"], None, "the selected step 'Aa' is not in the pipeline; did you mean 'A'"),
        ([], None, "0 steps are selected; 1 to 50 are allowed"),
        (["A", "C"], FAILED, "leaves out 'B', which is between the selected steps 'A' and 'C'"),
        (["A", "Aside"], None, r"the selected steps \[A\] and \[Aside\] are not connected"),
        (["B", "C"], None, r"SourcePipelineExecutionArn: null. The selected steps \[B\] have dependencies on \[A\]"),
        (["C"], FAILED, "the selected step 'C' needs 'B', which ended as Failed in the source"),
        (["Yes"], FAILED, "the selected step 'Yes' needs 'C', which did not run in the source"),
        (["No"], run(CHAIN).history(), "'No' is in a branch that the condition 'Check' did not take"),
        (["B"], History("arn", "Executing", FAILED.start_time, FAILED.start_time), "is Executing; it must have ended"),
    ],
)  # fmt: skip
def test_what_cannot_be_selected(selected: list[str], source: History | None, reason: str) -> None:
    with pytest.raises(SelectionError, match=reason):
        execution(CHAIN, selection=Selection(selected, source))


def test_a_step_of_a_body_cannot_be_selected() -> None:
    with pytest.raises(SelectionError, match="in the body of the for-each 'Fan'; select the for-each"):
        execution([loop("Fan", ["a"], [step("Do")])], selection=Selection(["Do"]))


def test_a_selective_execution_can_be_retried() -> None:
    runner = ScriptedRunner({"C": Outcome(fail="x", failures=1)})
    done = run(CHAIN, outcomes=runner, selection=Selection(["B", "C"], run(CHAIN).history()))
    assert done.status == "Failed"
    done.retry()
    assert done.wait(10) == "Succeeded"
    assert runner.attempts == ["B", "C", "C"]
    assert set(states(done)) == {"A", "B", "C"}


# -- the end of a process


class Journal:
    """Keeps what an observer is told, as a file could."""

    def __init__(self) -> None:
        self.steps: dict[str, dict[str, Any]] = {}
        self.told: list[tuple[str, str | None, str]] = []
        self.history: History | None = None

    def step_changed(self, record: StepRecord, previous: str | None) -> None:
        self.steps[record.step.name] = record.saved()
        if record.status != previous:
            self.told.append((record.step.name, previous, record.status))

    def status_changed(self, history: History, previous: str | None) -> None:
        self.history = history
        self.told.append(("", previous, history.status))


def test_an_observer_is_told_of_every_change() -> None:
    journal = Journal()
    done = run([step("A")], observer=journal)
    assert journal.told == [
        ("", None, "Executing"), ("A", None, "Starting"), ("A", "Starting", "Executing"),
        ("A", "Executing", "Succeeded"), ("", "Executing", "Succeeded"),
    ]  # fmt: skip
    assert list(journal.steps.values()) == list(done.history().steps)


def crashed(name: str, steps: list[Any], **options: Any) -> tuple[History, list[str]]:
    """What is known of an execution whose process ended when the step ``name`` was running."""
    journal, seen = Journal(), []

    class Ended(BaseException):
        pass

    class Ending(ScriptedRunner):
        def begin(self, of: Any, arguments: Any) -> Outcome:
            if of.name == name:
                raise Ended
            return super().begin(of, arguments)

    runner = Ending()
    with pytest.raises(Ended):
        run(steps, outcomes=runner, observer=journal, clock=VirtualClock(), **options)
    seen += runner.attempts
    assert journal.history is not None
    return History(**{**vars(journal.history), "steps": tuple(journal.steps.values())}), seen


def test_an_execution_goes_on_after_the_end_of_its_process() -> None:
    steps = [step("A"), reads("B", "Steps.A.ProcessingJobName"), loop("Fan", list("ab"), [step("Do")])]
    history, ran = crashed("Do-1", steps)
    assert json.dumps(history.steps, default=str)
    runner = ScriptedRunner()
    found = execution(steps, outcomes=runner, history=history)
    assert (found.status, found.failure_reason) == ("Failed", "Step failure: One or multiple steps failed.")
    assert found.start_time == history.start_time
    assert states(found)["Do-1"] == "Failed"
    assert "interrupted" in by_name(found)["Do-1"]["FailureReason"]
    with pytest.raises(RuntimeError, match="already been started"):
        found.start()
    found.retry()
    assert found.wait(10) == "Succeeded"
    assert sorted([*ran, *runner.attempts]) == ["A", "B", "Do-0", "Do-1"]
    assert set(states(found)) == {"A", "B", "Fan", "Do-0", "Do-1"}


def test_an_execution_that_had_ended_stays_as_it_was() -> None:
    done = run([step("A"), step("B", DependsOn=["A"])], outcomes={"B": Outcome(fail="x")})
    found = execution([step("A"), step("B", DependsOn=["A"])], history=done.history())
    assert (found.status, found.failure_reason, found.steps()) == (done.status, done.failure_reason, done.steps())
    assert (found.start_time, found.last_modified_time) == (done.start_time, done.last_modified_time)
    assert found.history() == done.history()
    assert found.wait(0) == "Failed"
    found.stop()
    assert found.status == "Failed"


def test_what_an_observer_keeps_follows_a_retry() -> None:
    class Kept(Journal):
        def status_changed(self, history: History, previous: str | None) -> None:
            super().status_changed(history, previous)
            if history.status == "Executing":
                self.steps = {name: saved for name, saved in self.steps.items() if saved["status"] == "Succeeded"}

    journal = Kept()
    done = run(CHAIN, told={"B": Outcome(fail="x")}, observer=journal)
    for outcomes in ({"C": Outcome(fail="x")}, {"A": Outcome()}):
        done.retry(outcomes=outcomes)
        done.wait(10)
        assert journal.history is not None
        assert History(**{**vars(journal.history), "steps": tuple(journal.steps.values())}) == done.history()
    assert done.status == "Succeeded"


def test_a_selective_execution_goes_on_after_the_end_of_its_process() -> None:
    source = run(CHAIN).history()
    history, _ = crashed("C", CHAIN, selection=Selection(["B", "C"], source))
    runner = ScriptedRunner()
    found = execution(CHAIN, outcomes=runner, history=history, selection=Selection(["B", "C"]))
    found.retry()
    assert found.wait(10) == "Succeeded"
    assert runner.attempts == ["C"]
    assert set(states(found)) == {"A", "B", "C"}
    assert "SelectiveExecutionResult" in by_name(found)["A"]
