"""Measures ``smpipe check`` as whole processes, in turn, against a bare start of Python.

The definitions are those of the SageMaker SDK in ``tests/corpus``, each repeated under other names until it has the
wanted number of steps. Reported are medians over the rounds and, as ratio, the median of the ratios to
``python -c pass`` in the same round. CPU time is steadier than wall-clock time on a machine with other work.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

CORPUS = Path(__file__).resolve().parent.parent / "tests" / "corpus"
NAMES = ("abalone", "processing_script", "training_script_mode", "tuning_single", "conditions_nested", "model_register")
CHECK = (sys.executable, "-c", "import sys; from cdk_sagemaker_pipelines.cli import main; sys.exit(main(sys.argv[1:]))")


class Run(NamedTuple):
    """The time that one process took, in seconds."""

    clock: float
    processor: float


def enlarged(document: dict[str, Any], steps: int) -> dict[str, Any]:
    """The definition with its steps repeated, each time under other names."""
    names = sorted(_names(document["Steps"]), key=len, reverse=True)
    name = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, names))})(?![\w-])")
    text = json.dumps(document["Steps"])
    copies = [json.loads(name.sub(rf"\1-{number}", text)) for number in range(-(-steps // len(names)))]
    return {**document, "Steps": [step for copy in copies for step in copy]}


def _names(steps: list[Any]) -> Iterator[str]:
    for step in steps:
        yield step["Name"]
        for branch in ("IfSteps", "ElseSteps", "ForEachBody"):
            yield from _names(step["Arguments"].get(branch, []))


def run(*command: str) -> Run:
    """Runs one process from start to end."""
    environment = {**os.environ, "PYTHONPATH": str(CORPUS.parent.parent / "constructs")}
    start, before = time.perf_counter(), _processor_time()
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    taken = Run(time.perf_counter() - start, _processor_time() - before)
    if done.returncode not in (0, 1) or "Traceback" in done.stderr:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return taken


def _processor_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures smpipe check against the start of Python.")
    parser.add_argument("--runs", type=int, default=7, help="rounds (default: 7)")
    parser.add_argument("--steps", type=int, default=500, help="(default: 500)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        commands: dict[str, tuple[str, ...]] = {"python -c pass": (sys.executable, "-c", "pass")}
        for name in NAMES:
            file = Path(folder, f"{name}.json")
            file.write_text(json.dumps(enlarged(json.loads((CORPUS / f"{name}.json").read_text()), given.steps)))
            commands[f"{name}, {file.stat().st_size // 1000} kB"] = (*CHECK, "check", str(file))
        for command in commands.values():
            run(*command)
        rounds = [{name: run(*command) for name, command in commands.items()} for _ in range(given.runs)]
    print(f"smpipe check, {given.steps} steps, whole process; medians of {given.runs} rounds")
    print(f"{'definition':36}{'clock':>9}{'processor':>11}{'times python -c pass':>22}")
    for name in commands:
        clock, processor = (statistics.median(each[name][i] for each in rounds) for i in (0, 1))
        ratio = statistics.median(each[name].processor / each["python -c pass"].processor for each in rounds)
        print(f"{name:36}{clock:>7.2f} s{processor:>9.2f} s{ratio:>22.1f}")


if __name__ == "__main__":
    main()
