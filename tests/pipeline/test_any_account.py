"""Stacks without a known account and region: a bucket of the app is none whose name people write with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import Image, S3Location, Script, SourceDir, TrainingStep
from cdk_sagemaker_pipelines.cli import main
from tests.pipeline.support import ENVIRONMENT, Bench, pipeline, processing

BOTH = pytest.mark.parametrize("environment", [ENVIRONMENT, None], ids=["known", "agnostic"])


def warnings(bench: Bench, code: str) -> list[str]:
    like = cdk.assertions.Match.string_like_regexp(rf"\[{code}\]")
    found = cdk.assertions.Annotations.from_stack(bench.stack).find_warning("*", like)
    return [str(warning.entry.data) for warning in found]


def processed(bench: Bench, code: Path, place: S3Location, **more: Any) -> None:
    processing(pipeline(bench), "Job", script=Script(str(code / "run.py")), environment={"PLACE": place}, **more)


def trained(bench: Bench, code: Path, place: S3Location, **more: Any) -> None:
    TrainingStep(
        pipeline(bench),
        "Job",
        image=Image.sklearn("1.2-1"),
        source=SourceDir(str(code), entry_point="run.py"),
        instance_type="ml.m5.large",
        hyperparameters={"PLACE": place},
        **more,
    )


@BOTH
@pytest.mark.parametrize("declare", [processed, trained], ids=["processing", "training"])
def test_a_place_that_code_is_handed(tmp_path: Path, declare: Any, environment: cdk.Environment | None) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "run.py").write_text("", encoding="utf-8")
    for name, reads, told in (("Without", False, 1), ("With", True, 0)):
        bench = Bench(tmp_path / name, environment=environment)
        place = S3Location(s3.Bucket(bench.stack, "Bucket"), "x/")
        declare(bench, code, place, **({"reads": [place]} if reads else {}))
        assert len(warnings(bench, "handed-over")) == told, name


@BOTH
def test_a_role_that_is_granted_on_another_bucket(
    tmp_path: Path, environment: cdk.Environment | None, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = Bench(tmp_path, environment=environment)
    role = iam.Role(bench.stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    logs = f"arn:aws:s3:::logs-{cdk.Aws.ACCOUNT_ID}"
    role.add_to_policy(iam.PolicyStatement(actions=["s3:*"], resources=[logs, f"{logs}/*"]))
    bucket, own = s3.Bucket(bench.stack, "Bucket"), f"s3://logs-{cdk.Aws.ACCOUNT_ID}/x/"
    inputs = {"other": S3Location(bucket, "x/"), "own": own}
    processing(pipeline(bench), "Job", role=role.without_policy_updates(), inputs=inputs)
    (warning,) = warnings(bench, "not-granted")
    assert "s3:GetObject on arn:${AWS::Partition}:s3:::${Bucket}/x/*" in warning
    assert "logs-" not in warning
    bench.app.synth()
    assert main(["check", str(bench.app.outdir)]) == 0
    told = capsys.readouterr().out
    assert "s3:GetObject on arn:${AWS::Partition}:s3:::${Bucket}/x/*" in told
    assert "s3:ListBucket on arn:${AWS::Partition}:s3:::${Bucket}" in told
    assert ":::logs-" not in told
