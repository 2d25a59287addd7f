"""Definitions of a given number of steps, in the shapes that pipelines have."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from cdk_sagemaker_pipelines.language import Definition

from .definitions import definition, get, step


def job(name: str, *reads: str, after: list[str] | None = None) -> dict[str, Any]:
    """A step that reads the output of others, and waits for further ones."""
    outputs = [get(f"Steps.{other}.ProcessingOutputConfig.Outputs['out']") for other in reads]
    inputs: dict[str, Any] = {f"In{i}": output for i, output in enumerate(outputs)}
    return step(name, depends_on=after, **inputs)


def chain(steps: int) -> Definition:
    """One after another."""
    return definition(*(job(f"Step{i}", *([f"Step{i - 1}"] if i else [])) for i in range(steps)))


def fan(steps: int) -> Definition:
    """Out to many and in again, several times."""
    wide = max(2, int(steps**0.5))
    found, last = [job("Start")], "Start"
    for turn in range((steps - 1) // (wide + 1)):
        names = [f"Part{turn}-{i}" for i in range(wide)]
        found += [*(job(name, last) for name in names), job(f"Join{turn}", *names)]
        last = f"Join{turn}"
    return definition(*found)


def nested(steps: int) -> Definition:
    """Conditions, each in a branch of the one before."""

    def inside(turn: int) -> list[Any]:
        check = {"Type": "GreaterThan", "LeftValue": get("Parameters.X"), "RightValue": turn}
        yes = [job(f"Yes{turn}", f"Work{turn}")]
        return [job(f"Work{turn}"), step(f"Check{turn}", "Condition", [f"Work{turn}"], Conditions=[check], IfSteps=yes)]

    whole: list[Any] = []
    for turn in reversed(range(steps // 3)):
        work, check = inside(turn)
        check["Arguments"]["ElseSteps"] = whole
        whole = [work, check]
    return definition(*whole, Parameters=[{"Name": "X", "Type": "Integer", "DefaultValue": 1}])


def loops(steps: int) -> Definition:
    """Loops one after another, each with five steps in its body."""
    found = []
    for turn in range(steps // 6):
        body = [job(f"B{turn}-{i}", after=[f"B{turn}-{i - 1}"] if i else None) for i in range(5)]
        after = [f"Each{turn - 1}"] if turn else None
        found.append(step(f"Each{turn}", "ForEach", after, IterableItems=["a", "b"], ForEachBody=body))
    return definition(*found)


def mixed(steps: int) -> Definition:
    """Steps that read one to three of the last eight, and sometimes wait for another."""
    chance, found, names = random.Random(7), [], []  # type: ignore[var-annotated]
    for index in range(steps):
        near = names[-8:]
        reads = chance.sample(near, min(len(near), chance.choice([1, 1, 1, 2, 2, 3])))
        far = [chance.choice(names)] if names and chance.random() < 0.15 else []
        found.append(job(f"Node{index}", *reads, after=[name for name in far if name not in reads] or None))
        names.append(f"Node{index}")
    return definition(*found)


SHAPES: dict[str, Callable[[int], Definition]] = {
    "chain": chain,
    "fan": fan,
    "nested": nested,
    "loops": loops,
    "mixed": mixed,
}
"""By name."""
