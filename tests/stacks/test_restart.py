"""The examples, deployed by the real CDK CLI to a local AWS with a state, which is killed and started anew."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.local.aws.serving import Server
from tests.stacks.deployment import ACCOUNT, REGION, ROOT, Deployment

pytestmark = [pytest.mark.deploy, pytest.mark.slow, pytest.mark.long]

_SMPIPE = "import sys; from cdk_sagemaker_pipelines.cli import main; sys.exit(main(sys.argv[1:]))"


def test_deployed_examples_go_on_after_a_kill(tmp_path: Path) -> None:
    outcomes = tmp_path / "outcomes.json"
    report = {"report/evaluation.json": {"regression_metrics": {"mse": {"value": 4.2}}}}
    outcomes.write_text(json.dumps({"Prepare": {}, "Train": {}, "Evaluate": {"files": report}, "Predict": {}}))
    app = tmp_path / "app"
    app.mkdir()
    with Server(tmp_path, outcomes, REGION) as server:
        made = Deployment(app, server, "Diabetes")
        made.cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}")
        made.cdk("deploy", "Dev/*", "--require-approval", "never")
        first = made.run()
        assert first.status == "Succeeded", first.reason
        server.kill()
        server.start()
        assert "not restored" not in server.said

        assert "There were no differences" in made.cdk("diff", "Dev/*")
        listed = made.sagemaker.list_pipeline_executions(PipelineName="Diabetes")["PipelineExecutionSummaries"]
        assert [one["PipelineExecutionArn"] for one in listed] == [first.arn]
        assert made.steps(first.arn) == first.steps
        assert "Succeeded" in smpipe(server, "start", "Diabetes", "--watch")
        assert len(made.sagemaker.list_model_packages(ModelPackageGroupName="diabetes")["ModelPackageSummaryList"]) == 2

        stack = made.app / "stacks/diabetes/stack.py"
        stack.write_text(stack.read_text().replace("default=4000.0", "default=3500.0"))
        made.cdk("deploy", "Dev/Diabetes", "--require-approval", "never")
        definition = json.loads(made.sagemaker.describe_pipeline(PipelineName="Diabetes")["PipelineDefinition"])
        assert {"Name": "MaxMse", "Type": "Float", "DefaultValue": 3500.0} in definition["Parameters"]
        server.kill()
        server.start()
        assert "not restored" not in server.said
        made.cdk("destroy", "Dev/*", "--force")
        stacks = made.client("cloudformation").describe_stacks()["Stacks"]
        assert [one["StackName"] for one in stacks] == ["CDKToolkit"]
        assert made.sagemaker.list_pipelines()["PipelineSummaries"] == []


def smpipe(server: Server, *arguments: str) -> str:
    """What the command prints."""
    environment: dict[str, Any] = {**os.environ, **server.environment(), "PYTHONPATH": str(ROOT / "constructs")}
    done = subprocess.run(
        [sys.executable, "-c", _SMPIPE, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
