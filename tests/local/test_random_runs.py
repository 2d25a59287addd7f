"""Random graphs: what runs is what a simple reading of the rules says, also after the end of a process."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.endings import StepResult, StepStopped
from cdk_sagemaker_pipelines.local.engine.assumptions import Assumptions
from cdk_sagemaker_pipelines.local.engine.clock import VirtualClock
from cdk_sagemaker_pipelines.local.engine.record import History, StepRecord
from cdk_sagemaker_pipelines.local.engine.scripted import Outcome, ScriptedRunner
from tests.local.support import execution, states, step

CONTINUE = Assumptions(after_failed_item="continue", retry_after_handled_failures="yes")
MET = {
    "Completed": {"Succeeded"},
    "Failed": {"Failed"},
    "Stopped": {"Stopped"},
    "Any": {"Succeeded", "Failed", "Stopped"},
}
ENDS = {"Succeeded": Outcome(), "Failed": Outcome(fail="x"), "Stopped": Outcome(stop=True)}


@dataclass
class Case:
    """A random pipeline with how its steps end."""

    steps: list[dict[str, Any]] = field(default_factory=list)
    ends: dict[str, str] = field(default_factory=dict)
    """By the names of the run: those of a body with ``-0``, ``-1``, ..."""
    taken: dict[str, bool] = field(default_factory=dict)
    """By condition: whether it is true."""


def case(seed: int) -> Case:
    chance, made = random.Random(seed), Case()
    names: list[str] = []

    def waits(among: list[str]) -> list[Any]:
        chosen = chance.sample(among, min(len(among), chance.choice([0, 1, 1, 2, 3])))
        return [chance.choice([name, {"Step": name, "Trigger": chance.choice([*MET])}]) for name in chosen]

    def ends(name: str) -> None:
        made.ends[name] = chance.choices([*ENDS], weights=[6, 2, 1])[0]

    for number in range(chance.randint(2, 14)):
        name = f"S{number}"
        kind = chance.choice(["job"] * 5 + ["condition", "each", "fail"])
        after: dict[str, Any] = {"DependsOn": waits(names)}
        if kind == "job":
            ends(name)
            made.steps.append(step(name, **after))
        elif kind == "fail":
            made.ends[name] = "Failed"
            made.steps.append(step(name, "Fail", {"ErrorMessage": "no"}, **after))
            continue  # nothing may wait for it
        elif kind == "condition":
            made.taken[name] = chance.random() < 0.5
            branches = {}
            for branch in ("IfSteps", "ElseSteps"):
                inner = [f"{name}{branch[0]}{each}" for each in range(chance.randint(0, 2))]
                branches[branch] = [step(each, DependsOn=waits(inner[:index])) for index, each in enumerate(inner)]
                for each in inner:
                    ends(each)
            test = {"Type": "Equals", "LeftValue": made.taken[name], "RightValue": True}
            made.steps.append(step(name, "Condition", {"Conditions": [test], **branches}, **after))
        else:
            inner = [f"{name}B{each}" for each in range(chance.randint(1, 3))]
            items = chance.randint(1, 4)
            body = [step(each, DependsOn=waits(inner[:index])) for index, each in enumerate(inner)]
            for each in inner:
                for index in range(items):
                    ends(f"{each}-{index}")
            most = chance.randint(1, 3)
            given = {"IterableItems": list(range(items)), "MaxConcurrency": most, "ForEachBody": body}
            made.steps.append(step(name, "ForEach", given, **after))
        names.append(name)
    return made


def met(waits: list[Any], found: dict[str, str], suffix: str = "") -> bool:
    for wait in waits:
        name, trigger = (wait, "Completed") if isinstance(wait, str) else (wait["Step"], wait["Trigger"])
        if found.get(f"{name}{suffix}") not in MET[trigger]:
            return False
    return True


def bad(steps: list[dict[str, Any]], found: dict[str, str], suffix: str = "") -> Iterator[tuple[str, str]]:
    """The steps that ended badly, and that no step which ran could handle."""
    for each in steps:
        name = each["Name"]
        status = found.get(f"{name}{suffix}")
        handled = each["Type"] != "Fail" and any(
            isinstance(wait, dict) and wait["Step"] == name and wait["Trigger"] in ("Any", status)
            for other in steps
            for wait in other["DependsOn"]
            if f"{other['Name']}{suffix}" in found
        )
        if status in ("Failed", "Stopped") and not handled:
            yield name, str(status)


def expected(made: Case) -> tuple[str, dict[str, str]]:
    """How the execution ends, and its steps: each step that can run does, whatever else failed."""
    found: dict[str, str] = {}
    everything: list[dict[str, Any]] = []
    for each in made.steps:
        name = each["Name"]
        everything.append(each)
        if not met(each["DependsOn"], found):
            continue
        if each["Type"] == "Condition":
            found[name] = "Succeeded"
            for inner in each["Arguments"]["IfSteps" if made.taken[name] else "ElseSteps"]:
                everything.append(inner)
                if met(inner["DependsOn"], found):
                    found[inner["Name"]] = made.ends[inner["Name"]]
        elif each["Type"] == "ForEach":
            found[name] = "Succeeded"
            unhandled = set()
            for index in each["Arguments"]["IterableItems"]:
                for inner in each["Arguments"]["ForEachBody"]:
                    if met(inner["DependsOn"], found, f"-{index}"):
                        found[f"{inner['Name']}-{index}"] = made.ends[f"{inner['Name']}-{index}"]
                unhandled |= {status for _, status in bad(each["Arguments"]["ForEachBody"], found, f"-{index}")}
            if unhandled:
                found[name] = "Failed" if "Failed" in unhandled else "Stopped"
        else:
            found[name] = made.ends[name]
    unhandled = {status for _, status in bad(everything, found)}
    if unhandled:
        return ("Failed" if "Failed" in unhandled else "Stopped"), found
    return ("Succeeded" if set(found.values()) <= {"Succeeded"} else "CompletedWithFailures"), found


def run_case(made: Case, **options: Any) -> Any:
    told = {name: ENDS[status] for name, status in made.ends.items()}
    options.setdefault("outcomes", ScriptedRunner(told))
    started = execution(made.steps, clock=VirtualClock(), seed=0, assumptions=CONTINUE, **options)
    started.start()
    return started


class Journal:
    """Keeps what it is told, until it ends the process."""

    def __init__(self, events: int) -> None:
        self.left = events
        self.steps: dict[str, dict[str, Any]] = {}
        self.history: History | None = None

    def step_changed(self, record: StepRecord, previous: str | None) -> None:
        self._count()
        self.steps[record.step.name] = record.saved()

    def status_changed(self, history: History, previous: str | None) -> None:
        self._count()
        self.history = history

    def _count(self) -> None:
        if not self.left:
            raise Ended
        self.left -= 1


class Ended(BaseException):
    """The end of a process."""


def check_runs(seeds: range) -> None:
    for seed in seeds:
        made = case(seed)
        status, steps = expected(made)
        for parallel in (None, 1, 3):
            done = run_case(made, parallel=parallel)
            assert (done.status, states(done)) == (status, steps), seed


def check_ends_of_processes(seeds: range) -> None:
    for seed in seeds:
        made, chance = case(seed), random.Random(seed)
        made.ends = dict.fromkeys(made.ends, "Succeeded")
        made.steps = [each for each in made.steps if each["Type"] != "Fail"]
        status, steps = expected(made)
        runner, journal = ScriptedRunner(), Journal(chance.randint(1, 60))
        try:
            done = run_case(made, outcomes=runner, observer=journal)
        except Ended:
            assert journal.history is not None
            saved = History(**{**vars(journal.history), "steps": tuple(journal.steps.values())})
            succeeded = {name for name, each in journal.steps.items() if each["status"] == "Succeeded"}
            again = ScriptedRunner()
            done = execution(made.steps, clock=VirtualClock(), outcomes=again, assumptions=CONTINUE, history=saved)
            if done.status != "Succeeded":
                done.retry()
            assert not succeeded & set(again.attempts), seed
        assert (done.status, states(done)) == (status, steps), seed


def test_what_runs_is_what_the_rules_say() -> None:
    check_runs(range(300))


def test_no_recorded_step_is_lost_or_run_twice() -> None:
    check_ends_of_processes(range(300))


class Slow:
    """Takes a moment, and counts how often each step has succeeded."""

    def __init__(self) -> None:
        self.succeeded: list[str] = []

    def run(self, context: Any, step: Any, arguments: Any) -> StepResult:
        if context.stopping.wait(random.random() / 500):
            raise StepStopped
        self.succeeded.append(step.name)
        return StepResult({}, {})


def test_stops_and_retries_of_steps_in_threads() -> None:
    chance = random.Random(1)
    for _ in range(30):
        slow = Slow()
        waits = {name: [f"S{i}" for i in chance.sample(range(name), min(name, 2))] for name in range(40)}
        body = [step("B", DependsOn=["S0"])]
        each = step("Each", "ForEach", {"IterableItems": list("abcdef"), "MaxConcurrency": 3, "ForEachBody": body})
        steps = [*(step(f"S{name}", DependsOn=after) for name, after in waits.items()), each]
        started = execution(steps, runners={"Processing": slow}, parallel=chance.choice([1, 2, 8]))
        started.start()
        while True:
            time.sleep(chance.random() / 50)
            started.update(max_parallel_steps=chance.randint(1, 8))
            started.stop()
            if started.wait(60) == "Succeeded":
                break
            assert started.status == "Stopped"
            started.retry()
        assert sorted(slow.succeeded) == sorted({*states(started)} - {"Each"})
        assert len(slow.succeeded) == 46


@pytest.mark.long
def test_many_random_runs() -> None:
    check_runs(range(300, 20_000))
    check_ends_of_processes(range(300, 20_000))
