"""Doubts are CDK warnings: ``cdk synth`` shows them unless they are acknowledged with a reason."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct

from cdk_sagemaker_pipelines import Pipeline
from cdk_sagemaker_pipelines.language import Finding
from cdk_sagemaker_pipelines.warning import warn
from tests.pipeline.support import Bench, pipeline, processing

ROOT = Path(__file__).resolve().parent.parent.parent
RULE = "cdk-sagemaker-pipelines:argument"
NEW_TYPE = "ml.x9.large"  # no type of today, so a doubt
APP = f"""
import sys
import aws_cdk as cdk
from cdk_sagemaker_pipelines import Image, Pipeline, ProcessingStep

app = cdk.App()
pipeline = Pipeline(cdk.Stack(app, "Stack"), "Pipeline")
for name in ("One", "Two"):
    step = ProcessingStep(
        pipeline, name, image=Image.from_uri("1.dkr.ecr.eu-west-1.amazonaws.com/i:1"), instance_type="{NEW_TYPE}"
    )
    if name in sys.argv:
        cdk.Validations.of(step).acknowledge(cdk.Acknowledgment(id=sys.argv[-1], reason="a preview that we are in"))
app.synth()
"""


def doubtful(bench: Bench) -> Pipeline:
    """A pipeline with two steps, each with an instance type that is not known."""
    made = pipeline(bench)
    for name in ("One", "Two"):
        processing(made, name, instance_type=NEW_TYPE)
    return made


def warned(bench: Bench) -> list[str]:
    """The constructs with a warning about the instance type."""
    bench.app.synth()
    found = cdk.assertions.Annotations.from_stack(bench.stack).find_warning(
        "*", cdk.assertions.Match.string_like_regexp(f"InstanceType: .*{NEW_TYPE}.*")
    )
    return [warning.id for warning in found]


def acknowledge(construct: IConstruct, rule: str = RULE) -> None:
    Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason="a preview that we are in"))


def test_a_warning_is_on_its_step_and_says_how_to_acknowledge_it(bench: Bench) -> None:
    doubtful(bench)
    assert warned(bench) == ["/Stack/Pipeline/One", "/Stack/Pipeline/Two"]
    (found, _) = cdk.assertions.Annotations.from_stack(bench.stack).find_warning("*", cdk.assertions.Match.any_value())
    text = str(found.entry.data)
    assert text.startswith("step 'One': Arguments.ProcessingResources.ClusterConfig.InstanceType: ")
    assert text.endswith(f"[argument] [ack: Annotation::{RULE}]")


@pytest.mark.parametrize("rule", [RULE, f"Annotation::{RULE}"], ids=["short", "as-shown"])
def test_an_acknowledged_warning_is_only_silent_for_its_construct(bench: Bench, rule: str) -> None:
    acknowledge(doubtful(bench).host.construct_of("One"), rule)
    assert warned(bench) == ["/Stack/Pipeline/Two"]


def test_an_acknowledgment_applies_to_everything_below(bench: Bench) -> None:
    acknowledge(doubtful(bench))
    assert warned(bench) == []


def test_acknowledging_another_warning_changes_nothing(bench: Bench) -> None:
    acknowledge(doubtful(bench), "cdk-sagemaker-pipelines:nested-condition")
    assert warned(bench) == ["/Stack/Pipeline/One", "/Stack/Pipeline/Two"]


def test_an_acknowledgment_of_annotations_applies_to_everything_below(bench: Bench) -> None:
    made = doubtful(bench)
    one, pipelines_children = made.host.construct_of("One"), len(made.node.find_all())
    cdk.Annotations.of(one).acknowledge_warning(RULE, "a preview that we are in")
    assert warned(bench) == ["/Stack/Pipeline/Two"]
    assert len(made.node.find_all()) == pipelines_children
    cdk.Annotations.of(made).acknowledge_warning("cdk-sagemaker-pipelines:limit", "we know")
    warn(one, Finding("limit", "it is large", level="warning"), bench.stack)
    assert warned(bench) == ["/Stack/Pipeline/Two"]
    assert not [entry for entry in one.node.metadata if "it is large" in str(entry.data)]


def test_a_cdk_that_only_looks_above_gets_no_acknowledged_warning(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(Validations, "add_warning", lambda self, rule, text: told.append(text.partition(":")[0]))
    acknowledge(doubtful(bench).host.construct_of("One"))
    bench.app.synth()
    assert told == ["step 'Two'"]


def test_without_validations_cdk_gets_an_annotation(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cdk, "Validations")
    finding = Finding("limit", "it is large", level="warning")
    heard, silent = (cdk.CfnCondition(bench.stack, name) for name in ("Heard", "Silent"))
    cdk.Annotations.of(silent).acknowledge_warning("cdk-sagemaker-pipelines:limit", "we know")
    warn(heard, finding, bench.stack)
    warn(silent, finding, bench.stack)
    found = cdk.assertions.Annotations.from_stack(bench.stack).find_warning("*", cdk.assertions.Match.any_value())
    assert [warning.id for warning in found] == ["/Stack/Heard"]
    assert found[0].entry.data == "it is large [limit] [ack: cdk-sagemaker-pipelines:limit]"


@pytest.mark.deploy
def test_cdk_synth_shows_unacknowledged_warnings(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP, "utf-8")
    (tmp_path / "cdk.json").write_text(json.dumps({"app": f"{sys.executable} app.py"}), "utf-8")
    shown = synth(tmp_path)
    assert f"is {NEW_TYPE!r}" in shown
    assert f"Acknowledge with 'Annotation::{RULE}'" in shown
    assert "Stack/Pipeline/One" in shown
    assert "Stack/Pipeline/Two" in shown
    shown = synth(tmp_path, "One", f"Annotation::{RULE}")
    assert "Stack/Pipeline/One" not in shown
    assert "Stack/Pipeline/Two" in shown


def synth(folder: Path, *arguments: str) -> str:
    """What the CDK CLI prints besides the template."""
    found = shutil.which("cdk", path=os.pathsep.join([str(ROOT / "node_modules/.bin"), os.environ["PATH"]]))
    if found is None:
        pytest.fail("there is no CDK CLI; `make test` installs it")
    done = subprocess.run(
        [found, "synth", "--quiet", "--app", " ".join([sys.executable, "app.py", *arguments])],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "constructs"), "CDK_VALIDATION": "false", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
