"""Measures the engine: executions whose steps end as told, so that only the engine takes time.

Each shape and size runs in a process of its own, a few times in turn; reported are medians, of processor time, which is
steadier than wall-clock time on a machine with other work. "prepare" is parsing the definition and ordering it, "run"
the rest. "kept" is what a finished execution holds in memory beyond its prepared state, by tracemalloc, in another
process than the times. ``local_runs.py`` measures executions on the local AWS, and unit tests.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import threading
import time
import tracemalloc
from pathlib import Path
from typing import Any

from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.local.engine.clock import REAL_CLOCK, VirtualClock
from cdk_sagemaker_pipelines.local.engine.execution import PipelineExecution
from cdk_sagemaker_pipelines.local.engine.scripted import ScriptedRunner

SHAPES = ("wide", "deep", "random", "layered", "for-each")
SIZES = (100, 500, 1000, 5000)
KEPT = 10_000
"""The number of steps for the memory that they take."""
LAYER = 20
BODY = 3


class NoServices:
    """An account in which there is nothing to ask."""

    region, account, partition = "eu-west-1", "123456789012", "aws"

    def client(self, name: str) -> Any:
        raise NotImplementedError(name)

    def end_step(self, execution_arn: str, step: str) -> None:
        """Has no sessions."""

    def record_job(self, kind: str, name: str, description: dict[str, Any]) -> None:
        """Forgets the job."""


def definition(shape: str, count: int) -> dict[str, Any]:
    """A pipeline of this shape with about this many steps in its run."""
    chance = random.Random(1)
    waits = {
        "wide": lambda i: [],
        "deep": lambda i: [i - 1] if i else [],
        "random": lambda i: sorted(chance.sample(range(i), min(i, 3))),
        "layered": lambda i: list(range((i // LAYER - 1) * LAYER, i // LAYER * LAYER)) if i >= LAYER else [],
    }
    if shape == "for-each":
        # As many loops as are needed, each with up to 100 items of three steps.
        items = [min(100, count // BODY - start) for start in range(0, count // BODY, 100)]
        steps = [_loop(f"Each{number}", size) for number, size in enumerate(items)]
    else:
        steps = [step(f"S{i}", [f"S{j}" for j in waits[shape](i)]) for i in range(count)]
    return {"Version": "2020-12-01", "Steps": steps}


def step(name: str, waits: list[str], arguments: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "Name": name, "Type": "Processing", "Arguments": arguments or {"Environment": {"A": "1"}},
        **({"DependsOn": waits} if waits else {}),
    }  # fmt: skip


def _loop(name: str, items: int) -> dict[str, Any]:
    get = {"Get": f"Steps.{name}B0.ProcessingJobName"}
    body = [
        step(f"{name}B0", [], {"Environment": {"A": {"Get": "ForEach.CurrentItem"}}}),
        step(f"{name}B1", [], {"Environment": {"A": get}}),
        step(f"{name}B2", [f"{name}B1"]),
    ]
    arguments = {"IterableItems": [str(i) for i in range(items)], "MaxConcurrency": 50, "ForEachBody": body}
    return {"Name": name, "Type": "ForEach", "Arguments": arguments}


def execution(document: Definition, *, virtual: bool = False) -> PipelineExecution:
    services: Any = NoServices()
    arn = "arn:aws:sagemaker:eu-west-1:123456789012:pipeline/p"
    return PipelineExecution(
        document,
        pipeline_name="p",
        pipeline_arn=arn,
        execution_id="abcdefghijkl",
        execution_arn=f"{arn}/execution/abcdefghijkl",
        parameters={},
        max_parallel_steps=50,
        services=services,
        runners=ScriptedRunner().for_all_types(),
        clock=VirtualClock() if virtual else REAL_CLOCK,
    )


def measured(shape: str, count: int) -> dict[str, float]:
    """The seconds of processor time that one execution took, and the number of its steps and threads."""
    text = json.dumps(definition(shape, count))
    started = time.process_time()
    made = execution(Definition.parse(text))
    prepared = time.process_time()
    made.start()
    status = made.wait()
    ended = time.process_time()
    if status != "Succeeded":
        raise SystemExit(f"{shape} {count}: {status}")
    return {
        "prepare": prepared - started,
        "run": ended - prepared,
        "steps": len(made.steps()),
        "threads": threading.active_count(),
    }


def kept(count: int) -> float:
    """The bytes that a finished step holds."""
    made = execution(Definition(definition("deep", count)), virtual=True)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    made.start()
    used = tracemalloc.get_traced_memory()[0] - before
    assert made.status == "Succeeded"
    return used / count


def _apart(*arguments: str) -> Any:
    root = Path(__file__).resolve().parent.parent
    environment = {**os.environ, "PYTHONPATH": f"{root / 'constructs'}{os.pathsep}{root}", "CDK_VALIDATION": "false"}
    command = [sys.executable, __file__, "--one", *arguments]
    return json.loads(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures the engine of local executions with scripted steps.")
    parser.add_argument("--runs", type=int, default=5, help="rounds (default: 5)")
    parser.add_argument("--one", nargs=2, metavar=("SHAPE", "STEPS"), help="one measurement, as JSON")
    given = parser.parse_args()
    if given.one:
        shape, count = given.one[0], int(given.one[1])
        print(json.dumps(kept(count) if shape == "kept" else measured(shape, count)))
        return
    rounds = [
        {(shape, size): _apart(shape, str(size)) for shape in SHAPES for size in SIZES} for _ in range(given.runs)
    ]
    print(f"local executions, milliseconds for each scripted step; medians of {given.runs} rounds")
    print(f"{'shape':10}{'steps':>7}{'prepare':>11}{'run':>11}{'threads':>9}")
    for shape in SHAPES:
        for size in SIZES:
            found = [each[shape, size] for each in rounds]
            prepare, run, steps, threads = (
                statistics.median(one[name] for one in found) for name in ("prepare", "run", "steps", "threads")
            )
            each_step = (f"{1000 * total / steps:>8.3f} ms" for total in (prepare, run))
            print(f"{shape:10}{steps:>7.0f}{''.join(each_step)}{threads:>9.0f}")
    print(f"kept for each of {KEPT:,} finished steps: {_apart('kept', str(KEPT)) / 1024:.2f} KiB")


if __name__ == "__main__":
    main()
