"""Scripts and folders of code as CDK assets."""

from __future__ import annotations

import json
import os
import tarfile
from pathlib import Path

import aws_cdk as cdk
import pytest

from cdk_sagemaker_pipelines import Pipeline, Script, SourceDir
from tests.steps.support import IMAGE, JOB, processing

pytestmark = pytest.mark.usefixtures("working_directory")


def synthesized(folder: Path, out: Path) -> tuple[dict[str, Path], str]:
    """The staged files by the key that they get in S3, and the template."""
    app = cdk.App(outdir=str(out), analytics_reporting=False)
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    pipeline = Pipeline(stack, "P")
    processing(pipeline, "One", script=Script(folder / "train.py"))
    processing(pipeline, "Two", script=SourceDir(folder, entry_point="train.py"))
    template = json.dumps(app.synth().get_stack_by_name("Stack").template)
    manifest = json.loads((out / "Stack.assets.json").read_text(encoding="utf-8"))["files"].values()
    staged = {next(iter(file["destinations"].values()))["objectKey"]: out / file["source"]["path"] for file in manifest}
    return {key: path for key, path in staged.items() if not key.endswith(".json")}, template


def test_two_checkouts_give_the_same_keys_and_the_same_template(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "inner").mkdir(parents=True)
        (tmp_path / name / "inner" / "b.py").write_text("b = 1\n")
        (tmp_path / name / "train.py").write_text("print(1)\n")
    os.utime(tmp_path / "two" / "train.py", (1_000_000_000, 1_000_000_000))
    one, first = synthesized(tmp_path / "one", tmp_path / "out-one")
    two, second = synthesized(tmp_path / "two", tmp_path / "out-two")
    assert list(one) == list(two)
    assert first == second
    assert str(tmp_path) not in first
    assert sorted(Path(key).suffix for key in one) == [".gz", ".py"]
    for key, path in one.items():
        assert path.read_bytes() == two[key].read_bytes()
        if key.endswith(".gz"):
            with tarfile.open(path) as archive:
                assert archive.getnames() == ["inner/b.py", "train.py"]


def test_relative_paths_start_at_the_working_directory(pipeline: Pipeline, tmp_path: Path) -> None:
    # the fixture has changed it after the CDK's own process had started
    step = processing(pipeline, script=Script("code/train.py"))
    assert step.node.try_find_child("Code") is not None
    assert Path.cwd() == tmp_path
    processing(pipeline, "Other", script=SourceDir("code", entry_point="train.py"))


def test_a_script_without_a_suffix(pipeline: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "run").write_text("#!/bin/sh\n")
    step = processing(pipeline, script=Script("run", command=["/bin/sh"]))
    found = pipeline.definition.step(step.name).arguments
    folder, _, name = found["AppSpecification"]["ContainerEntrypoint"][1].rpartition("/")
    assert folder == "/opt/ml/processing/input/code"
    assert found["ProcessingInputs"][0]["S3Input"]["S3Uri"].endswith(f"/{name}")


def test_one_value_serves_many_steps(pipeline: Pipeline) -> None:
    script = Script("code/train.py")
    uris = set()
    for name in ("One", "Two"):
        step = processing(pipeline, name, script=script)
        inputs = pipeline.host.current.step(step.name).arguments["ProcessingInputs"]
        uris.add(cdk.Stack.of(step).resolve(inputs[0]["S3Input"]["S3Uri"]))
    assert len(uris) == 1


def test_values_say_what_they_are() -> None:
    assert repr(Script("jobs/a.py")) == "Script('jobs/a.py')"
    assert repr(SourceDir("jobs", entry_point="a.py")) == "SourceDir('jobs', entry_point='a.py')"
    assert repr(JOB["image"]) == "an Image"
    assert IMAGE.endswith("/tools:2")


def test_code_may_be_read_by_its_job(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path / "out"), analytics_reporting=False)
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    pipeline = Pipeline(stack, "P")
    processing(pipeline, "One", script=Script("code/train.py"))
    template = app.synth().get_stack_by_name("Stack").template
    (role,) = (r for name, r in template["Resources"].items() if r["Type"] == "AWS::IAM::Role" and "One" in name)
    statements = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    (read,) = (statement for statement in statements if "s3:GetObject" in statement["Action"])
    text = json.dumps(read["Resource"])
    assert "cdk-hnb659fds-assets-111122223333-eu-west-1/" in text
    assert ".py" in text


@pytest.mark.parametrize("qualifier", ["other"])
def test_another_bootstrap_qualifier_has_another_bucket(qualifier: str, tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path / "out"), analytics_reporting=False)
    stack = cdk.Stack(
        app,
        "Stack",
        env=cdk.Environment(account="111122223333", region="eu-west-1"),
        synthesizer=cdk.DefaultStackSynthesizer(qualifier=qualifier),
    )
    pipeline = Pipeline(stack, "P")
    step = processing(pipeline, "One", script=Script("code/train.py"))
    uri = stack.resolve(pipeline.host.current.step(step.name).arguments["ProcessingInputs"][0]["S3Input"]["S3Uri"])
    assert uri.startswith("s3://cdk-other-assets-111122223333-eu-west-1/")
