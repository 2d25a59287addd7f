"""Functions that the SageMaker SDK runs as steps: what the driver in their containers gets and puts by itself."""

from __future__ import annotations

from typing import Any

from tests.language.support import get, step

from .support import ROLE, of_job
from .test_handed_over import told

BASE = "s3://data/Pipe"
DRIVER = "/opt/ml/input/data/sagemaker_remote_function_bootstrap/job_driver.sh"
EXECUTION = get("Execution.PipelineExecutionId")
RESULTS = "Steps.one.OutputDataConfig.S3OutputPath"


def joined(on: str, *values: Any) -> dict[str, Any]:
    return {"Std:Join": {"On": on, "Values": list(values)}}


def function(name: str, *references: Any, driver: str = DRIVER, folder: str = "2026-11-30") -> dict[str, Any]:
    """A step as SDK 2.257 writes it, without what it shares with other training jobs."""
    arguments: list[Any] = ["--s3_base_uri", BASE, "--region", "eu-west-1", "--dependency_settings", "{}"]
    arguments += ["--pipeline_step_name", name, "--pipeline_execution_id", EXECUTION]
    arguments += ["--func_step_s3_dir", folder] if folder else []
    arguments += ["--property_references", "Execution.PipelineExecutionId", EXECUTION, *references]
    algorithm = {"ContainerEntrypoint": ["/bin/bash", driver], "ContainerArguments": arguments}
    output = {"S3OutputPath": joined("/", BASE, EXECUTION, name, "results")}
    return step(name, "Training", {"RoleArn": ROLE, "AlgorithmSpecification": algorithm, "OutputDataConfig": output})


def of_function(given: dict[str, Any], *others: dict[str, Any]) -> list[tuple[str, str]]:
    found = of_job("Training", given["Arguments"], *others)
    return sorted({(actions, arn) for actions, arns, *_ in found for arn in arns.split()})


def objects(*paths: str) -> list[tuple[str, str]]:
    files = [f"{path}/{file}" for path in paths for file in ("metadata.json", "payload.pkl")]
    return [("s3:GetObject", f"arn:aws:s3:::data/{file}") for file in files]


def test_the_driver_reads_the_function_and_its_arguments_and_writes_what_is_raised() -> None:
    assert of_function(function("one")) == [
        ("s3:AbortMultipartUpload s3:PutObject", "arn:aws:s3:::data/Pipe/*/one/exception/*"),
        ("s3:AbortMultipartUpload s3:PutObject", "arn:aws:s3:::data/Pipe/*/one/results/*"),
        *objects("Pipe/one/2026-11-30/arguments", "Pipe/one/2026-11-30/function"),
    ]


def test_the_driver_reads_the_results_of_other_functions() -> None:
    two = function("two", RESULTS, joined("", get(RESULTS)))
    reads = [entry for entry in of_function(two, function("one")) if entry[0] == "s3:GetObject"]
    assert set(reads) == {
        *objects("Pipe/two/2026-11-30/arguments", "Pipe/two/2026-11-30/function"),
        *objects("Pipe/one/2026-11-30/arguments", "Pipe/one/2026-11-30/function"),  # of the same role
        *objects("Pipe/*/one/results"),
    }
    assert told(function("one"), two) == []


def test_what_the_function_itself_is_told_is_handed_over() -> None:
    raw = step("one", "Training", {"RoleArn": ROLE, "OutputDataConfig": {"S3OutputPath": "s3://other/models"}})
    two = function("two", RESULTS, get(RESULTS), "Parameters.Raw", "s3://data/raw/")
    reads = [entry for entry in of_function(two, raw) if entry[0] == "s3:GetObject"]
    assert reads == objects("Pipe/two/2026-11-30/arguments", "Pipe/two/2026-11-30/function")
    where = "two AlgorithmSpecification.ContainerArguments"
    assert told(two) == [f"{where}[18] Job data/raw/"]
    assert told(raw | {"Arguments": raw["Arguments"] | {"RoleArn": f"{ROLE}2"}}, two) == [
        f"{where}[16] Job other/models",
        f"{where}[18] Job data/raw/",
    ]


def test_other_code_is_not_taken_for_the_driver() -> None:
    for other in (function("one", driver="/opt/own.sh"), function("one", folder="")):
        assert of_function(other) == [
            ("s3:AbortMultipartUpload s3:PutObject", "arn:aws:s3:::data/Pipe/*/one/results/*")
        ]
        assert told(other) == ["one AlgorithmSpecification.ContainerArguments[1] Job data/Pipe"]
