"""A pipeline with the built-in XGBoost runs on a local AWS, and as scripted outcomes say."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.gallery.deployment import ROOT, Gallery
from tests.gallery.place import ACCOUNT, REGION

PREPARE = """
from pathlib import Path
rows = Path("/opt/ml/processing/input/raw/abalone.csv").read_text().splitlines()
for name, chosen in (("train", rows[:-10]), ("test", rows[-10:])):
    Path(f"/opt/ml/processing/output/{name}/data.csv").write_text("\\n".join(chosen) + "\\n")
"""
EVALUATE = """
import json, tarfile
import numpy, xgboost
tarfile.open("/opt/ml/processing/input/model/model.tar.gz").extractall("model")
rows = numpy.loadtxt("/opt/ml/processing/input/test/data.csv", delimiter=",")
found = xgboost.Booster(model_file="model/xgboost-model").predict(xgboost.DMatrix(rows[:, 1:]))
mse = float(((found - rows[:, 0]) ** 2).mean())
with open("/opt/ml/processing/output/report/evaluation.json", "w") as file:
    json.dump({"regression_metrics": {"mse": {"value": mse}}}, file)
"""
ROWS = "".join(f"{x % 10},{x % 10},{x % 3}\n" for x in range(200))


TOLD = {
    "Train": {},
    "Evaluate": {"files": {"report/evaluation.json": {"regression_metrics": {"mse": {"value": 4.2}}}}},
}


def test_abalone(tmp_path: Path) -> None:
    shutil.copy(Path(__file__).with_name("abalone.py"), tmp_path / "app.py")
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs/prepare.py").write_text(PREPARE)
    (tmp_path / "jobs/evaluate.py").write_text(EVALUATE)
    variables = {"PYTHONPATH": str(ROOT / "constructs"), "CDK_OUTDIR": str(tmp_path / "cdk.out")}
    subprocess.run([sys.executable, "app.py"], cwd=tmp_path, env={**os.environ, **variables}, check=True)
    outcomes = tmp_path / "outcomes.json"
    with EmbeddedAws(REGION, ACCOUNT, outcomes=outcomes) as aws:
        local = Gallery(aws, tmp_path / "cdk.out", outcomes)
        (data,) = [name for name in local.resources("Abalone", "AWS::S3::Bucket") if "data" in name.lower()]
        local.put(f"s3://{data}/raw/abalone.csv", ROWS.encode())
        ends = dict.fromkeys(("Prepare", "Train", "Evaluate", "CheckMse", "Register"), "Succeeded")
        alone = local.run("Abalone")
        assert (alone.status, alone.statuses()) == ("Succeeded", ends), alone.steps
        assert "xgboost-cpu" in alone.steps["Train"]["StepDescription"]
        done = local.run("Abalone", outcomes=TOLD)
        assert (done.status, done.statuses()) == ("Succeeded", ends)
        report = {"regression_metrics": {"mse": {"value": 7}}}
        bad = local.run("Abalone", outcomes={**TOLD, "Evaluate": {"files": {"report/evaluation.json": report}}})
        assert (bad.status, bad.metadata("TooInaccurate")["ErrorMessage"]) == (
            "Failed",
            "the mean squared error 7 is above 6.0",
        )
