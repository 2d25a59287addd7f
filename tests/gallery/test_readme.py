"""The README's example is a file, and what the README shows of it is what is seen when it runs on a local AWS."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cdk_sagemaker_pipelines.cli import main
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.gallery.deployment import ROOT, Gallery
from tests.gallery.place import ACCOUNT, REGION

README = (ROOT / "README.md").read_text("utf-8")
EXAMPLE = ROOT / "docs" / "example"
RAN = re.compile(r"^\d\d:\d\d:\d\d  (\w+) +(\w+)", re.M)


def blocks(document: str, language: str) -> list[str]:
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```", document, re.M | re.S)
    return found


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthesized copy of the example."""
    folder = tmp_path_factory.mktemp("readme") / "example"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__", "cdk.out"))
    variables = {"PYTHONPATH": str(ROOT / "constructs"), "CDK_OUTDIR": str(folder / "cdk.out")}
    subprocess.run([sys.executable, "app.py"], cwd=folder, env={**os.environ, **variables}, check=True)
    return folder


def test_the_readme_shows_the_file() -> None:
    assert blocks(README, "python") == [(EXAMPLE / "app.py").read_text("utf-8")]


def test_it_is_drawn_as_shown(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", str(example / "cdk.out")]) == 0
    (shown,) = (block for block in blocks(README, "console") if "$ smpipe draw" in block)
    assert shown.partition("$ smpipe draw cdk.out\n")[2].rstrip() == capsys.readouterr().out.rstrip()


def test_it_runs_as_shown(example: Path) -> None:
    (shown,) = (block for block in blocks(README, "console") if "$ smpipe start" in block)
    good, _, bad = shown.partition("$ smpipe start Line -p MaxMse=0.1")
    outcomes = example / "outcomes.json"
    with EmbeddedAws(REGION, ACCOUNT, outcomes=outcomes) as aws:
        local = Gallery(aws, example / "cdk.out", outcomes)
        ran = local.run("Line")
        assert (ran.status, ran.statuses()) == ("Succeeded", dict(RAN.findall(good))), ran.steps
        refused = local.run("Line", {"MaxMse": "0.1"})
        assert refused.status == "Failed"
        assert f"  {refused.metadata('TooInaccurate')['ErrorMessage']}\n" in bad
        (told,) = (json.loads(text) for text in blocks((ROOT / "docs/local.md").read_text("utf-8"), "json")[:1])
        scripted = local.run("Line", outcomes=told)
        assert (scripted.status, scripted.statuses()) == (ran.status, ran.statuses())
        told["Evaluate"]["files"]["report/evaluation.json"]["mse"] = 7
        assert local.run("Line", outcomes=told).metadata("TooInaccurate")["ErrorMessage"].endswith(" 7 is above 2.0")
