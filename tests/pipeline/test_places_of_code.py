"""Places that only ``reads=`` and ``writes=`` say, and buckets that are called by a construct and by their name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import ExecutionVariables, ForEachStep, S3Location
from cdk_sagemaker_pipelines.cli import main
from tests.pipeline.support import Bench, pipeline, processing

RUN = ExecutionVariables.PIPELINE_EXECUTION_ID


def warned(bench: Bench, code: str) -> list[str]:
    found = cdk.assertions.Annotations.from_stack(bench.stack).find_warning(
        "*", cdk.assertions.Match.string_like_regexp(rf".*\[{code}\].*")
    )
    return [str(warning.entry.data).partition(f" [{code}]")[0] for warning in found]


def checked(bench: Bench, capsys: pytest.CaptureFixture[str], code: str) -> list[str]:
    main(["check", bench.app.synth().directory])
    return [line for line in capsys.readouterr().out.splitlines() if f": {code}: " in line]


@pytest.mark.parametrize(
    ("written", "read", "at"),
    [
        ({"writes": ["of/"]}, {"reads": ["of/"]}, "reads[0]"),
        ({"writes": ["of/"]}, {"reads": ["of/it/"]}, "reads[0]"),
        ({"writes": ["of/it/"]}, {"inputs": "of/"}, "Arguments.ProcessingInputs[0].S3Input.S3Uri"),
        ({"outputs": "of/"}, {"reads": ["other/", "of/"]}, "reads[1]"),
    ],
)
def test_code_reads_what_another_step_writes(
    bench: Bench, capsys: pytest.CaptureFixture[str], written: dict[str, Any], read: dict[str, Any], at: str
) -> None:
    data = s3.Bucket(bench.stack, "Data")

    def placed(field: str, given: Any) -> Any:
        places = [S3Location(data, f"{RUN}/{text}") for text in ([given] if isinstance(given, str) else given)]
        return {"it": places[0]} if field in ("inputs", "outputs") else places

    made = pipeline(bench)
    processing(made, "Writer", **{field: placed(field, given) for field, given in written.items()})
    processing(made, "Reader", **{field: placed(field, given) for field, given in read.items()})
    (told,) = warned(bench, "unordered-read")
    assert told.startswith(f"step 'Reader': {at}: it reads 's3://${{Data}}/")
    assert "where 'Writer' writes (" in told
    assert len(checked(bench, capsys, "unordered-read")) == 1


def test_code_that_waits_or_shares_a_bucket_is_fine(bench: Bench) -> None:
    data = s3.Bucket(bench.stack, "Data")
    of, other = S3Location(data, f"{RUN}/of/"), S3Location(data, f"{RUN}/other/")
    made = pipeline(bench)
    writer = processing(made, "Writer", writes=[of, S3Location(data)], reads=[of])
    processing(made, "Later", reads=[of]).add_dependency(writer)
    processing(made, "Another", reads=[other], writes=[other])
    assert warned(bench, "unordered-read") == []
    assert warned(bench, "same-place") == []


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_bucket_by_its_construct_and_by_its_name_is_one(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str], elsewhere: bool
) -> None:
    home = cdk.Stack(bench.app, "Base", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    data = s3.Bucket(home if elsewhere else bench.stack, "Data", bucket_name="data-of-it")
    made = pipeline(bench)
    processing(made, "First", outputs={"out": S3Location(data, f"of/{RUN}/")})
    processing(made, "Second", outputs={"out": f"s3://data-of-it/of/{RUN}/"})
    processing(made, "Reader", inputs={"in": f"s3://data-of-it/of/{RUN}/"})
    (same,), (unordered,) = warned(bench, "same-place"), warned(bench, "unordered-read")
    assert "'s3://data-of-it/of/{Execution.PipelineExecutionId}', as 'First' does" in same
    assert "where 'First' writes" in unordered
    assert len(checked(bench, capsys, "same-place")) == len(checked(bench, capsys, "unordered-read")) == 1


def test_what_the_body_of_a_for_each_writes_is_waited_for_by_the_for_each(bench: Bench) -> None:
    data = s3.Bucket(bench.stack, "Data")
    made = pipeline(bench)
    each = ForEachStep(made, "Each", items=["a", "b"], max_concurrency=2)
    processing(each.body, "Writer", outputs={"out": S3Location(data, f"of/{RUN}/{each.item}/")})
    processing(made, "Reader", inputs={"in": S3Location(data, f"of/{RUN}/")})
    (told,) = warned(bench, "unordered-read")
    assert told.endswith("but does not wait for it; let the step depend on 'Each'")
