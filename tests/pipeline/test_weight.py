"""What a step costs, as far as it can be counted; benchmarks/synthesis.py measures the time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROBE = """
import json, sys
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_iam as iam
from jsii._kernel.providers.process import _NodeProcess
from cdk_sagemaker_pipelines import Image, Pipeline, ProcessingStep, S3Location

calls = 0
send = _NodeProcess.send

def counted(self, *arguments):
    global calls
    calls += 1
    return send(self, *arguments)

_NodeProcess.send = counted

def synthesize(steps):
    global calls
    calls = 0
    app = App(outdir=sys.argv[2] + f"/{steps}")
    stack = Stack(app, "Stack", env=Environment(account="111122223333", region="us-east-1"))
    shared = None
    if sys.argv[1] == "shared":
        shared = iam.Role.from_role_arn(stack, "Job", "arn:aws:iam::111122223333:role/Job")
    place = S3Location.from_uri("s3://my-bucket")
    pipeline = Pipeline(stack, "Pipeline", artifacts=place, default_job_role=shared)
    data = place.below("raw/")
    for number in range(steps):
        step = ProcessingStep(
            pipeline, f"Step{number}", image=Image.sklearn("1.2-1"), instance_type="ml.m5.large",
            inputs={"data": data}, outputs=["out"],
        )
        data = step.output("out")
    app.synth()
    return calls

first, few, many = synthesize(1), synthesize(2), synthesize(12)
loaded = [name for name in sys.modules if name.startswith("aws_cdk.aws_") and name.count(".") == 1]
families = {name.split(".types.")[1].split(".")[0] for name in sys.modules if ".types." in name}
told = {"first": first, "calls": (many - few) / 10, "loaded": sorted(loaded), "families": sorted(families)}
print(json.dumps(told))
"""


@pytest.mark.parametrize(("roles", "first", "most"), [("shared", 120, 3.5), ("own", 75, 6.5)])
def test_a_step_makes_few_calls_to_cdk_and_loads_only_what_it_needs(
    roles: str, first: int, most: float, tmp_path: Path
) -> None:
    """Every call is a message to the node process; ``first``: of a pipeline of one step.

    A step is a construct, two calls read what it is tagged with, and its own role takes three more.
    """
    command = [sys.executable, "-c", PROBE, roles, str(tmp_path)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert told["first"] <= first
    assert told["calls"] <= most
    assert told["families"] == ["base", "jobs"]
    assert told["loaded"] == ["aws_cdk.aws_iam", "aws_cdk.aws_sagemaker"]


def test_the_benchmarks_run(tmp_path: Path) -> None:
    """The floor reads what the library wrote, and both report the memory they used."""
    subjects = Path(__file__).parents[2] / "benchmarks" / "subjects"

    def told(subject: str, *arguments: str) -> object:
        command = [sys.executable, str(subjects / f"{subject}.py"), *arguments]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path)
        return json.loads(done.stdout.splitlines()[-1]).keys()

    assert told("library", "2", "shared", "assembly", "definition.json") == {"python", "node"}
    assert told("floor", "definition.json", "floor") == {"python", "node"}
