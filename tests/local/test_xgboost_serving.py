"""Batch transforms with models of the built-in XGBoost algorithm, and scripts in its image that import the library."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.container import isolation
from cdk_sagemaker_pipelines.local.runners import RUNNERS
from tests.local.support import Account, by_name, get, processing, run, step, tar_gz, training
from tests.local.test_xgboost import IMAGE

ROLE = "arn:aws:iam::123456789012:role/job"
BINARY = "".join(f"{int(x >= 30)},{x}\n" for x in range(60))
TWICE = """
import tarfile
tarfile.open("/opt/ml/processing/model/model.tar.gz").extractall("model")
with tarfile.open("/opt/ml/processing/out/m.tar.gz", "w:gz") as archive:
    for name in ("xgboost-model-0", "xgboost-model-1"):
        archive.add("model/xgboost-model", name)
"""
PREDICT = """
import json, tarfile, xgboost
tarfile.open("/opt/ml/processing/model/model.tar.gz").extractall("model")
booster = xgboost.Booster(model_file="model/xgboost-model")
json.dump({"rounds": booster.num_boosted_rounds()}, open("/opt/ml/processing/report/report.json", "w"))
"""
CLASSES = "".join(f"{x // 20},{x}\n" for x in range(60))


_trained: dict[tuple[str, str], bytes] = {}


def trained(account: Account, data: str, hyperparameters: dict[str, str]) -> str:
    """The archive of a model in S3; trained once for all tests that take the same."""
    chosen = (data, json.dumps(hyperparameters))
    if chosen not in _trained:
        train = training({"num_round": "20", **hyperparameters}, {"train": account.put("train/data", data)})
        train["AlgorithmSpecification"]["TrainingImage"] = IMAGE
        train["InputDataConfig"][0]["ContentType"] = "text/csv"
        answer = by_name(run([step("Train", "Training", train)], runners=RUNNERS, services=account))["Train"]
        assert answer["StepStatus"] == "Succeeded", answer
        artifacts = account.last("TrainingJob")["ModelArtifacts"]["S3ModelArtifacts"]
        _trained[chosen] = account.read(artifacts.removeprefix("s3://data/"))
    return account.put("model/model.tar.gz", _trained[chosen])


def scored(
    account: Account,
    data: str,
    hyperparameters: dict[str, str],
    given: str,
    *,
    environment: dict[str, str] | None = None,
    content_type: str | None = "text/csv",
    output: dict[str, str] | None = None,
    **members: Any,
) -> dict[str, Any]:
    """Trains with data, and transforms in/x, which holds what is given; the transform's step."""
    account.put("in/x", given)
    archive = trained(account, data, hyperparameters)
    container = {"Image": IMAGE, "ModelDataUrl": archive, "Environment": environment or {}}
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/in/"}}
    form = {"ContentType": content_type} if content_type else {}
    transform = {
        "ModelName": get("Steps.Model.ModelName"),
        "TransformInput": {"DataSource": source, "SplitType": "Line", **form},
        "TransformOutput": {"S3OutputPath": "s3://data/out", "AssembleWith": "Line", **(output or {})},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **members,
    }
    steps = [
        step("Model", "Model", {"PrimaryContainer": container, "ExecutionRoleArn": ROLE}),
        step("Score", "Transform", transform),
    ]
    return by_name(run(steps, runners=RUNNERS, services=account))["Score"]


def lines(account: Account) -> list[str]:
    return account.read("out/x.out").decode().splitlines()


@pytest.mark.parametrize("way", ["namespace", "rewrite"])
def test_a_value_for_each_line(account: Account, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    if way == "namespace" and isolation.namespaces() is None:
        pytest.skip("no mount namespaces here")
    monkeypatch.setenv("SMPIPE_ISOLATION", way)
    answer = scored(account, BINARY, {"objective": "binary:logistic"}, "1\n59\n")
    assert answer["StepStatus"] == "Succeeded", answer
    assert "runs as xgboost-cpu" in answer["StepDescription"]
    low, high = map(float, lines(account))
    assert low < 0.2 < 0.8 < high


def test_libsvm_without_a_content_type_and_a_join(account: Account) -> None:
    chosen = {"objective": "reg:squarederror", "eta": "1"}
    answer = scored(account, BINARY, chosen, "0:1\n0:59\n", content_type=None)
    assert answer["StepStatus"] == "Succeeded", answer
    first = [float(value) for value in lines(account)]
    assert first == [pytest.approx(0, abs=0.01), pytest.approx(1, abs=0.01)]
    join = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    answer = scored(account, BINARY, chosen, "a,1\nb,59\n", output={"Accept": "text/csv"}, DataProcessing=join)
    assert answer["StepStatus"] == "Succeeded", answer
    assert [line.partition(",")[0] for line in lines(account)] == ["a", "b"]
    assert [float(line.partition(",")[2]) for line in lines(account)] == first


def test_several_classes(account: Account) -> None:
    answer = scored(account, CLASSES, {"objective": "multi:softprob", "num_class": "3"}, "1\n30\n59")
    assert answer["StepStatus"] == "Succeeded", answer
    assert [max(range(3), key=json.loads(line).__getitem__) for line in lines(account)] == [0, 1, 2]


@pytest.mark.parametrize("accept", ["text/csv", "application/json", "application/jsonlines"])
def test_selected_output(account: Account, accept: str) -> None:
    chosen = {"SAGEMAKER_INFERENCE_OUTPUT": "predicted_label, labels,probability"}
    objective = {"objective": "multi:softprob", "num_class": "3"}
    answer = scored(account, CLASSES, objective, "1\n59", environment=chosen, output={"Accept": accept})
    assert answer["StepStatus"] == "Succeeded", answer
    if accept == "text/csv":
        assert [line.rpartition(",")[0] for line in lines(account)] == ['0,"[0, 1, 2]"', '2,"[0, 1, 2]"']
        return
    records = [json.loads(line) for line in lines(account)]
    if accept == "application/json":
        (records,) = [record["predictions"] for record in records]
    assert [(record["predicted_label"], record["labels"]) for record in records] == [(0, [0, 1, 2]), (2, [0, 1, 2])]
    assert all(0.5 < record["probability"] < 1 for record in records)


def test_selected_output_that_the_objective_lacks(account: Account) -> None:
    chosen = {"SAGEMAKER_INFERENCE_OUTPUT": "predicted_score,probability"}
    answer = scored(account, BINARY, {"objective": "reg:squarederror"}, "1", environment=chosen)
    assert answer["StepStatus"] == "Succeeded", answer
    assert lines(account)[0].endswith(",nan")


@pytest.mark.parametrize(
    ("given", "options", "reason"),
    [
        ("1", {"content_type": "application/json"}, "Content-type application/json is not supported"),
        ("a", {}, "Loading csv data failed with Exception, please ensure data is in csv format"),
        ("1", {"output": {"Accept": "application/x-recordio-protobuf"}}, "is not supported; local runs of XGBoost"),
    ],
)
def test_what_cannot_be_scored(account: Account, given: str, options: dict[str, Any], reason: str) -> None:
    answer = scored(account, BINARY, {}, given, **options)
    assert reason in answer["FailureReason"]


def test_several_models_are_averaged(account: Account) -> None:
    """A model's archive as it is here, with the same model twice under other names."""
    answer = scored(account, BINARY, {"objective": "binary:logistic"}, "59")
    assert answer["StepStatus"] == "Succeeded", answer
    one = lines(account)
    model = trained(account, BINARY, {"objective": "binary:logistic"})
    code = account.put("code/two.py", TWICE)
    copy = processing(code, inputs={"model": model}, outputs={"out": "s3://data/two"})
    create = {"PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": "s3://data/two/m.tar.gz"}, "ExecutionRoleArn": ROLE}
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/in/"}}
    transform = {
        "ModelName": get("Steps.Model.ModelName"),
        "TransformInput": {"DataSource": source, "ContentType": "text/csv"},
        "TransformOutput": {"S3OutputPath": "s3://data/again"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    steps = [
        step("Copy", arguments=copy),
        step("Model", "Model", create, DependsOn=["Copy"]),
        step("Score", "Transform", transform),
    ]
    again = by_name(run(steps, runners=RUNNERS, services=account))["Score"]
    assert again["StepStatus"] == "Succeeded", again
    assert float(account.read("again/x.out")) == pytest.approx(float(one[0]))


def test_scripts_in_the_image_import_xgboost(account: Account) -> None:
    model = trained(account, BINARY, {"objective": "binary:logistic"})
    arguments = processing(
        account.put("code/predict.py", PREDICT), inputs={"model": model}, outputs={"report": "s3://data/report"}
    )
    arguments["AppSpecification"]["ImageUri"] = IMAGE
    answer = by_name(run([step("Evaluate", arguments=arguments)], runners=RUNNERS, services=account))["Evaluate"]
    assert answer["StepStatus"] == "Succeeded", answer
    assert json.loads(account.read("report/report.json")) == {"rounds": 20}
    files = {"train.py": "import xgboost; print('has', xgboost.__version__)"}
    source = account.put("code/sourcedir.tar.gz", tar_gz(files))
    script = training({"sagemaker_program": '"train.py"', "sagemaker_submit_directory": json.dumps(source)}, {})
    script["AlgorithmSpecification"]["TrainingImage"] = IMAGE
    answer = by_name(run([step("Train", "Training", script)], runners=RUNNERS, services=account))["Train"]
    assert answer["StepStatus"] == "Succeeded", answer
    assert "has 3.2.0" in account.log("/aws/sagemaker/TrainingJobs")
