"""Measures synthesis as whole processes, in turn, against a floor and against the SageMaker Python SDK.

The pipeline has processing steps, each reading the output of the one before it. All subjects name buckets and images
by their URIs, except this library from 101 steps on, where it puts the definition into a bucket:

- floor: a CfnPipeline with the same definition, written by hand, and one role (``stack.to_json_string``);
- shared role: this library, all jobs with one role (``default_job_role``);
- own roles: this library, a role for each job;
- peer: a hand-written app with the same roles and permissions, each an ``iam.Role`` with an inline policy;
- sdk: ``pipeline.definition()`` of the SageMaker Python SDK, in an environment of its own without CDK.

Every round runs every subject once in every size, so that other work on the machine affects all of them. Reported are
medians over the rounds and, as ratio, the median of the ratios to the floor in the same round. CPU time is steadier
than wall-clock time on a machine with other work. Needs what ``make bench`` prepares.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

SUBJECTS = Path(__file__).resolve().parent / "subjects"
ROOT = SUBJECTS.parent.parent
FLOOR, SHARED, OWN, PEER, SDK = "floor", "shared role", "own roles", "peer", "sdk"
MOST_ROLES = 400
"""The limit of steps with a role each; CloudFormation allows 500 resources in a stack."""
MB = 1_000_000

Run = dict[str, float | None]
"""The usage of one process: wall-clock "seconds", "processor" seconds with its node processes, and the peak memory of
"python" and "node" in bytes."""
Runs = Mapping[tuple[str, int], Sequence[Run]]
"""By subject and number of steps, in the order of the rounds."""


class Bench:
    """Runs the subjects; ``folder`` is for their output."""

    def __init__(self, folder: Path, sdk_python: str | None) -> None:
        self._folder = folder
        self._sdk_python = sdk_python
        # CDK's validation of templates costs the same in all subjects and would hide the rest; so would compiling
        # modules anew in each process, as PYTHONDONTWRITEBYTECODE (which containers set) makes it
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_", "PYTHON"))},
            "CDK_VALIDATION": "false",
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
        }

    def commands(self, steps: int) -> dict[str, list[str]]:
        """The commands of the subjects that can have this size."""
        assembly, definition = str(self._folder / "assembly"), str(self._definition(steps))
        library = [sys.executable, str(SUBJECTS / "library.py"), str(steps)]
        commands = {
            FLOOR: [sys.executable, str(SUBJECTS / "floor.py"), definition, assembly],
            SHARED: [*library, "shared", assembly],
        }
        if steps <= MOST_ROLES:
            commands[OWN] = [*library, "own", assembly]
            commands[PEER] = [sys.executable, str(SUBJECTS / "peer.py"), str(self._template(steps)), assembly]
        if self._sdk_python:
            commands[SDK] = [self._sdk_python, str(SUBJECTS / "sdk.py"), str(steps)]
        return commands

    def prepare(self, sizes: Sequence[int]) -> None:
        """Writes what floor and peer read, and runs everything once so that all files are compiled and cached."""
        for steps in sizes:
            commands = self.commands(steps)
            self.run([*commands[SHARED], str(self._definition(steps))])
            if OWN in commands:
                self.run(commands[OWN])
                shutil.copy(self._folder / "assembly" / "Benchmark.template.json", self._template(steps))
        for command in self.commands(min(sizes)).values():
            self.run(command)

    def run(self, command: list[str]) -> Run:
        """Runs one process from start to end."""
        with tempfile.TemporaryFile("w+") as output:
            start, before = time.perf_counter(), _processor_time()
            status = subprocess.run(command, env=self._environment, cwd=self._folder, stdout=output, stderr=output)
            seconds, processor = time.perf_counter() - start, _processor_time() - before
            output.seek(0)
            text = output.read()
        if status.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{text}")
        told = next(line for line in text.splitlines() if line.startswith('{"python"'))
        return {"seconds": seconds, "processor": processor, **json.loads(told)}

    def _definition(self, steps: int) -> Path:
        return self._folder / f"definition-{steps}.json"

    def _template(self, steps: int) -> Path:
        return self._folder / f"template-{steps}.json"


def _processor_time() -> float:
    """The CPU seconds of all child processes that have ended, including their own children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(bench: Bench, sizes: Sequence[int], rounds: int) -> Runs:
    """Runs the rounds and reports their progress on standard error."""
    runs: dict[tuple[str, int], list[Run]] = {}
    for number in range(1, rounds + 1):
        for steps in sizes:
            for subject, command in bench.commands(steps).items():
                runs.setdefault((subject, steps), []).append(bench.run(command))
        print(f"round {number} of {rounds}", file=sys.stderr)
    return runs


def median(runs: Sequence[Run], what: str) -> float | None:
    """The median, or None if it is unknown."""
    values = [value for run in runs if (value := run[what]) is not None]
    return statistics.median(values) if values else None


def ratio(runs: Sequence[Run], floor: Sequence[Run], what: str) -> float | None:
    """The median of the ratios to the floor in the same round."""
    pairs = [(run[what], below[what]) for run, below in zip(runs, floor, strict=True)]
    ratios = [value / below for value, below in pairs if value is not None and below]
    return statistics.median(ratios) if ratios else None


def spread(runs: Sequence[Run]) -> float:
    """The spread of one subject's times: their interquartile range as a fraction of the median."""
    times = [float(run["seconds"] or 0) for run in runs]
    if len(times) < 2:
        return 0.0
    low, middle, high = statistics.quantiles(times, n=4, method="inclusive")
    return (high - low) / middle


def table(runs: Runs, what: str, title: str, tell: Callable[[float], str]) -> Iterator[str]:
    """A row for each size and a column for each subject, with the ratio to the floor after the value."""
    subjects = [subject for subject in (FLOOR, SHARED, OWN, PEER, SDK) if any(key[0] == subject for key in runs)]
    yield title
    yield "steps" + "".join(f"{subject:>{9 if subject == FLOOR else 17}}" for subject in subjects)
    for steps in sorted({size for _, size in runs}):
        row = f"{steps:5}"
        for subject in subjects:
            measured = runs.get((subject, steps))
            value = median(measured, what) if measured else None
            times = ratio(measured, runs[FLOOR, steps], what) if measured else None
            shown = tell(value) if value else "-"
            against = f"({times:.2f})" if value and times else ""
            row += f"{shown:>9}" if subject == FLOOR else f"{shown:>9}{against:>8}"
        yield row.rstrip()


def growth(runs: Runs, subject: str) -> str:
    """The cost of one more step, between neighbouring sizes that differ enough to measure it."""
    points = sorted((steps, median(each, "processor") or 0) for (name, steps), each in runs.items() if name == subject)
    costs = [
        f"{(seconds - before) / (steps - fewer) * 1000:.1f} ({fewer} to {steps})"
        for (fewer, before), (steps, seconds) in pairwise(points)
        if steps - fewer >= 20
    ]
    return f"  {subject:12} {', '.join(costs) or '-'}"


def report(runs: Runs, machine: Mapping[str, str], rounds: int) -> Iterator[str]:
    """The human-readable lines, none longer than 80 characters."""
    yield "Synthesis of a pipeline of processing steps that are chained by their data"
    yield f"  {machine['system']}, {machine['cores']} cores, python {machine['python']}, node {machine['node']}"
    yield f"  aws-cdk-lib {machine['aws-cdk-lib']}, jsii {machine['jsii']}, sagemaker {machine['sagemaker']}"
    yield f"  medians of {rounds} rounds; in brackets: ratio to the floor; CDK_VALIDATION=false"
    yield ""
    yield from table(runs, "seconds", "whole process, seconds", lambda value: f"{value:.2f}")
    yield ""
    yield from table(runs, "processor", "CPU time with its node processes, seconds", lambda value: f"{value:.2f}")
    yield ""
    yield from table(runs, "python", "peak memory of the Python process, MB", lambda value: f"{value / MB:.0f}")
    yield ""
    yield from table(runs, "node", "peak memory of its node processes, MB", lambda value: f"{value / MB:.0f}")
    yield ""
    yield "one more step, milliseconds of CPU time"
    yield from (growth(runs, subject) for subject in dict.fromkeys(subject for subject, _ in runs))
    yield ""
    noise = [spread(each) for each in runs.values()]
    yield (
        f"noise: the middle half of a subject's runs spans {statistics.median(noise):.0%} of its median, "
        f"{max(noise):.0%} at most"
    )
    if any(size > MOST_ROLES for _, size in runs):
        yield f"own roles beyond {MOST_ROLES} steps: CloudFormation allows 500 resources in a stack"


def describe_machine(sdk_python: str | None) -> dict[str, str]:
    """The machine and the versions that were measured."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        "node": _output("node", "--version").lstrip("v"),
        "aws-cdk-lib": version("aws-cdk-lib"),
        "jsii": version("jsii"),
        "sagemaker": _sdk_version(sdk_python) if sdk_python else "not measured",
    }


def find_sdk() -> str | None:
    """The Python with the SDK, created when first needed; None if that fails, for example without a network."""
    try:
        return _output(sys.executable, str(ROOT / "tests" / "goldens" / "environment.py"), "2")
    except subprocess.CalledProcessError as error:
        print(f"the SDK is not measured, its environment is missing: {error.stderr.strip()[-200:]}", file=sys.stderr)
        return None


def _sdk_version(python: str) -> str:
    return _output(python, "-c", "from importlib.metadata import version; print(version('sagemaker'))")


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Measures synthesis against a floor and the SageMaker Python SDK.")
    parser.add_argument("--runs", type=int, default=7, help="rounds, at least 5 for quotable figures (default: 7)")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 10, 50, 500], help="(default: 1 10 50 500)")
    parser.add_argument("--json", action="store_true", help="print the machine and every run as JSON, not the tables")
    given = parser.parse_args(arguments)
    sdk_python = find_sdk()
    machine = describe_machine(sdk_python)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), sdk_python)
        bench.prepare(given.sizes)
        runs = measure(bench, given.sizes, given.runs)
    if given.json:
        flat: list[dict[str, Any]] = [
            {"subject": subject, "steps": steps, **run} for (subject, steps), each in runs.items() for run in each
        ]
        print(json.dumps({"machine": machine, "runs": flat}, indent=1))
    else:
        print("\n".join(report(runs, machine, given.runs)))


if __name__ == "__main__":
    main()
