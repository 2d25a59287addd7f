"""For-each steps: items, concurrency, results, selection, failure and stop. No job runs."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from cdk_sagemaker_pipelines.local.engine.scripted import Outcome, ScriptedRunner
from cdk_sagemaker_pipelines.local.errors import UnsupportedDefinitionError
from tests.local.support import by_name, execution, get, run, states, step


def loop(name: str, items: Any, body: list[dict[str, Any]], *, most: Any = 5, **arguments: Any) -> dict[str, Any]:
    given = {"IterableItems": items, "MaxConcurrency": most, "ForEachBody": body, **arguments}
    return step(name, "ForEach", given)


def item(path: str = "") -> dict[str, Any]:
    return {"Value": get(f"ForEach.CurrentItem{path}")}


def test_the_body_runs_once_for_each_item() -> None:
    runner = ScriptedRunner()
    done = run([loop("Fan", ["x", 1, 2.5, True, get("Parameters.P")], [step("Do", arguments=item())])],
               parameters=[{"Name": "P", "Type": "String", "DefaultValue": "p"}], outcomes=runner)  # fmt: skip
    assert done.status == "Succeeded"
    assert [runner.arguments[f"Do-{index}"]["Value"] for index in range(5)] == ["x", 1, 2.5, True, "p"]
    assert states(done) == dict.fromkeys(["Fan", *(f"Do-{i}" for i in range(5))], "Succeeded")
    assert by_name(done)["Do-4"]["IterationContext"] == {"ParentStepName": "Fan", "Index": 4, "Item": "p"}
    assert by_name(done)["Do-3"]["IterationContext"]["Item"] == "true"
    assert by_name(done)["Fan"]["Metadata"]["ForEach"] == {
        "Status": "Succeeded", "InputItemCount": 5, "TotalStepCount": 5,
        "SucceededStepCount": 5, "FailedStepCount": 0, "StoppedStepCount": 0,
    }  # fmt: skip


def test_items_from_a_text_have_fields() -> None:
    runner = ScriptedRunner()
    items = json.dumps([{"name": "a", "a": {"b": {"c": 1}}}, '{"name": "b", "a": {"b": {"c": [2]}}}'])
    body = [step("Do", arguments={"N": get("ForEach.CurrentItem.name"), "C": get("ForEach.CurrentItem.a.b['c']"),
                                  "J": {"Std:Join": {"On": "-", "Values": ["x", get("ForEach.CurrentItem.name")]}},
                                  "W": get("ForEach.CurrentItem")})]  # fmt: skip
    parameters = [{"Name": "Items", "Type": "String", "DefaultValue": items}]
    done = run([loop("Fan", get("Parameters.Items"), body)], parameters=parameters, outcomes=runner)
    assert done.status == "Succeeded"
    assert runner.arguments["Do-0"] == {"N": "a", "C": 1, "J": "x-a", "W": '{"name": "a", "a": {"b": {"c": 1}}}'}
    assert (runner.arguments["Do-1"]["N"], runner.arguments["Do-1"]["C"]) == ("b", [2])


def test_an_empty_list_is_a_success() -> None:
    done = run([loop("Fan", get("Parameters.I"), [step("Do")])],
               parameters=[{"Name": "I", "Type": "String", "DefaultValue": "[]"}])  # fmt: skip
    assert (done.status, set(states(done))) == ("Succeeded", {"Fan"})


def test_steps_of_a_body_read_and_wait_within_their_item() -> None:
    runner = ScriptedRunner({"First-0": Outcome(seconds=0.2)})
    second = step("Second", arguments={"X": get("Steps.First.ProcessingJobName"), "Y": get("Steps.Outer.Size")})
    done = run(
        [step("Outer"), loop("Fan", ["a", "b"], [step("First"), second, step("Third", DependsOn=["Second"])])],
        outcomes=ScriptedRunner({**runner.outcomes, "Outer": Outcome(properties={"Size": 3})}),
    )
    assert done.status == "Succeeded"
    order = [entry["StepName"] for entry in reversed(done.steps())]
    assert order.index("Third-1") < order.index("Second-0")


class Counting:
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


@pytest.mark.parametrize(("concurrency", "parallel", "most"), [(2, 10, 2), (5, 1, 1), (1, None, 1), (4, 3, 3)])
def test_no_more_at_once_than_allowed(concurrency: int, parallel: int | None, most: int) -> None:
    counting = Counting()
    fan = loop("Fan", list(range(6)), [step("Do")], most=concurrency)
    done = run([fan], runners={"Processing": counting}, parallel=parallel)
    assert (done.status, counting.most) == ("Succeeded", most)


def scores(**values: float) -> dict[str, Outcome]:
    return {f"Do-{key[1:]}": Outcome(properties={"Score": value}) for key, value in values.items()}


@pytest.mark.parametrize(("pick", "index"), [("MaxBy", 2), ("MinBy", 1)])
def test_the_best_item_is_selected(pick: str, index: int) -> None:
    runner = ScriptedRunner(scores(_0=0.5, _1=0.1, _2=0.9, _3=0.9))
    selector = {"Pick": pick, "Field": get("IterationOutput.Do.Score")}
    after = {"S": get("Steps.Fan.Selected.ProcessingJobName"), "F": get("Steps.Fan.IterationOutputs[1].Do.Score"),
             "N": get("Steps.Fan.SucceededStepCount"), "T": get("Steps.Fan.Status")}  # fmt: skip
    done = run(
        [loop("Fan", list("abcd"), [step("Do")], Selector=selector), step("After", arguments=after)], outcomes=runner
    )
    assert done.status == "Succeeded"
    name = runner.arguments["After"]["S"]
    assert f"Do-{index}-" in name
    assert (runner.arguments["After"]["F"], runner.arguments["After"]["N"]) == (0.1, 4)
    assert by_name(done)["Fan"]["Metadata"]["ForEach"]["Selector"] == {"StepName": f"Do-{index}", "Index": index}


def test_a_failed_item_fails_the_for_each_and_starts_no_other() -> None:
    runner = ScriptedRunner({"Do-1": Outcome(fail="broken")})
    done = run([loop("Fan", list("abcd"), [step("Do")], most=1), step("After", DependsOn=["Fan"])], outcomes=runner)
    assert done.status == "Failed"
    assert states(done) == {"Fan": "Failed", "Do-0": "Succeeded", "Do-1": "Failed"}
    assert by_name(done)["Fan"]["FailureReason"] == "1 of 4 steps failed: Do-1"
    told = by_name(done)["Fan"]["Metadata"]["ForEach"]
    assert (told["Status"], told["SucceededStepCount"], told["FailedStepCount"]) == ("Failed", 1, 1)


def test_what_failed_can_be_read_by_a_handler() -> None:
    runner = ScriptedRunner({"Do": Outcome(fail="broken")})
    tell = step("Tell", arguments={"N": get("Steps.Fan.FailedStepCount"), "S": get("Steps.Fan.Status")},
                DependsOn=[{"Step": "Fan", "Trigger": "Failed"}])  # fmt: skip
    done = run([loop("Fan", ["a"], [step("Do")]), tell], outcomes=runner)
    assert done.status == "CompletedWithFailures"
    assert runner.arguments["Tell"] == {"N": 1, "S": "Failed"}


READS_OUTSIDE: dict[str, dict[str, Any]] = {
    "reads": {"arguments": {"V": get("Steps.Bad.X")}},
    "depends": {"DependsOn": ["Bad"]},
}


@pytest.mark.parametrize("body", READS_OUTSIDE.values(), ids=READS_OUTSIDE)
@pytest.mark.parametrize("handled", [False, True], ids=["unhandled", "handled"])
def test_a_for_each_waits_for_what_its_body_needs_from_outside(body: dict[str, Any], handled: bool) -> None:
    steps = [
        loop("Each", ["a", "b"], [step("Body", **body)]),
        step("After", DependsOn=["Each"]),
        step("Bad"),
        *([step("Tell", DependsOn=[{"Step": "Bad", "Trigger": "Failed"}])] if handled else []),
    ]
    failed = run(steps, outcomes={"Bad": Outcome(fail="broken")})
    assert failed.status == ("CompletedWithFailures" if handled else "Failed")
    assert states(failed) == {"Bad": "Failed", **({"Tell": "Succeeded"} if handled else {})}
    good = run(steps, outcomes={"Bad": Outcome(properties={"X": 1})})
    assert good.status == "Succeeded"
    ended = dict.fromkeys(("Bad", "Each", "Body-0", "Body-1", "After"), "Succeeded")
    assert states(good) == ended
    started = {row["StepName"]: row["StartTime"] for row in good.steps()}
    assert started["Bad"] < started["Each"] < started["Body-0"]


def test_a_for_each_waits_for_a_branch_that_its_body_reads() -> None:
    never = {"Conditions": [{"Type": "Equals", "LeftValue": 1, "RightValue": 2}], "IfSteps": [step("In")]}
    body = [step("Body", arguments={"V": get("Steps.In.X")})]
    done = run([step("Check", "Condition", {**never, "ElseSteps": []}), loop("Each", ["a"], body)])
    assert (done.status, states(done)) == ("Succeeded", {"Check": "Succeeded"})


def test_a_body_that_follows_a_failure() -> None:
    after = [{"Step": "Bad", "Trigger": "Failed"}]
    steps = [step("Bad"), loop("Each", ["a"], [step("Body", DependsOn=after)])]
    assert set(states(run(steps))) == {"Bad"}
    done = run(steps, outcomes={"Bad": Outcome(fail="broken")})
    assert done.status == "CompletedWithFailures"
    assert states(done) == {"Bad": "Failed", "Each": "Succeeded", "Body-0": "Succeeded"}


def test_the_trigger_of_a_for_each_covers_what_its_body_reads() -> None:
    each = loop("Each", ["a"], [step("Body", arguments={"V": get("Steps.Bad.X")})])
    steps = [step("Bad"), {**each, "DependsOn": [{"Step": "Bad", "Trigger": "Failed"}]}]
    assert set(states(run(steps))) == {"Bad"}
    done = run(steps, outcomes={"Bad": Outcome(fail="broken")})
    assert states(done) == {"Bad": "Failed", "Each": "Failed", "Body-0": "Failed"}  # what it reads is not there


def test_a_body_that_waits_for_different_ends_of_a_step_is_refused() -> None:
    body = [step("One", DependsOn=["Bad"]), step("Two", DependsOn=[{"Step": "Bad", "Trigger": "Failed"}])]
    with pytest.raises(UnsupportedDefinitionError, match="'Bad' with the triggers 'Completed' and 'Failed'"):
        execution([step("Bad"), loop("Each", ["a"], body)])
    body[1]["DependsOn"][0]["Trigger"] = "Any"
    assert run([step("Bad"), loop("Each", ["a"], body)]).status == "Succeeded"


def test_a_failure_handled_within_the_item() -> None:
    body = [step("Do"), step("Tell", DependsOn=[{"Step": "Do", "Trigger": "Failed"}])]
    done = run([loop("Fan", ["a", "b"], body)], outcomes={"Do-0": Outcome(fail="broken")})
    assert states(done) == {"Fan": "Succeeded", "Do-0": "Failed", "Tell-0": "Succeeded", "Do-1": "Succeeded"}
    assert done.status == "CompletedWithFailures"


def test_stop() -> None:
    runner = ScriptedRunner({"Do": Outcome(seconds=60)})
    started = execution([loop("Fan", list("abcd"), [step("Do")], most=2)], outcomes=runner)
    started.start()
    while len(runner.attempts) < 2:
        time.sleep(0.01)
    started.stop()
    assert started.wait(10) == "Stopped"
    assert states(started) == {"Fan": "Stopped", "Do-0": "Stopped", "Do-1": "Stopped"}
    assert by_name(started)["Fan"]["Metadata"]["ForEach"]["StoppedStepCount"] == 2


@pytest.mark.parametrize(
    ("items", "more", "reason"),
    [
        ("{}", {}, "it must be a list"),
        ("[1", {}, "not a JSON list"),
        ([], {}, "has 0 items; 1 to 100"),
        (["a" * 12801], {}, "item 0 has 12801 characters"),
        (["a"], {"most": 51}, "MaxConcurrency is 51; it must be a whole number from 1 to 50"),
        (["a"], {"Selector": {"Pick": "Best"}}, "Pick is 'Best'"),
        (["a"], {"Selector": {"Pick": "MaxBy", "Field": get("IterationOutput.Do.Nope")}}, "of item 0 is not a number"),
        (["a"], {"Selector": {"Pick": "MaxBy", "Field": get("Parameters.X")}}, "write IterationOutput.<body step>"),
    ],
)
def test_invalid_items_fail_the_step(items: Any, more: dict[str, Any], reason: str) -> None:
    done = run([loop("Fan", items, [step("Do")], **more)])
    assert reason in by_name(done)["Fan"]["FailureReason"]


def test_an_item_without_fields() -> None:
    done = run([loop("Fan", ["a"], [step("Do", arguments=item(".name"))])])
    assert "the current item is 'a', and only one that is a JSON object" in by_name(done)["Do-0"]["FailureReason"]


def test_invalid_bodies_are_refused() -> None:
    with pytest.raises(UnsupportedDefinitionError, match="of type Fail is in the for-each 'Fan'"):
        execution([loop("Fan", ["a"], [step("F", "Fail")])])
    circle = [loop("Fan", ["a"], [step("Do", DependsOn=["After"])]), step("After", DependsOn=["Fan"])]
    with pytest.raises(UnsupportedDefinitionError, match="the body of 'Fan'"):
        execution(circle)
    assert run([loop("Fan", ["a"], [])]).status == "Failed"


def test_steps_have_the_members_of_the_api() -> None:
    shape: Any = botocore.session.get_session().get_service_model("sagemaker").shape_for("PipelineExecutionStep")
    selector = {"Pick": "MaxBy", "Field": get("IterationOutput.Do.Score")}
    done = run([loop("Fan", ["a"], [step("Do")], Selector=selector)], outcomes=scores(_0=1))
    for answer in done.steps():
        assert not ParamValidator().validate(answer, shape).has_errors()
        assert set(answer) <= set(shape.members)


def test_the_sdks_own_example() -> None:
    document = json.loads(Path(__file__).parent.parent.joinpath("corpus/v3_for_each.json").read_text())
    document["Parameters"][0]["DefaultValue"] = json.dumps([{"name": "n", "a": {"b": {"c": i}}} for i in (1, 2)])
    runner = ScriptedRunner(
        {f"ProcessItem-{i}": Outcome(properties={"OutputParameters": {"score": i / 2}}) for i in range(2)}
    )
    done = run(document["Steps"], parameters=document["Parameters"], outcomes=runner)
    assert done.status == "Succeeded"
    assert runner.arguments["After"] == {
        "sel": 0.5, "first": 0.0, "status": "Succeeded", "n": 2, "total": 4, "ok": 4, "bad": 0, "stopped": 0,
    }  # fmt: skip
