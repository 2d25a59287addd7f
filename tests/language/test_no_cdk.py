"""The language and the pure half of iam work where no CDK is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "module",
    [
        "cdk_sagemaker_pipelines.language",
        "cdk_sagemaker_pipelines.properties.service_model",
        "cdk_sagemaker_pipelines.iam.permissions",
        "cdk_sagemaker_pipelines.iam.environment",
        "cdk_sagemaker_pipelines.iam.pipeline_role",
        "cdk_sagemaker_pipelines.iam.job_roles",
        "tests.language.support",
        "tests.iam.support",
    ],
)
def test_no_cdk_and_no_aws_is_loaded(module: str) -> None:
    heavy = "{'aws_cdk', 'jsii', 'constructs', 'boto3', 'botocore', 'moto'}"
    result = subprocess.run(
        [sys.executable, "-c", f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": f"{ROOT / 'constructs'}:{ROOT}"},
    )
    assert result.stdout.strip() == "[]", result.stderr
