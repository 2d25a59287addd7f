"""Measures executions on the local AWS, and the unit tests of a pipeline; ``engine.py`` measures the engine alone.

Each is measured a few times in processes of their own; reported are medians. On the local AWS, where clients wait for
answers, it is wall-clock time from the first start to the last end; of unit tests it is processor time.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.testing import run
from stacks.diabetes import DiabetesStack

TESTED = 1000
SERVED, STEPS = 20, 50
PROCESSING: dict[str, Any] = {
    "ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}},
    "AppSpecification": {"ImageUri": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/x:1"},
    "RoleArn": "arn:aws:iam::123456789012:role/Job",
}


def served(executions: int) -> dict[str, float]:
    """What executions that run at once take on the local AWS, from the first start to the last end."""
    steps = [{"Name": f"S{number}", "Type": "Processing", "Arguments": PROCESSING} for number in range(STEPS)]
    with tempfile.TemporaryDirectory() as folder:
        outcomes = Path(folder, "outcomes.json")
        outcomes.write_text(json.dumps({f"S{number}": {} for number in range(STEPS)}))
        with EmbeddedAws("eu-west-1", "123456789012", outcomes=outcomes) as aws:
            client = aws.services().client("sagemaker")
            text = json.dumps({"Version": "2020-12-01", "Steps": steps})
            client.create_pipeline(PipelineName="p", PipelineDefinition=text, RoleArn=PROCESSING["RoleArn"])
            started, answers = time.perf_counter(), []
            left = [
                client.start_pipeline_execution(PipelineName="p")["PipelineExecutionArn"] for _ in range(executions)
            ]
            while left:
                before = time.perf_counter()
                described = client.describe_pipeline_execution(PipelineExecutionArn=left[0])
                answers.append(time.perf_counter() - before)
                if described["PipelineExecutionStatus"] == "Succeeded":
                    left.pop(0)
            took = time.perf_counter() - started
    return {"run": took, "median": statistics.median(answers), "longest": max(answers)}


def tested(runs: int) -> float:
    """The seconds of processor time of this many unit tests' runs of the first example, which is read once."""
    app = cdk.App()
    stack = DiabetesStack(app, "Dev")
    started = time.process_time()
    for _ in range(runs):
        result = run(stack, {"Evaluate": {"report": {"mse": 9000.0}}})
    assert result.states["TooInaccurate"] == "Failed"
    return time.process_time() - started


def _apart(what: str) -> Any:
    root = Path(__file__).resolve().parent.parent
    environment = {**os.environ, "PYTHONPATH": f"{root / 'constructs'}{os.pathsep}{root}", "CDK_VALIDATION": "false"}
    command = [sys.executable, __file__, "--one", what]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures executions on the local AWS, and unit tests of a pipeline.")
    parser.add_argument("--runs", type=int, default=5, help="rounds (default: 5)")
    parser.add_argument("--one", choices=("served", "tested"), help="one measurement, as JSON")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(served(SERVED) if given.one == "served" else tested(TESTED)))
        return
    found = [_apart("served") for _ in range(given.runs)]
    took, median, longest = (
        1000 * statistics.median(one[name] for one in found) for name in ("run", "median", "longest")
    )
    print(f"{SERVED} executions of {STEPS} steps at once on the local AWS: {took / SERVED / STEPS:.2f} ms a step")
    print(f"descriptions meanwhile: {median:.0f} ms, at most {longest:.0f} ms")
    seconds = statistics.median(_apart("tested") for _ in range(given.runs))
    print(f"{TESTED:,} runs of the example as unit tests make them: {seconds:.2f} s")


if __name__ == "__main__":
    main()
