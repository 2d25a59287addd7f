"""Wildcards in what a deployment fills in, as far as the app or the template tells what that may be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_sagemaker_pipelines import cli
from tests.pipeline.support import Bench, pipeline, processing


def read_from(bench: Bench, bucket: str) -> None:
    processing(pipeline(bench), "Job", inputs={"raw": f"s3://{bucket}/raw/"})


def found(lines: list[str]) -> list[str]:
    return [line for line in lines if "wildcard-in-literal" in line]


@pytest.mark.parametrize(
    ("options", "marks"),
    [
        ({"default": "data*"}, "'*'"),
        ({"default": "da?a", "type": "String"}, "'?'"),
        ({"default": "data", "allowed_values": ["data", "*"]}, "'*'"),
        ({"default": "data"}, ""),
        ({}, ""),
        ({"default": "/*", "type": "AWS::SSM::Parameter::Value<String>"}, ""),  # the name of what holds the value
    ],
    ids=["star", "question-mark", "allowed", "harmless", "no-default", "ssm"],
)
def test_a_parameter(bench: Bench, options: Any, marks: str) -> None:
    inside = cdk.CfnParameter(cdk.NestedStack(bench.stack, "Other"), "Bucket", default="*")  # of another stack
    assert inside.default == "*"
    read_from(bench, cdk.CfnParameter(bench.stack, "Bucket", **options).value_as_string)
    told = found(bench.errors())
    assert len(told) == bool(marks)
    assert all(f"Arguments.ProcessingInputs[0]: {marks} in 'arn:" in line for line in told)


TABLE = {"eu-west-1": {"bucket": "data", "other": "*"}, "us-east-1": {"bucket": "data-*", "other": "x"}}


@pytest.mark.parametrize(
    ("region", "member", "wrong"),
    [
        (cdk.Aws.REGION, "bucket", True),
        ("us-east-1", "bucket", True),
        ("eu-west-1", "bucket", False),
        ("us-east-1", "other", False),
    ],
    ids=["any", "wild", "harmless", "other"],
)
def test_a_mapping(bench: Bench, capsys: pytest.CaptureFixture[str], region: str, member: str, wrong: bool) -> None:
    read_from(bench, cdk.CfnMapping(bench.stack, "Table", mapping=TABLE).find_in_map(region, member))
    code = cli.main(["check", bench.app.synth().directory])
    told = found(capsys.readouterr().out.splitlines())
    assert (code, len(told)) == (int(wrong), int(wrong))
    assert all("'*' in 'arn:${AWS::Partition}:s3:::${FindInMap}/raw/*'" in line for line in told)


def test_the_command_sees_a_default_as_well(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    read_from(bench, cdk.CfnParameter(bench.stack, "Bucket", default="data").value_as_string)
    directory = Path(bench.app.synth().directory)
    file = directory / "Stack.template.json"
    file.write_text(file.read_text().replace('"Default": "data"', '"Default": "*"'))
    assert cli.main(["check", str(directory)]) == 1
    assert len(found(capsys.readouterr().out.splitlines())) == 1
