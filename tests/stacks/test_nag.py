"""The example under cdk-nag's AwsSolutions pack, and under CDK's own validation."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

NAG = """
import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks
import app
built = app.build()
cdk.Validations.of(built).add_plugins(AwsSolutionsChecks(built))
built.synth()
"""


def _run(root: Path, folder: Path, program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=root,
        env={**os.environ, "CDK_OUTDIR": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_finding_of_the_pack_is_acknowledged_and_cdks_own_validation_has_none(root: Path, tmp_path: Path) -> None:
    context = json.dumps({"@aws-cdk/core:validateAgainstDefaultRules": True})
    done = _run(root, tmp_path / "cdk.out", NAG, CDK_VALIDATION="true", CDK_CONTEXT_JSON=context)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "ERROR" not in done.stderr
    assert "WARNING" not in done.stderr


def test_the_pack_reports_what_is_not_acknowledged(root: Path, tmp_path: Path) -> None:
    program = NAG.replace(
        "built.synth()",
        "import aws_cdk.aws_sqs as sqs; sqs.Queue("
        "built.node.find_child('Dev').node.find_child('Diabetes'), 'Open'); built.synth()",
    )
    done = _run(root, tmp_path / "cdk.out", program)
    assert done.returncode != 0
    assert "AwsSolutions-SQS4" in done.stderr
