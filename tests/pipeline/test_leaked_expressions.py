"""Expressions in other resources of the app, where no execution reads them: errors of synth and of `smpipe check`."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ssm as ssm

from cdk_sagemaker_pipelines import Parameter, Pipeline
from cdk_sagemaker_pipelines.cli import main
from tests.pipeline.support import Bench, pipeline, processing

CODE = "placeholder-outside"
LEVEL = Parameter.string("Level", default="x")


def failure(app: cdk.App, capfd: pytest.CaptureFixture[str]) -> str:
    """What CDK tells of a synthesis that fails: it prints it, and with ``CDK_VALIDATION=false`` raises it."""
    with pytest.raises(RuntimeError, match="ValidationFailed") as raised:
        app.synth()
    printed = capfd.readouterr()
    return f"{raised.value}{printed.out}{printed.err}"


def leaking(stack: cdk.Stack, built: Pipeline) -> None:
    job = processing(built, "Job", outputs=["out"], environment={"LEVEL": LEVEL})
    cdk.CfnOutput(stack, "Told", value=f"v {LEVEL}")
    lambda_.Function(
        stack,
        "Function",
        code=lambda_.Code.from_inline("def handler(event, context): pass"),
        handler="index.handler",
        runtime=lambda_.Runtime.PYTHON_3_12,
        environment={"OUT": str(job.output("out"))},
    )
    ssm.StringParameter(stack, "Kept", string_value=f"{LEVEL}")
    statement = iam.PolicyStatement(actions=["s3:GetObject"], resources=[f"arn:aws:s3:::{LEVEL}/*"])
    assert isinstance(job.job_role, iam.Role)
    job.job_role.add_to_principal_policy(statement)


OUTPUT = "{Steps.Job.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri}"
LEAKS = {
    "Stack/Pipeline/Job/JobRole/DefaultPolicy/Resource": (
        "Properties.PolicyDocument.Statement[0].Resource: 'arn:aws:s3:::{Parameters.Level}/*' is a value of"
    ),
    "Stack/Function/Resource": f'Properties.Environment.Variables.OUT: "{OUTPUT}" is a value of',
    "Stack/Kept/Resource": "Properties.Value: '{Parameters.Level}' is a value of",
    "Told": "Outputs.Told.Value: 'v {Parameters.Level}' is a value of",
}


def test_each_place_is_an_error_of_the_synthesis(bench: Bench, capfd: pytest.CaptureFixture[str]) -> None:
    leaking(bench.stack, pipeline(bench))
    printed = failure(bench.app, capfd)
    assert printed.count("ERROR ") == len(LEAKS)
    for path, told in LEAKS.items():
        after = printed[printed.index(f"ERROR {told}") :].splitlines()
        assert path in after[1], path
    assert f"SageMakerPipelines::{CODE}" in printed
    assert "${SageMaker:" not in printed


def test_check_tells_the_same_of_the_template(bench: Bench, capfd: pytest.CaptureFixture[str]) -> None:
    leaking(bench.stack, pipeline(bench))
    failure(bench.app, capfd)
    assert main(["check", str(bench.app.outdir)]) == 1
    lines = [line for line in capfd.readouterr().out.splitlines() if f": {CODE}: " in line]
    assert len(lines) == len(LEAKS)
    for told in LEAKS.values():
        assert sum(told in line for line in lines) == 1


def test_another_stage_of_the_app_counts(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    app = cdk.App(outdir=str(tmp_path), analytics_reporting=False)
    processing(Pipeline(cdk.Stack(cdk.Stage(app, "One"), "Ml"), "Pipeline"), "Job", environment={"LEVEL": LEVEL})
    other = cdk.Stack(cdk.Stage(app, "Two"), "Web")
    ssm.StringParameter(other, "Kept", string_value=f"{LEVEL}")
    printed = failure(app, capfd)
    assert "Two/Web/Kept/Resource" in printed
    assert printed.count("ERROR ") == 1


def test_a_reason_silences_it(bench: Bench) -> None:
    processing(pipeline(bench), "Job", environment={"LEVEL": LEVEL})
    kept = ssm.StringParameter(bench.stack, "Kept", string_value=f"{LEVEL}")
    known = cdk.Acknowledgment(id=f"SageMakerPipelines::{CODE}", reason="a test of ours reads it")
    cdk.Validations.of(kept).acknowledge(known)
    assert bench.errors() == []


def test_an_app_without_placeholders_passes(bench: Bench, capfd: pytest.CaptureFixture[str]) -> None:
    processing(pipeline(bench), "Job", environment={"LEVEL": LEVEL, "TEXT": f"v {LEVEL}"})
    processing(pipeline(bench, "Other", pipeline_name="Other"), "Same", environment={"LEVEL": LEVEL})
    bench.app.synth()
    assert CODE not in capfd.readouterr().out
