"""``smpipe run``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines import cli

from .abalone import DEFINITION


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert cli.main(arguments) == code
    captured = capsys.readouterr()
    return captured.err if code == 2 else captured.out


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    definition: dict[str, Any] = json.loads(json.dumps(DEFINITION))
    image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/image:1"
    prepare, train, _ = definition["Steps"]
    prepare["Arguments"]["AppSpecification"]["ImageUri"] = image
    prepare["Arguments"]["ProcessingResources"]["ClusterConfig"]["VolumeSizeInGB"] = 30
    train["Arguments"]["AlgorithmSpecification"]["TrainingImage"] = image
    train["Arguments"]["ResourceConfig"] = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
    train["Arguments"]["StoppingCondition"] = {"MaxRuntimeInSeconds": 3600}
    file = tmp_path / "abalone.json"
    file.write_text(json.dumps(definition).replace("s3://b/", "s3://raw-data/"))
    return file


def outcomes(tmp_path: Path, mse: float) -> str:
    file = tmp_path / "outcomes.json"
    told = {"FinalMetricDataList": [{"MetricName": "mse", "Value": mse}]}
    file.write_text(json.dumps({"Train": {"properties": told, "seconds": 90}}))
    return str(file)


def test_run_takes_the_branch_of_the_outcome(
    pipeline: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    given = outcomes(tmp_path, 9.0)
    printed = told(capsys, "run", str(pipeline), "--outcomes", given, code=1)
    assert printed.splitlines() == [
        "Step        Type           State              Time  Reason",
        "Prepare     Processing     ✓ Succeeded       0.0 s",
        "Train       Training       ✓ Succeeded  1 min 30 s",
        "Check       Condition      ✓ Succeeded       0.0 s",
        "Inaccurate  Fail           ✗ Failed          0.0 s  too inaccurate",
        "Register    RegisterModel    not run",
        "",
        "✗ Failed in 1 min 30 s, played",
        "too inaccurate",
    ]
    document = json.loads(told(capsys, "run", str(pipeline), "--outcomes", given, "-p", "MaxMse=10", "--json"))
    assert document["state"] == "Succeeded"
    assert document["notRun"] == ["Inaccurate"]
    assert document["steps"][1]["arguments"]["HyperParameters"] == {"depth": "5"}


def test_run_refuses(pipeline: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "wrong.json"
    file.write_text('{"Trian": {}}')
    assert "did you mean 'Train'?" in told(capsys, "run", str(pipeline), "--outcomes", str(file), code=2)
    assert "did you mean 'MaxMse'?" in told(capsys, "run", str(pipeline), "-p", "MaxMsee=1", code=2)
    file.write_text("[]")
    assert "must be an object by step name" in told(capsys, "run", str(pipeline), "--outcomes", str(file), code=2)
    assert "cannot be read: No such file" in told(capsys, "run", str(tmp_path / "nothing.json"), code=2)
