"""A hand-written definition, all of it really run: prepare, train, evaluate, condition, register, model, transform."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.container import isolation
from cdk_sagemaker_pipelines.local.runners import RUNNERS
from tests.local.support import Account, by_name, condition, execution, get, processing, states, step, tar_gz, training

PREPARE = """
import csv
from pathlib import Path
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

features, target = load_diabetes(return_X_y=True)
parts = train_test_split(features, target, random_state=0)
for name, x, y in (("train", parts[0], parts[2]), ("test", parts[1], parts[3])):
    with Path("/opt/ml/processing", name, "data.csv").open("w", newline="") as file:
        csv.writer(file).writerows([value, *row] for row, value in zip(x.tolist(), y.tolist()))
with open("/opt/ml/processing/batch/rows.csv", "w", newline="") as file:
    csv.writer(file).writerows(parts[1].tolist())
"""

TRAIN = """
import argparse, os, pickle
import numpy
from sklearn.linear_model import Ridge

parser = argparse.ArgumentParser()
parser.add_argument("--alpha", type=float)
alpha = parser.parse_args().alpha
rows = numpy.loadtxt(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "data.csv"), delimiter=",")
model = Ridge(alpha=alpha).fit(rows[:, 1:], rows[:, 0])
print(f"train r2: {model.score(rows[:, 1:], rows[:, 0]):.4f}")
with open(os.path.join(os.environ["SM_MODEL_DIR"], "model.pkl"), "wb") as file:
    pickle.dump(model, file)
"""

EVALUATE = """
import json, pickle, tarfile
import numpy

with tarfile.open("/opt/ml/processing/model/model.tar.gz") as archive:
    model = pickle.load(archive.extractfile("model.pkl"))
rows = numpy.loadtxt("/opt/ml/processing/test/data.csv", delimiter=",")
with open("/opt/ml/processing/report/evaluation.json", "w") as file:
    json.dump({"metrics": {"r2": {"value": model.score(rows[:, 1:], rows[:, 0])}}}, file)
"""

SERVE = """
import os, pickle

def model_fn(model_dir):
    with open(os.path.join(model_dir, "model.pkl"), "rb") as file:
        return pickle.load(file)
"""

ROLE = "arn:aws:iam::123456789012:role/job"


def output(of: str, name: str) -> dict[str, str]:
    return get(f"Steps.{of}.ProcessingOutputConfig.Outputs['{name}'].S3Output.S3Uri")


def place(name: str) -> dict[str, Any]:
    values = ["s3:/", "data", get("Execution.PipelineName"), get("Execution.PipelineExecutionId"), name]
    return {"Std:Join": {"On": "/", "Values": values}}


def definition(account: Account) -> list[dict[str, Any]]:
    prepare = account.put("code/prepare.py", PREPARE)
    evaluate = account.put("code/evaluate.py", EVALUATE)
    source = account.put("code/train.gz", tar_gz({"train.py": TRAIN}))
    serve = account.put("code/serve.gz", tar_gz({"serve.py": SERVE}))
    model = get("Steps.Train.ModelArtifacts.S3ModelArtifacts")
    container: dict[str, Any] = {
        "Image": "sklearn",
        "ModelDataUrl": model,
        "Environment": {"SAGEMAKER_PROGRAM": "serve.py", "SAGEMAKER_SUBMIT_DIRECTORY": serve},
    }
    hyperparameters: dict[str, Any] = {
        "sagemaker_program": '"train.py"',
        "sagemaker_submit_directory": json.dumps(source),
        "alpha": {"Std:Join": {"On": "", "Values": [get("Parameters.Alpha")]}},
    }
    train = training(hyperparameters, {"train": output("Prepare", "train")})
    train["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "train:r2", "Regex": "train r2: (.*)"}]
    r2 = {"Std:JsonGet": {"PropertyFile": get("Steps.Evaluate.PropertyFiles.Report"), "Path": "metrics.r2.value"}}
    register = {
        "ModelPackageGroupName": "diabetes",
        "InferenceSpecification": {
            "Containers": [{"Image": "sklearn", "ModelDataUrl": model}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        "ModelMetrics": {"Bias": {}, "Explainability": {}},
        "ModelPackageDescription": {
            "Std:Join": {"On": " ", "Values": ["train r2", get("Steps.Train.FinalMetricDataList['train:r2'].Value")]}
        },
    }
    transform = {
        "ModelName": get("Steps.Model.ModelName"),
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": output("Prepare", "batch")}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {"S3OutputPath": place("scores"), "Accept": "text/csv", "AssembleWith": "Line"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    good: list[dict[str, Any]] = [
        step("Register", "RegisterModel", register),
        step("Model", "Model", {"PrimaryContainer": container, "ExecutionRoleArn": ROLE}),
        step("Score", "Transform", transform),
    ]
    message = {"Std:Join": {"On": "", "Values": ["r2 is below ", get("Parameters.MinR2")]}}
    return [
        condition(
            "Check",
            [{"Type": "GreaterThanOrEqualTo", "LeftValue": r2, "RightValue": get("Parameters.MinR2")}],
            good,
            [step("Poor", "Fail", {"ErrorMessage": message})],
        ),
        step(
            "Evaluate",
            arguments=processing(
                evaluate,
                inputs={"model": model, "test": output("Prepare", "test")},
                outputs={"report": place("report")},
            ),
            PropertyFiles=[{"PropertyFileName": "Report", "OutputName": "report", "FilePath": "evaluation.json"}],
        ),
        step("Train", "Training", train),
        step(
            "Prepare", arguments=processing(prepare, outputs={name: place(name) for name in ("train", "test", "batch")})
        ),
    ]


PARAMETERS = [
    {"Name": "Alpha", "Type": "Float", "DefaultValue": 0.1},
    {"Name": "MinR2", "Type": "Float", "DefaultValue": 0.2},
]


@pytest.mark.parametrize("kind", ["namespace", "rewrite"])
def test_from_data_to_scores(account: Account, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if kind == "namespace" and isolation.namespaces() is None:
        pytest.skip("no mount namespaces here")
    monkeypatch.setenv("SMPIPE_ISOLATION", kind)
    started = execution(definition(account), parameters=PARAMETERS, runners=RUNNERS, services=account)
    started.start()
    assert started.wait(120) == "Succeeded", started.steps()
    names = ["Prepare", "Train", "Evaluate", "Check", "Register", "Model", "Score"]
    assert states(started) == dict.fromkeys(names, "Succeeded")
    assert [answer["StepName"] for answer in reversed(started.steps())][:4] == names[:4]

    sagemaker = account.client("sagemaker")
    package = by_name(started)["Register"]["Metadata"]["RegisterModel"]["Arn"]
    described = sagemaker.describe_model_package(ModelPackageName=package)
    assert described["ModelPackageVersion"] == 1
    assert described["ModelPackageDescription"].startswith("train r2 0.5")
    assert described["ModelApprovalStatus"] == "PendingManualApproval"
    model = by_name(started)["Model"]["Metadata"]["Model"]["Arn"].rpartition("/")[2]
    assert sagemaker.describe_model(ModelName=model)["ModelName"] == model

    scores = account.read("p/abcdefghijkl/scores/rows.csv.out").decode().splitlines()
    assert len(scores) == 111
    assert all(0 < float(score) < 400 for score in scores)


def test_not_good_enough(account: Account) -> None:
    started = execution(
        definition(account), parameters=PARAMETERS, values={"MinR2": "0.99"}, runners=RUNNERS, services=account
    )
    started.start()
    assert started.wait(120) == "Failed"
    assert started.failure_reason == "r2 is below 0.99"
    assert states(started) == {
        **dict.fromkeys(["Prepare", "Train", "Evaluate", "Check"], "Succeeded"),
        "Poor": "Failed",
    }


def test_a_group_gets_further_versions(account: Account) -> None:
    register = {
        "ModelPackageGroupName": "g",
        "InferenceSpecification": {
            "Containers": [{"Image": "i", "ModelDataUrl": "s3://data/m.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        "ModelApprovalStatus": "Approved",
    }
    steps = [step(f"R{i}", "RegisterModel", register) for i in range(3)]
    started = execution(steps, runners=RUNNERS, services=account, parallel=3)
    started.start()
    assert started.wait(60) == "Succeeded", started.steps()
    packages = account.client("sagemaker").list_model_packages(ModelPackageGroupName="g")["ModelPackageSummaryList"]
    assert sorted(package["ModelPackageVersion"] for package in packages) == [1, 2, 3]


def test_register_without_a_group(account: Account) -> None:
    started = execution([step("R", "RegisterModel", {})], runners=RUNNERS, services=account)
    started.start()
    assert started.wait(60) == "Failed"
    assert "no ModelPackageGroupName" in by_name(started)["R"]["FailureReason"]
