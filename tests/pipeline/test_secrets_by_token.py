"""Secrets that CDK writes into a definition: told at synth as `smpipe check` tells them of the template."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_secretsmanager as secretsmanager

from cdk_sagemaker_pipelines import Pipeline
from cdk_sagemaker_pipelines.cli import main
from tests.pipeline.support import Bench, pipeline, processing

KEY = "AKIA" + "Q" * 16


@jsii.implements(cdk.IStableStringProducer)
class Key:
    def produce(self) -> str:
        return KEY


def warnings(bench: Bench, code: str = "secret") -> list[str]:
    like = cdk.assertions.Match.string_like_regexp(rf"\[{code}\]")
    found = cdk.assertions.Annotations.from_stack(bench.stack).find_warning("*", like)
    return [str(warning.entry.data) for warning in found]


def made(stack: cdk.Stack) -> secretsmanager.Secret:
    return secretsmanager.Secret(stack, "Secret")


SECRETS: dict[str, Callable[[cdk.Stack], str]] = {
    "construct": lambda stack: made(stack).secret_value.unsafe_unwrap(),
    "field": lambda stack: f"user:{made(stack).secret_value_from_json('pw').unsafe_unwrap()}@host",
    "import": lambda stack: secretsmanager.Secret.from_secret_name_v2(
        stack, "Secret", "db"
    ).secret_value.unsafe_unwrap(),
    "name": lambda stack: cdk.SecretValue.secrets_manager("db").unsafe_unwrap(),
    "parameter": lambda stack: cdk.SecretValue.ssm_secure("/db").unsafe_unwrap(),
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_secret_that_cloudformation_resolves(
    bench: Bench, secret: Callable[[cdk.Stack], str], capsys: pytest.CaptureFixture[str]
) -> None:
    processing(pipeline(bench), "Job", environment={"DB_PASSWORD": secret(bench.stack)})
    where, what = "Arguments.Environment.DB_PASSWORD", "it looks like a secret that CloudFormation resolves"
    assert [f"step 'Job': {where}: {what}" in warning for warning in warnings(bench)] == [True]
    assert warnings(bench, "secret-name") == []
    bench.app.synth()
    assert main(["check", str(bench.app.outdir)]) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if ": secret: " in line]
    assert [f"{where}: {what}" in line for line in told] == [True]


def test_a_lazy_key_is_told_without_its_value(bench: Bench) -> None:
    processing(pipeline(bench), "Job", environment={"ID": cdk.Lazy.string(Key())})
    (warning,) = warnings(bench)
    assert "Arguments.Environment.ID: it looks like an AWS access key ID" in warning
    assert KEY not in warning


def test_an_unknown_text_is_no_secret(bench: Bench) -> None:
    name = cdk.CfnParameter(bench.stack, "Name").value_as_string
    built: Pipeline = pipeline(bench)
    processing(built, "Job", environment={"DB_PASSWORD": name, "SECRET": made(bench.stack).secret_arn})
    assert warnings(bench) == []
