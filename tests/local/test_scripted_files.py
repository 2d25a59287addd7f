"""What scripted steps leave: files of their outcomes, placeholders, and the properties that others read."""

from __future__ import annotations

import io
import json
import re
import tarfile
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.engine.memory_account import MemoryAccount
from cdk_sagemaker_pipelines.local.engine.scripted import Outcome, ScriptedRunner
from tests.local.support import by_name, get, processing, run, states, step, training

TRAIN = training({"x": "1"}, {})


def tuning(**members: Any) -> dict[str, Any]:
    job = {"OutputDataConfig": TRAIN["OutputDataConfig"], **members}
    return {"TrainingJobDefinition": job}


def files(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        return {member.name: opened.extractfile(member).read() for member in opened}  # type: ignore[union-attr]


def objects(steps: list[Any], told: dict[str, Outcome]) -> dict[str, bytes]:
    account = MemoryAccount()
    done = run(steps, told=told, services=account, execution_id="abcdefghijkl", seed=1)
    assert done.status == "Succeeded", [row.get("FailureReason") for row in done.steps()]
    return dict(account.objects)


def test_a_training_leaves_the_archive_of_its_outcome() -> None:
    told = Outcome(files={"model.tar.gz": {"model.json": {"a": 1}, "code/inference.py": "x = 1\n"}})
    reader = step("Read", arguments={"Model": get("Steps.Train.ModelArtifacts.S3ModelArtifacts")})
    runner = ScriptedRunner({"Train": told})
    account = MemoryAccount()
    done = run([step("Train", "Training", TRAIN), reader], outcomes=runner, services=account)
    assert done.status == "Succeeded"
    uri = runner.arguments["Read"]["Model"]
    assert uri.startswith("s3://data/models/pipelines-abcdefghijkl-Train-")
    assert uri.endswith("/output/model.tar.gz")
    assert list(account.objects) == [uri]
    assert files(account.objects[uri]) == {"model.json": b'{"a": 1}', "code/inference.py": b"x = 1\n"}


def test_a_tuning_leaves_the_model_of_its_best_training_job() -> None:
    told = {"Tune": Outcome(files={"model.tar.gz": {"m": "x"}})}
    name = {"Name": get("Steps.Tune.BestTrainingJob.TrainingJobName")}
    found = objects([step("Tune", "Tuning", tuning()), step("Read", arguments=name)], {**told, "Read": Outcome()})
    ((uri, body),) = found.items()
    assert uri.endswith("-001/output/model.tar.gz")
    assert files(body) == {"m": b"x"}


@pytest.mark.parametrize(
    ("given", "ends"),
    [
        (step("A", "Training", TRAIN), "/output/model.tar.gz"),
        (step("A", "Tuning", tuning()), "-001/output/model.tar.gz"),
        (step("A", "Tuning", {"TrainingJobDefinitions": [*tuning().values()]}), "-001/output/model.tar.gz"),
        (step("A", arguments=processing("s3://data/x.py", outputs={"o": "s3://data/o"})), "s3://data/o/PLACEHOLDER.txt"),
        (step("A", "Transform", {"TransformOutput": {"S3OutputPath": "s3://data/t/"}}), "s3://data/t/PLACEHOLDER.txt"),
        (step("A", "Training", {"OutputDataConfig": {"S3OutputPath": "s3://data/m", "CompressionType": "NONE"}}),
         "/output/model/PLACEHOLDER.txt"),
    ],
    ids=["training", "tuning", "tunings", "processing", "transform", "uncompressed"],
)  # fmt: skip
def test_a_step_without_files_leaves_a_placeholder(given: dict[str, Any], ends: str) -> None:
    ((uri, body),) = objects([given], {"A": Outcome()}).items()
    assert uri.endswith(ends)
    text = files(body)["PLACEHOLDER.txt"] if uri.endswith(".tar.gz") else body
    assert b"nothing ran: the step A ended as its outcome says" in text


def test_placeholders_only_where_nothing_is_given() -> None:
    arguments = processing("s3://data/x.py", outputs={"a": "s3://data/a", "b": "s3://data/b"})
    found = objects([step("A", arguments=arguments)], {"A": Outcome(files={"a/x/y.txt": "text", "a/z.json": [1]})})
    assert {uri: body for uri, body in found.items() if uri != "s3://data/b/PLACEHOLDER.txt"} == {
        "s3://data/a/x/y.txt": b"text", "s3://data/a/z.json": b"[1]",
    }  # fmt: skip
    assert len(found) == 3
    transform = step("A", "Transform", {"TransformOutput": {"S3OutputPath": "s3://data/t"}})
    assert objects([transform], {"A": Outcome(files={"in/x.csv.out": "1\n"})}) == {"s3://data/t/in/x.csv.out": b"1\n"}


def test_archives_are_equal_to_the_byte() -> None:
    told = {"A": Outcome(files={"model.tar.gz": {"m": "x"}})}
    first = objects([step("A", "Training", TRAIN)], told)
    (body,) = first.values()
    assert first == objects([step("A", "Training", TRAIN)], told)
    assert body[4:8] == bytes(4)  # gzip's time


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("modl.tar.gz", "step 'A' has no output 'modl.tar.gz'; did you mean 'model.tar.gz'"),
        ("model.tar.gz/x", "writes to 'model.tar.gz/x'; write <output>/<path>, or 'model.tar.gz' for an archive"),
    ],
)
def test_files_that_a_step_cannot_leave(where: str, reason: str) -> None:
    done = run([step("A", "Training", TRAIN)], told={"A": Outcome(files={where: "x"})}, services=MemoryAccount())
    assert reason in by_name(done)["A"]["FailureReason"]


@pytest.mark.parametrize(
    ("type", "arguments", "path", "value"),
    [
        ("Endpoint", {"EndpointName": "live"}, "EndpointName", "live"),
        ("EndpointConfig", {}, "EndpointConfigArn", r"arn:aws:sagemaker:eu-west-1:123456789012:endpoint-config/.*"),
        ("AutoML", {}, "AutoMLJobStatus", "Completed"),
        ("Transform", {}, "TransformJobName", "pipelines-abcdefghijkl-A-.*"),
        ("QualityCheck", processing("s3://data/x.py", outputs={"o": "s3://data/o"}),
         "CalculatedBaselineStatistics", "s3://data/o/statistics.json"),
        ("ClarifyCheck", processing("s3://data/x.py", outputs={"o": "s3://data/o"}),
         "BaselineUsedForDriftCheckConstraints", "s3://data/o/analysis.json"),
    ],
    ids=["endpoint", "config", "automl", "transform", "quality", "clarify"],
)  # fmt: skip
def test_what_others_read_of_a_scripted_step(type: str, arguments: dict[str, Any], path: str, value: str) -> None:
    runner = ScriptedRunner()
    done = run([step("A", type, arguments), step("B", arguments={"X": get(f"Steps.A.{path}")})], outcomes=runner)
    assert done.status == "Succeeded", json.dumps(states(done))
    assert re.fullmatch(value, runner.arguments["B"]["X"])


def test_a_scripted_check_finds_the_violations_that_it_is_told() -> None:
    outcomes = {"A": Outcome(violation=True)}
    check = step("A", "QualityCheck", processing("s3://data/x.py", outputs={"o": "s3://data/o"}))
    assert by_name(run([check], outcomes=outcomes))["A"]["FailureReason"] == "ClientError: the check found violations"
    assert run([{**check, "FailOnViolation": False}], outcomes=outcomes).status == "Succeeded"
