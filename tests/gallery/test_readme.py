"""The first example of the README runs on a local AWS as the documents say."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.gallery.deployment import ROOT, Gallery
from tests.gallery.place import ACCOUNT, REGION

SCRIPT = """
from pathlib import Path
for name in ("train", "test"):
    Path(f"/opt/ml/processing/output/{name}/data.csv").write_text("1,2")
"""


def block(document: str, language: str) -> str:
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```", (ROOT / document).read_text("utf-8"), re.M | re.S)
    return found[0]


def test_the_first_example_with_its_outcomes(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(block("README.md", "python"))
    (tmp_path / "jobs").mkdir()
    for name in ("prepare", "evaluate"):
        (tmp_path / f"jobs/{name}.py").write_text(SCRIPT)
    variables = {"PYTHONPATH": str(ROOT / "constructs"), "CDK_OUTDIR": str(tmp_path / "cdk.out")}
    subprocess.run([sys.executable, "app.py"], cwd=tmp_path, env={**os.environ, **variables}, check=True)
    outcomes = tmp_path / "outcomes.json"
    with EmbeddedAws(REGION, ACCOUNT, outcomes=outcomes) as aws:
        local = Gallery(aws, tmp_path / "cdk.out", outcomes)
        (data,) = [name for name in local.resources("Abalone", "AWS::S3::Bucket") if "data" in name.lower()]
        local.put(f"s3://{data}/raw/abalone.csv", b"1,2")
        alone = local.run("Abalone")
        assert alone.statuses() == {"Prepare": "Succeeded", "Train": "Failed"}
        assert "only runs in a container engine" in alone.steps["Train"]["FailureReason"]
        told = json.loads(block("docs/local.md", "json"))
        done = local.run("Abalone", outcomes=told)
        ends = dict.fromkeys(("Prepare", "Train", "Evaluate", "CheckMse", "Register"), "Succeeded")
        assert (done.status, done.statuses()) == ("Succeeded", ends)
        told["Evaluate"]["files"]["report/evaluation.json"]["regression_metrics"]["mse"]["value"] = 7
        bad = local.run("Abalone", outcomes=told)
        assert (bad.status, bad.metadata("TooInaccurate")["ErrorMessage"]) == (
            "Failed",
            "the mean squared error 7 is above 6.0",
        )
