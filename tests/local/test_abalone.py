"""The SageMaker SDK's own example, as the SDK wrote its definition, runs to its end: nothing of it is simulated."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from tests.local.embedding import Embedded, end, steps_of

DEFINITION = Path(__file__).parents[1] / "corpus" / "abalone.json"

PREPROCESS = """
import pathlib
rows = pathlib.Path("/opt/ml/processing/input/abalone.csv").read_text().splitlines()
for name, first, last in (("train", 0, 140), ("validation", 140, 170), ("test", 170, 200)):
    folder = pathlib.Path("/opt/ml/processing", name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.csv").write_text("\\n".join(rows[first:last]) + "\\n")
"""
EVALUATE = """
import json, pathlib, tarfile
import numpy, xgboost
tarfile.open("/opt/ml/processing/model/model.tar.gz").extractall()
model = xgboost.Booster()
model.load_model("xgboost-model")
rows = numpy.loadtxt("/opt/ml/processing/test/test.csv", delimiter=",")
errors = rows[:, 0] - model.predict(xgboost.DMatrix(rows[:, 1:]))
mse = {"value": float((errors ** 2).mean()), "standard_deviation": float(errors.std())}
folder = pathlib.Path("/opt/ml/processing/evaluation")
folder.mkdir(parents=True, exist_ok=True)
(folder / "evaluation.json").write_text(json.dumps({"regression_metrics": {"mse": mse}}))
"""


def scripts(steps: list[dict[str, Any]]) -> dict[str, str]:
    """The S3 URI of each script, by its name."""
    inputs = [one for each in steps for one in each["Arguments"].get("ProcessingInputs", [])]
    uris = [one["S3Input"]["S3Uri"] for one in inputs if one["InputName"] == "code"]
    return {uri.rpartition("/")[2]: uri for uri in uris}


def test_it_runs_to_its_end(embedded: Embedded) -> None:
    text = DEFINITION.read_text("utf-8")
    s3, sagemaker = embedded.client("s3"), embedded.client("sagemaker")
    s3.create_bucket(Bucket="my-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    chance = random.Random(7)
    sizes = [[chance.random() for _ in range(8)] for _ in range(200)]
    rows = [f"{8 * row[0] + 4 * row[1]:.3f}," + ",".join(f"{value:.3f}" for value in row) for row in sizes]
    files = {"abalone.csv": "\n".join(rows), "batch/a.libsvm": "0:0.5 1:0.5 7:0.1\n0:0.9 1:0.9\n"}
    for name, uri in scripts(json.loads(text)["Steps"]).items():
        files[uri.removeprefix("s3://my-bucket/")] = {"preprocess.py": PREPROCESS, "evaluate.py": EVALUATE}[name]
    for key, content in files.items():
        s3.put_object(Bucket="my-bucket", Key=key, Body=content.encode())
    role = "arn:aws:iam::123456789012:role/pipeline"
    sagemaker.create_pipeline(
        PipelineName="abalone", PipelineDefinition=text, RoleArn=role, ClientRequestToken="a" * 32
    )
    arn = sagemaker.start_pipeline_execution(PipelineName="abalone")["PipelineExecutionArn"]
    status = end(embedded, arn)["PipelineExecutionStatus"]
    steps = steps_of(embedded, arn)
    assert status == "Succeeded", steps
    assert {name for name, each in steps.items() if each["StepStatus"] == "Succeeded"} == {
        "AbaloneProcess", "AbaloneTrain", "AbaloneEval", "AbaloneMSECond", "AbaloneRegisterModel-RegisterModel",
        "AbaloneCreateModel-CreateModel", "AbaloneTransform",
    }  # fmt: skip
    body = s3.get_object(Bucket="my-bucket", Key="AbaloneTransform/a.libsvm.out")["Body"].read().decode()
    less, more = map(float, body.split())
    assert less < more
    name = steps["AbaloneTrain"]["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
    description = sagemaker.describe_training_job(TrainingJobName=name)
    assert {each["MetricName"] for each in description["FinalMetricDataList"]} == {"train:rmse", "validation:rmse"}
