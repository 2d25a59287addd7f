"""What a deployment writes into a definition stands there as it is: characters that JSON escapes are found before."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import jsii
import pytest

from cdk_sagemaker_pipelines.cli import main
from tests.pipeline.support import Bench, pipeline, processing

BACKSLASH, QUOTE = repr("\\"), repr('"')


@jsii.implements(cdk.IStableStringProducer)
class Known:
    def produce(self) -> str:
        return 'C:\\new "a"'


def parameter(default: str, **options: Any) -> Callable[[cdk.Stack], str]:
    return lambda stack: cdk.CfnParameter(stack, "Value", default=default, **options).value_as_string


def joined(stack: cdk.Stack) -> str:
    return cdk.Fn.join("\\", ["a", cdk.CfnParameter(stack, "Value").value_as_string])


REFUSED = {
    "another-key": (parameter('a","Evil":"b'), "${Value}", QUOTE),
    "no-escape": (parameter("C:\\users"), "${Value}", BACKSLASH),
    "another-escape": (parameter("C:\\new\\temp"), "${Value}", BACKSLASH),
    "two-lines": (parameter("a\nb"), "${Value}", repr("\n")),
    "allowed": (parameter("a", allowed_values=["a", 'b"']), "${Value}", QUOTE),
    "joined": (joined, "a\\${Value}", BACKSLASH),
}


@pytest.mark.parametrize(("value", "name", "mark"), REFUSED.values(), ids=REFUSED)
def test_a_value_that_would_change_the_definition(
    bench: Bench, value: Callable[[cdk.Stack], str], name: str, mark: str
) -> None:
    processing(pipeline(bench), "Job", environment={"X": f"before {value(bench.stack)}"})
    (error,) = bench.errors()
    assert error.startswith(
        f"[Stack/Pipeline] step 'Job': Arguments.Environment.X: {name} may contain {mark}, and the deployment writes it"
    )
    assert error.endswith("[unescaped-value] (at Stack/Pipeline/Job)")


TAKEN = {
    "plain": parameter("s3://bucket/a b/ü/"),
    "escaped": parameter('C:\\\\new \\"a\\"'),
    "unknown": parameter(""),
    "known-at-synth": lambda stack: cdk.Lazy.string(Known()),
    "of-systems-manager": parameter('"', type="AWS::SSM::Parameter::Value<String>"),
}


@pytest.mark.parametrize("value", TAKEN.values(), ids=TAKEN)
def test_a_value_that_json_takes(bench: Bench, value: Callable[[cdk.Stack], str]) -> None:
    processing(pipeline(bench), "Job", environment={"X": value(bench.stack)})
    assert bench.errors() == []


def test_a_check_of_the_template_finds_it_too(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    value = cdk.CfnParameter(bench.stack, "Value", default="a")
    processing(pipeline(bench), "Job", environment={"X": value.value_as_string})
    file = bench.app.synth().get_stack_by_name("Stack").template_full_path
    with open(file, encoding="utf-8") as opened:
        template = json.load(opened)
    template["Parameters"]["Value"]["Default"] = "C:\\new"
    with open(file, "w", encoding="utf-8") as opened:
        json.dump(template, opened)
    assert main(["check", file]) == 1
    (told,) = (line for line in capsys.readouterr().out.splitlines() if "unescaped-value" in line)
    assert "Job: unescaped-value: Arguments.Environment.X: ${Value} may contain" in told
