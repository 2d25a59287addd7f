"""The flags of each cdk.json are those that ``cdk init`` gives a new app today."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms

from tests.gallery.deployment import flags

RECOMMENDED = "node_modules/aws-cdk/lib/init-templates/.recommended-feature-flags.json"


def test_the_flags_are_exactly_those_of_cdk(root: Path, tmp_path: Path) -> None:
    recommended = json.loads((root / RECOMMENDED).read_text(encoding="utf-8"))
    assert flags() == recommended
    # what the CLI recommends, the library knows
    cdk.App(outdir=str(tmp_path), analytics_reporting=False).synth()
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    known: dict[str, Any] = manifest["artifacts"]["aws-cdk-lib/feature-flag-report"]["properties"]["flags"]
    assert {name: known[name]["recommendedValue"] for name in recommended} == recommended


@pytest.mark.parametrize(
    "file", ["docs/example/cdk.json", "constructs/cdk_sagemaker_pipelines/cli/starter/cdk.json.txt"]
)
def test_beginners_have_them_as_well(root: Path, file: str) -> None:
    assert json.loads((root / file).read_text(encoding="utf-8"))["context"] == flags()


def test_a_key_can_be_created(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path), analytics_reporting=False, context=flags())
    kms.Key(cdk.Stack(app, "Stack"), "Key")
    app.synth()
