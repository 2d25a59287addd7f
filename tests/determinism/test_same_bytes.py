"""An app gives the same bytes in every process, wherever CDK begins to count its tokens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_sagemaker_pipelines import Image, Pipeline, ProcessingStep
from cdk_sagemaker_pipelines.review import Found, read
from tests.determinism.numbered import ROOT

APPS = ("examples", "gallery", "cases", "anywhere", "uploaded")
DIGITS = (9, 99, 999, 9_999)
TOKENS = 2_000
"""About as many as the largest of the apps makes."""


def starts(process: int) -> list[str]:
    """The apps of a process with the numbers from which each counts: so that 9, 99, 999 or 9,999 is in its midst."""
    first, second = process % len(APPS), (process + 1 + process // len(APPS)) % len(APPS)
    reached, place = DIGITS[process % 3], (process * 0.37 + 0.1) % 1
    early = max(0, round(reached - place * min(reached, TOKENS)))
    late = round(DIGITS[-1] - (1 - place) * (TOKENS if APPS[second] in ("examples", "gallery") else 500))
    rest = [f"{APPS[one]}:0" for one in range(len(APPS)) if one not in (first, second)]
    return [f"{APPS[first]}:{early}", f"{APPS[second]}:{late}", *([] if first == second else rest)]


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """What was synthesized, by its path; of CDK's metadata the warnings, since it notes traces of its own there."""
    for file in sorted(folder.rglob("*")):
        if file.name.endswith("metadata.json"):
            noted = json.loads(file.read_text("utf-8"))
            warnings = [(at, one["data"]) for at in sorted(noted) for one in noted[at] if "warning" in one["type"]]
            yield str(file.relative_to(folder)), json.dumps(warnings).encode()
        elif file.is_file():
            yield str(file.relative_to(folder)), file.read_bytes()


@pytest.mark.parametrize("processes", [3, pytest.param(20, marks=pytest.mark.long)])
def test_an_app_is_the_same_wherever_cdk_begins_to_count(processes: int, tmp_path: Path) -> None:
    seen: dict[str, bytes] = {}
    for process in range(processes):
        folder = tmp_path / str(process)
        command = [sys.executable, "-m", "tests.determinism.numbered", str(folder), *starts(process)]
        paths = {"PYTHONPATH": os.pathsep.join([str(ROOT / "constructs"), str(ROOT)]), "PYTHONHASHSEED": str(process)}
        subprocess.run(command, cwd=ROOT, env={**os.environ, **paths}, check=True)
        found = dict(files(folder))
        assert len(found) > 200
        assert [name for name in found if seen.setdefault(name, found[name]) != found[name]] == []
    assert {name.partition(os.sep)[0] for name in seen} == set(APPS)


def two_jobs(name: str, folder: Path | None = None) -> Pipeline:
    app = cdk.App(outdir=None if folder is None else str(folder), analytics_reporting=False)
    stack = cdk.Stack(app, name)
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="P")
    for job in ("One", "Two"):
        image = Image.from_uri(f"{stack.account}.dkr.ecr.{stack.region}.amazonaws.com/i:1")
        count: Any = cdk.Token.as_number({"Ref": "Count"})
        ProcessingStep(pipeline, job, image=image, instance_type="ml.m5.large", instance_count=count, outputs=["o"])
    return pipeline


def synthesize(pipeline: Pipeline) -> None:
    app = pipeline.node.root
    assert isinstance(app, cdk.App)
    app.synth()


def test_a_definition_has_names_in_place_of_numbers() -> None:
    first, second = (two_jobs("Stack").definition.json for _ in range(2))
    assert first == second
    job: Any = first["Steps"][0]["Arguments"]
    assert job["RoleArn"] == "${Token[PipelineOneJobRole.Arn]}"
    assert job["AppSpecification"]["ImageUri"].startswith("${Token[AWS::AccountId]}.dkr.ecr.${Token[AWS::Region]}.")
    assert job["ProcessingResources"]["ClusterConfig"]["InstanceCount"] == "${Token[Count]}"


def test_a_definition_is_what_smpipe_reads_from_the_template(tmp_path: Path) -> None:
    pipeline = two_jobs("Stack", tmp_path)
    before = pipeline.definition.json
    synthesize(pipeline)
    (found,) = read(tmp_path)
    assert isinstance(found, Found)
    assert found.definition.json == before == pipeline.definition.json


def test_a_list_of_cdks_stands_in_a_definition_without_its_number() -> None:
    document = {"Version": "2020-12-01", "Steps": [], "Metadata": {"a": cdk.Token.as_list({"Ref": "Words"})}}
    pipeline = Pipeline.from_definition(cdk.Stack(), "Given", definition=document)
    assert pipeline.definition.json["Metadata"] == {"a": ["#{Token}"]}


@pytest.mark.parametrize("names", [("First", "Second"), ("Second", "First")])
def test_tags_of_jobs_stand_in_the_order_of_their_names(names: tuple[str, str]) -> None:
    pipeline = two_jobs("Stack")
    for name in names:
        cdk.Tags.of(pipeline).add(cdk.Token.as_string({"Ref": name}), "x")
    synthesize(pipeline)
    tags = pipeline.definition.step("One").arguments["Tags"]
    assert [tag["Key"] for tag in tags] == ["${Token[First]}", "${Token[Second]}"]
