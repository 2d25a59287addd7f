"""The engine alone: order, branches, failures, parallelism, stop. No job runs."""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from cdk_sagemaker_pipelines.local.engine.assumptions import Assumptions
from cdk_sagemaker_pipelines.local.engine.clock import VirtualClock
from cdk_sagemaker_pipelines.local.engine.execution import PipelineExecution
from cdk_sagemaker_pipelines.local.engine.scripted import Outcome, ScriptedRunner
from cdk_sagemaker_pipelines.local.errors import ParameterError, UnsupportedDefinitionError
from tests.local.support import Account, Nowhere, by_name, condition, execution, get, processing, run, states, step

TRUE = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}
FALSE = {"Type": "Equals", "LeftValue": 1, "RightValue": 2}


def reads(name: str, path: str, **keys: Any) -> dict[str, Any]:
    return step(name, arguments={"Environment": {"X": get(path)}}, **keys)


def test_an_empty_pipeline_succeeds() -> None:
    done = run([])
    assert (done.status, done.failure_reason, done.steps()) == ("Succeeded", None, [])


def test_data_and_depends_on_determine_the_order() -> None:
    runner = ScriptedRunner()
    done = run(
        [
            step("D", DependsOn=["C"]),
            reads("C", "Steps.B.ProcessingJobName"),
            reads("B", "Steps.A.ProcessingJobArn"),
            step("A"),
        ],
        outcomes=runner,
    )
    assert done.status == "Succeeded"
    assert runner.attempts == ["A", "B", "C", "D"]
    assert [s["StepName"] for s in done.steps()] == ["D", "C", "B", "A"]


def test_arguments_reach_the_runner_evaluated() -> None:
    runner = ScriptedRunner({"A": Outcome(properties={"ExitMessage": "hello"})})
    arguments = {
        "Environment": {
            "size": get("Parameters.Size"),
            "said": get("Steps.A.ExitMessage"),
            "id": get("Execution.PipelineExecutionId"),
            "pipeline": get("Execution.PipelineName"),
            "arn": get("Execution.PipelineExecutionArn"),
            "begin": get("Execution.StartDateTime"),
            "now": get("Execution.CurrentDateTime"),
            "own": get("Execution.ProcessingJobName"),
        }
    }
    done = run(
        [step("A"), step("B", arguments=arguments)],
        outcomes=runner,
        parameters=[{"Name": "Size", "Type": "Integer", "DefaultValue": 1}],
        values={"Size": "7"},
    )
    assert done.status == "Succeeded"
    environment = runner.arguments["B"]["Environment"]
    assert environment["size"] == 7
    assert environment["said"] == "hello"
    assert environment["id"] == "abcdefghijkl"
    assert environment["pipeline"] == "p"
    assert environment["arn"].endswith(":pipeline/p/execution/abcdefghijkl")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", environment["begin"])
    assert environment["begin"] <= environment["now"]
    assert re.fullmatch(r"pipelines-abcdefghijkl-B-[a-z0-9]{10}", environment["own"])
    assert by_name(done)["B"]["Metadata"]["ProcessingJob"]["Arn"].endswith(f":processing-job/{environment['own']}")


def test_a_job_without_a_role_runs_with_that_of_the_pipeline() -> None:
    runner = ScriptedRunner()
    own, pipelines = "arn:aws:iam::123456789012:role/Own", "arn:aws:iam::123456789012:role/Pipeline"
    steps = [
        step("A"),
        step("B", arguments={"RoleArn": own}),
        step("C", type="Training"),
        step("D", type="Transform"),
    ]
    done = run(steps, outcomes=runner, role_arn=pipelines)
    assert done.status == "Succeeded"
    assert {name: given.get("RoleArn") for name, given in runner.arguments.items()} == {
        "A": pipelines,
        "B": own,
        "C": pipelines,
        "D": None,
    }


def test_a_model_without_a_role_gets_that_of_the_pipeline() -> None:
    runner = ScriptedRunner()
    run([step("A", type="Model")], outcomes=runner, role_arn="arn:aws:iam::123456789012:role/Pipeline")
    assert runner.arguments["A"] == {"ExecutionRoleArn": "arn:aws:iam::123456789012:role/Pipeline"}


@pytest.mark.parametrize("type", ["Processing", "ClarifyCheck", "QualityCheck"])
def test_a_processing_job_knows_its_name(type: str) -> None:
    runner = ScriptedRunner()
    run([step("A", type, {"X": get("Execution.ProcessingJobName")})], outcomes=runner)
    assert re.fullmatch(r"(pipelines-)?abcdefghijkl-A-[a-z0-9]{10}", runner.arguments["A"]["X"])


def test_a_jobs_own_name_is_undefined_elsewhere() -> None:
    done = run([reads("A", "Execution.TrainingJobName")])
    assert "no execution variable 'TrainingJobName'" in by_name(done)["A"]["FailureReason"]


@pytest.mark.parametrize(
    ("type", "arguments", "pattern"),
    [
        ("Training", {}, r"pipelines-abcdefghijkl-A-very-long-name-of--[a-z0-9]{10}"),
        ("Training", {"TrainingJobName": "mine"}, r"mine-[a-z0-9]{10}"),
        ("Training", {"TrainingJobName": "m" * 80}, r"m{52}-[a-z0-9]{10}"),
    ],
)
def test_job_names(type: str, arguments: dict[str, Any], pattern: str) -> None:
    runner = ScriptedRunner()
    run(
        [step("A-very-long-name-of-a-step", type, {**arguments, "X": get("Execution.TrainingJobName")})],
        outcomes=runner,
    )
    assert re.fullmatch(pattern.replace("--", "-"), runner.arguments["A-very-long-name-of-a-step"]["X"])


@pytest.mark.parametrize(("test", "ran", "outcome"), [(TRUE, "Yes", "True"), (FALSE, "No", "False")])
def test_only_the_branch_that_is_taken_runs(test: Any, ran: str, outcome: str) -> None:
    done = run(
        [
            condition("Check", [test], [step("Yes")], [step("No")]),
            step("AfterYes", DependsOn=["Yes"]),
            step("AfterNo", DependsOn=["No"]),
            step("Downstream", DependsOn=["AfterYes", "AfterNo"]),
            reads("AfterCheck", "Steps.Check.Outcome"),
        ]
    )
    assert done.status == "Succeeded"
    assert states(done) == dict.fromkeys(["Check", ran, f"After{ran}", "AfterCheck"], "Succeeded")
    assert by_name(done)["Check"]["Metadata"] == {"Condition": {"Outcome": outcome}}


def test_conditions_nest() -> None:
    inner = condition("Inner", [FALSE], [step("A")], [step("B")])
    done = run([condition("Outer", [TRUE], [inner], [step("C")])])
    assert set(states(done)) == {"Outer", "Inner", "B"}


def test_a_step_of_a_branch_waits_for_its_own_data_too() -> None:
    runner = ScriptedRunner({"Slow": Outcome(seconds=0.1)})
    run([step("Slow"), condition("Check", [TRUE], [reads("Yes", "Steps.Slow.ProcessingJobName")])], outcomes=runner)
    assert runner.attempts == ["Slow", "Yes"]


@pytest.mark.parametrize("after", ["continue", "finish"])
def test_a_failed_step_fails_the_execution_when_nothing_else_is_left(after: Any) -> None:
    runner = ScriptedRunner({"Bad": Outcome(fail="AlgorithmError: broken"), "Slow": Outcome(seconds=3)})
    done = run(
        [step("Bad"), step("Slow"), step("AfterBad", DependsOn=["Bad"]), step("AfterSlow", DependsOn=["Slow"])],
        outcomes=runner,
        assumptions=Assumptions(after_failure=after),
        clock=VirtualClock(),
    )
    assert done.status == "Failed"
    assert done.failure_reason == "Step failure: One or multiple steps failed."
    independent = {"AfterSlow": "Succeeded"} if after == "continue" else {}
    assert states(done) == {"Bad": "Failed", "Slow": "Succeeded", **independent}
    assert by_name(done)["Bad"]["FailureReason"] == "AlgorithmError: broken"
    assert "FailureReason" not in by_name(done)["Slow"]


def test_a_fail_step_gives_the_execution_its_message() -> None:
    message = {"Std:Join": {"On": "", "Values": ["above ", get("Parameters.Max")]}}
    done = run(
        [condition("Check", [FALSE], [], [step("Stop", "Fail", {"ErrorMessage": message})])],
        parameters=[{"Name": "Max", "Type": "Float", "DefaultValue": 6.0}],
    )
    assert (done.status, done.failure_reason) == ("Failed", "above 6.0")
    assert by_name(done)["Stop"]["Metadata"] == {"Fail": {"ErrorMessage": "above 6.0"}}
    assert by_name(done)["Stop"]["FailureReason"] == "above 6.0"


def test_an_undefined_property_fails_the_step_by_its_expression() -> None:
    done = run([step("A"), reads("B", "Steps.A.ExitMessage")])
    assert states(done) == {"A": "Succeeded", "B": "Failed"}
    assert by_name(done)["B"]["FailureReason"].startswith("Steps.A.ExitMessage is undefined: the step 'A' has no")


def test_an_unknown_type_fails_the_step_and_says_so() -> None:
    done = run(
        [step("Ask", "Athena", {"X": get("ForEach.CurrentItem")}), step("After", DependsOn=["Ask"])],
        runners={"Processing": ScriptedRunner()},
    )
    assert done.status == "Failed"
    assert states(done) == {"Ask": "Failed"}
    reason = by_name(done)["Ask"]["FailureReason"]
    assert reason == (
        "a step of type Athena cannot run locally yet; the supported types are Condition, Fail, ForEach, Processing"
    )


class Counting:
    """Counts how many steps run at once."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self.lock = threading.Lock()

    def run(self, context: Any, step: Any, arguments: Any) -> Any:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.05)
        with self.lock:
            self.now -= 1
        return ScriptedRunner().run(context, step, arguments)


@pytest.mark.parametrize("limit", [1, 3])
def test_no_more_steps_at_once_than_allowed(limit: int) -> None:
    counting = Counting()
    done = run([step(f"S{i}") for i in range(7)], runners={"Processing": counting}, parallel=limit)
    assert done.status == "Succeeded"
    assert counting.most == limit


def test_many_steps() -> None:
    chain = [step("S0")] + [step(f"S{i}", DependsOn=[f"S{i - 1}"]) for i in range(1, 300)]
    assert len(states(run(chain))) == 300


def test_stop_ends_running_steps_and_starts_no_other() -> None:
    runner = ScriptedRunner({"Slow": Outcome(seconds=60)})
    started = execution([step("Slow"), step("After", DependsOn=["Slow"])], outcomes=runner)
    started.start()
    while not runner.attempts:
        time.sleep(0.01)
    assert started.status == "Executing"
    assert by_name(started)["Slow"]["StepStatus"] == "Executing"
    assert "EndTime" not in by_name(started)["Slow"]
    started.stop()
    assert started.wait(10) == "Stopped"
    assert states(started) == {"Slow": "Stopped"}
    started.stop()
    assert started.status == "Stopped"


def test_wait_gives_up_after_its_timeout() -> None:
    started = execution([step("Slow")], outcomes={"Slow": Outcome(seconds=60)})
    started.start()
    assert started.wait(0.05) == "Executing"
    started.stop()
    assert started.wait(10) == "Stopped"


def test_starts_once() -> None:
    done = run([])
    with pytest.raises(RuntimeError):
        done.start()


RETRY = {"ExceptionType": ["SageMaker.CAPACITY_ERROR"], "IntervalSeconds": 0, "BackoffRate": 1.0, "MaxAttempts": 2}


@pytest.mark.parametrize(
    ("failures", "exception", "status", "attempts"),
    [
        (2, "SageMaker.CAPACITY_ERROR", "Succeeded", 3),
        (3, "SageMaker.CAPACITY_ERROR", "Failed", 3),
        (1, "Step.THROTTLING", "Failed", 1),
        (1, None, "Failed", 1),
    ],
)
def test_retry_policies(failures: int, exception: str | None, status: str, attempts: int) -> None:
    runner = ScriptedRunner({"A": Outcome(fail="no capacity", exception=exception, failures=failures)})
    done = run([step("A", RetryPolicies=[RETRY])], outcomes=runner)
    assert done.status == status
    assert by_name(done)["A"]["AttemptCount"] == attempts


def test_a_retry_policy_can_expire() -> None:
    policy = {"ExceptionType": ["Step.THROTTLING"], "IntervalSeconds": 3600, "ExpireAfterMin": 30}
    done = run([step("A", RetryPolicies=[policy])], outcomes={"A": Outcome(fail="x", exception="Step.THROTTLING")})
    assert by_name(done)["A"]["AttemptCount"] == 1


def test_without_a_cache_a_cached_step_runs_and_claims_no_hit() -> None:
    done = run([step("A", CacheConfig={"Enabled": True, "ExpireAfter": "P1D"})])
    assert "CacheHitResult" not in by_name(done)["A"]


def test_a_cycle_is_refused() -> None:
    with pytest.raises(UnsupportedDefinitionError, match="'A'"):
        execution([step("A", DependsOn=["B"]), step("B", DependsOn=["A"])])


def test_duplicate_names_are_refused() -> None:
    with pytest.raises(UnsupportedDefinitionError, match="several steps are named 'A'"):
        execution([step("A"), step("A")])


def test_parameters_are_checked_before_the_start() -> None:
    with pytest.raises(ParameterError, match="no parameter 'X'"):
        execution([], values={"X": "1"})
    with pytest.raises(ParameterError, match="max_parallel_steps is 0"):
        execution([], parallel=0)


class Broken:
    def run(self, context: Any, step: Any, arguments: Any) -> Any:
        raise ZeroDivisionError("oops")


def test_a_bug_in_a_runner_fails_the_step_and_ends_the_execution() -> None:
    done = run([step("A")], runners={"Processing": Broken()})
    assert done.status == "Failed"
    assert by_name(done)["A"]["FailureReason"] == "InternalServerError: ZeroDivisionError: oops"


def test_steps_have_the_members_of_the_api() -> None:
    model = botocore.session.get_session().get_service_model("sagemaker")
    shape: Any = model.shape_for("PipelineExecutionStep")
    done = run(
        [
            step("A", DisplayName="The A", Description="does a"),
            step("T", "Training"),
            step("B", "Transform"),
            step("M", "Model"),
            step("R", "RegisterModel"),
            condition("C", [TRUE], [step("F", "Fail", {"ErrorMessage": "no"}, DependsOn=["A", "T", "B", "M", "R"])]),
        ],
    )
    for answer in done.steps():
        assert set(answer) <= set(shape.members)
        assert not ParamValidator().validate(answer, shape).has_errors()
        assert isinstance(answer["StartTime"], datetime)
        assert isinstance(answer["EndTime"], datetime)
        assert answer["AttemptCount"] == 1
        if answer["Metadata"]:
            (kind, content), *more = answer["Metadata"].items()
            assert not more
            metadata = shape.members["Metadata"].members[kind]
            assert set(content) <= set(metadata.members)
    assert by_name(done)["A"]["StepDisplayName"] == "The A"
    assert by_name(done)["A"]["StepDescription"] == "does a"
    assert set(by_name(done)) == {"A", "T", "B", "M", "R", "C", "F"}
    assert done.last_modified_time >= done.start_time


def test_snapshots_are_whole_while_the_execution_runs() -> None:
    started = execution([step(f"S{i}") for i in range(30)], parallel=8)
    seen: list[int] = []

    def watch(target: PipelineExecution) -> None:
        while target.status == "Executing":
            seen.append(len(target.steps()))

    watchers = [threading.Thread(target=watch, args=(started,)) for _ in range(3)]
    for watcher in watchers:
        watcher.start()
    started.start()
    assert started.wait(30) == "Succeeded"
    for watcher in watchers:
        watcher.join()
    assert len(started.steps()) == 30
    assert seen == seen


def test_a_condition_reads_what_a_scripted_step_left(account: Account) -> None:
    arguments = processing("s3://data/x.py", outputs={"report": "s3://data/report"})
    report = [{"PropertyFileName": "R", "OutputName": "report", "FilePath": "e.json"}]
    mse = {"Std:JsonGet": {"PropertyFile": get("Steps.Evaluate.PropertyFiles.R"), "Path": "mse"}}
    check = condition("Check", [{"Type": "LessThan", "LeftValue": mse, "RightValue": 6}], [step("Good")], [step("Bad")])
    done = run(
        [step("Evaluate", arguments=arguments, PropertyFiles=report), check],
        outcomes={"Evaluate": Outcome(files={"report/e.json": {"mse": 4.2}})},
        services=account,
    )
    assert states(done) == dict.fromkeys(["Evaluate", "Check", "Good"], "Succeeded")


def test_a_missing_property_file_fails_the_condition(account: Account) -> None:
    arguments = processing("s3://data/x.py", outputs={"report": "s3://data/report"})
    report = [{"PropertyFileName": "R", "OutputName": "report", "FilePath": "e.json"}]
    mse = {"Std:JsonGet": {"PropertyFile": get("Steps.Evaluate.PropertyFiles.R"), "Path": "mse"}}
    check = condition("Check", [{"Type": "LessThan", "LeftValue": mse, "RightValue": 6}], [step("Good")])
    done = run([step("Evaluate", arguments=arguments, PropertyFiles=report), check], services=account)
    assert states(done) == {"Evaluate": "Succeeded", "Check": "Failed"}
    assert "s3://data/report/e.json" in by_name(done)["Check"]["FailureReason"]


def test_runs_without_a_cloud() -> None:
    assert run([step("A")], services=Nowhere()).status == "Succeeded"


# -- what an event costs


def shape(name: str, count: int) -> list[dict[str, Any]]:
    """Steps that wait for none, for the one before, or for all of the layer before."""
    waits: dict[str, Callable[[int], Sequence[int]]] = {
        "wide": lambda i: [],
        "deep": lambda i: [i - 1] if i else [],
        "layered": lambda i: range((i // 5 - 1) * 5, i // 5 * 5) if i >= 5 else [],
        "joined": lambda i: range(i) if i == count - 1 else [],
    }
    return [step(f"S{i}", DependsOn=[f"S{j}" for j in waits[name](i)]) for i in range(count)]


def calls(steps: list[dict[str, Any]]) -> int:
    """The number of function calls that it takes to run steps, from the definition to the end."""
    made = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal made
        made += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        done = run(steps, clock=VirtualClock(), outcomes={"S1": Outcome(seconds=1)})
    finally:
        sys.setprofile(None)
    assert len(done.steps()) == len(steps)
    return made


@pytest.mark.parametrize("name", ["wide", "deep", "layered", "joined"])
def test_the_work_grows_with_the_steps_and_no_faster(name: str) -> None:
    few, many = (calls(shape(name, count)) for count in (200, 800))
    assert many < 4.4 * few


class Watching:
    """Notes how many threads there are, which those of the steps of one execution are among."""

    def __init__(self) -> None:
        self.most = 0

    def run(self, context: Any, step: Any, arguments: Any) -> Any:
        mine = [thread for thread in threading.enumerate() if thread.name == f"execution {context.execution_id}"]
        self.most = max(self.most, len(mine))
        return ScriptedRunner().run(context, step, arguments)


@pytest.mark.parametrize("limit", [1, 4])
def test_no_more_threads_than_steps_at_once(limit: int) -> None:
    watching = Watching()
    done = run(shape("wide", 500), runners={"Processing": watching}, parallel=limit, execution_id=f"threads{limit}")
    assert done.status == "Succeeded"
    assert watching.most <= limit
