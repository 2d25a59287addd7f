"""Batch transforms with the model's own inference script, and how a model gets there."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy
import pytest

from cdk_sagemaker_pipelines.local.container import isolation
from cdk_sagemaker_pipelines.local.runners import RUNNERS
from tests.local.support import Account, by_name, get, run, step, tar_gz

ROLE = "arn:aws:iam::123456789012:role/job"

TWICE = """
class Twice:
    def predict(self, rows):
        return rows * 2

def model_fn(model_dir):
    assert open(model_dir + "/weights").read() == "w"
    assert open("/opt/ml/model/weights").read() == "w"
    return Twice()
"""


@pytest.fixture(params=["namespace", "rewrite"])
def isolated(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each isolation in turn; the first only where this machine has it."""
    if request.param == "namespace" and isolation.namespaces() is None:
        pytest.skip("no mount namespaces here")
    monkeypatch.setenv("SMPIPE_ISOLATION", request.param)
    return str(request.param)


def transform(
    account: Account,
    script: str,
    *,
    container: dict[str, Any] | None = None,
    inputs: dict[str, Any] | None = None,
    output: dict[str, Any] | None = None,
    **members: Any,
) -> dict[str, Any]:
    """Creates a model whose archive holds script and transforms s3://data/in/ with it; the transform's answer."""
    model = account.put("model.tar.gz", tar_gz({"weights": "w", "code/inference.py": script}))
    create = {
        "PrimaryContainer": {"Image": "sklearn", "ModelDataUrl": model, **(container or {})},
        "ExecutionRoleArn": ROLE,
    }
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/in/"}}
    arguments = {
        "ModelName": get("Steps.Model.ModelName"),
        "TransformInput": {"DataSource": source, "ContentType": "text/csv", **(inputs or {})},
        "TransformOutput": {"S3OutputPath": "s3://data/out", "Accept": "text/csv", **(output or {})},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **members,
    }
    steps = [step("Model", "Model", create), step("Score", "Transform", arguments)]
    return by_name(run(steps, runners=RUNNERS, services=account))["Score"]


def test_default_functions_over_each_object(account: Account, isolated: str) -> None:
    account.put("in/a.csv", "1,2\n3,4\n")
    account.put("in/deep/b.csv", "5,6\n7,8\n")
    answer = transform(account, TWICE)
    assert answer["StepStatus"] == "Succeeded", answer
    assert account.keys("out/") == ["out/a.csv.out", "out/deep/b.csv.out"]
    assert account.read("out/a.csv.out") == b"2.0,4.0\n6.0,8.0\n"
    assert account.read("out/deep/b.csv.out") == b"10.0,12.0\n14.0,16.0\n"
    record = account.last("TransformJob")
    assert record["TransformJobStatus"] == "Completed"
    assert record["ModelName"].startswith("pipelines-abcdefghijkl-model-")
    assert record["TransformStartTime"] <= record["TransformEndTime"]
    assert account.roles == [(ROLE, "SageMaker")]  # that of the model


def test_json_and_npy(account: Account) -> None:
    account.put("in/a", "[[1, 2]]")
    answer = transform(
        account, TWICE, inputs={"ContentType": "application/json"}, output={"Accept": "application/x-npy"}
    )
    assert answer["StepStatus"] == "Succeeded", answer
    array = numpy.load(io.BytesIO(account.read("out/a.out")))
    assert array.tolist() == [[2.0, 4.0]]
    account.put("in/a", account.read("out/a.out"))
    answer = transform(
        account, TWICE, inputs={"ContentType": "application/x-npy"}, output={"Accept": "application/json"}
    )
    assert answer["StepStatus"] == "Succeeded", answer
    assert json.loads(account.read("out/a.out")) == [[4.0, 8.0]]


OWN = """
calls = []

def model_fn(model_dir):
    return "m"

def input_fn(body, content_type):
    assert content_type == "text/csv" and isinstance(body, str), (content_type, body)
    return body

def predict_fn(data, model):
    calls.append(data)
    return f"{model}{len(calls)}:{data!r}"

def output_fn(prediction, accept):
    return prediction, accept
"""


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ({}, "m1:'a\\nbb\\nccc'\n"),
        ({"BatchStrategy": "MultiRecord"}, "m1:'a\\nbb\\nccc'\n"),
        ({"BatchStrategy": "SingleRecord"}, "m1:'a'\nm2:'bb'\nm3:'ccc'\n"),
    ],
)
def test_lines(account: Account, isolated: str, strategy: dict[str, Any], expected: str) -> None:
    account.put("in/x", "a\nbb\nccc\n")
    answer = transform(
        account, OWN, inputs={"SplitType": "Line"}, output={"AssembleWith": "Line"}, **strategy, MaxPayloadInMB=1
    )
    assert answer["StepStatus"] == "Succeeded", answer
    assert account.read("out/x.out").decode() == expected


def test_payloads_are_limited_in_size(account: Account) -> None:
    lines = "".join(f"{i:07d}\n" for i in range(200_000))
    account.put("in/x", lines)
    script = OWN.replace('f"{model}{len(calls)}:{data!r}"', "f'{len(data)} {data[:7]} {data[-7:]}'")
    answer = transform(account, script, inputs={"SplitType": "Line"}, output={"AssembleWith": "Line"}, MaxPayloadInMB=1)
    assert answer["StepStatus"] == "Succeeded", answer
    assert account.read("out/x.out").decode() == "1048575 0000000 0131071\n551423 0131072 0199999\n"
    answer = transform(account, script, MaxPayloadInMB=1)
    assert "x is larger than MaxPayloadInMB; raise it, or set SplitType to 'Line'" in answer["FailureReason"]


def test_code_beside_the_model_and_a_transform_fn(account: Account, isolated: str) -> None:
    account.put("in/x", "body")
    script = """
import os
import helper
def model_fn(model_dir): return helper.WORD
def transform_fn(model, body, content_type, accept):
    return (model + body + os.environ["OWN"] + os.environ["MORE"] + accept).encode()
"""
    code = account.put("code/0a.gz", tar_gz({"serve.py": script, "helper.py": "WORD = 'w '\n"}))
    environment = {"SAGEMAKER_PROGRAM": "serve.py", "SAGEMAKER_SUBMIT_DIRECTORY": code, "OWN": " 1"}
    answer = transform(
        account,
        "raise SystemExit('the other script')",
        container={"Environment": environment},
        output={"Accept": " text/x"},
        Environment={"MORE": "2"},
    )
    assert answer["StepStatus"] == "Succeeded", answer
    assert account.read("out/x.out") == b"w body 12 text/x"


def test_one_object_keeps_its_name(account: Account) -> None:
    uri = account.put("in/deep/a.csv", "1,2\n3,4\n")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}
    assert transform(account, TWICE, inputs={"DataSource": source})["StepStatus"] == "Succeeded"
    assert account.keys("out/") == ["out/a.csv.out"]


LINES = {"inputs": {"SplitType": "Line"}, "output": {"AssembleWith": "Line"}}


@pytest.mark.parametrize("strategy", ["SingleRecord", "MultiRecord"])
def test_filters_and_a_join(account: Account, isolated: str, strategy: str) -> None:
    account.put("in/a.csv", "id1,1,2\nid2,3,4\n")
    account.put("in/deep/b.csv", "id3,5,6")
    script = TWICE.replace("rows * 2", "(rows.reshape(-1, 2) * 2).sum(axis=1)")
    processing = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    answer = transform(account, script, **LINES, DataProcessing=processing, BatchStrategy=strategy)
    assert answer["StepStatus"] == "Succeeded", answer
    assert account.keys("out/") == ["out/a.csv.out", "out/deep/b.csv.out"]
    assert account.read("out/a.csv.out") == b"id1,6.0\nid2,14.0\n"
    assert account.read("out/deep/b.csv.out") == b"id3,22.0\n"


def test_a_join_follows_no_link_out_of_the_job(account: Account, tmp_path: Path) -> None:
    account.put("in/a.csv", "1\n")
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    script = f"""
import os, sys, json
def model_fn(model_dir):
    for batch in json.load(open(sys.argv[1]))["batches"]:
        for name in batch["inputs"]:
            os.remove(name.removesuffix("-sent")); os.symlink({str(secret)!r}, name.removesuffix("-sent"))
def transform_fn(model, body, content_type, accept): return "1"
"""
    answer = transform(account, script, **LINES, DataProcessing={"JoinSource": "Input"})
    assert "is behind a link that leads out of the job's folder" in answer["FailureReason"]
    assert account.keys("out/") == []


@pytest.mark.parametrize(
    ("script", "options", "reason"),
    [
        ("x = 1\n", {}, "has no model_fn(model_dir); it must load and return the model"),
        (TWICE, {"inputs": {"ContentType": "text/xml"}}, "content type 'text/xml' has no default"),
        ("import gone\n", {}, "AlgorithmError: See job logs for more information, exit code: 1"),
        (TWICE.replace("return Twice()", "raise ValueError('no model')"), {}, "ValueError: no model"),
        (TWICE, {"inputs": {"SplitType": "RecordIO"}}, "TransformInput.SplitType is 'RecordIO'"),
        (TWICE, {"inputs": {"CompressionType": "Gzip"}}, "TransformInput.CompressionType is 'Gzip'"),
        (TWICE, {"DataProcessing": {"InputFilter": "$[1:]"}}, "needs SplitType and AssembleWith to be 'Line'"),
        (
            TWICE.replace("return rows * 2", "return rows[:1]"),
            {**LINES, "DataProcessing": {"JoinSource": "Input"}},
            "the model gave 1 answers to 2 records, which cannot be joined",
        ),
        (TWICE, {"ModelName": "nobody"}, "Failed to invoke sagemaker:DescribeModel"),
        (TWICE, {"container": {"ModelDataUrl": "s3://data/none.tar.gz"}}, "s3://data/none.tar.gz (ModelDataUrl)"),
        (
            TWICE,
            {"container": {"Environment": {"SAGEMAKER_PROGRAM": "serve.py"}}},
            "there is no 'serve.py' (SAGEMAKER_PROGRAM) in /opt/ml/model/code",
        ),
        (
            TWICE,
            {"container": {"Environment": {"SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model"}}},
            "the model's image sklearn serves by itself, which needs a container engine",
        ),
    ],
)
def test_what_cannot_be_transformed(account: Account, script: str, options: dict[str, Any], reason: str) -> None:
    account.put("in/a.csv", "1,2\n3,4\n")
    answer = transform(account, script, **options)
    assert answer["StepStatus"] == "Failed"
    assert reason in answer["FailureReason"]
    assert account.keys("out/") == []


def test_an_empty_input(account: Account) -> None:
    answer = transform(account, TWICE)
    assert 'No S3 objects found under S3 URL "s3://data/in/" given in TransformInput' in answer["FailureReason"]
