"""An app, a stack and a pipeline for each test."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import Pipeline
from tests.steps.support import ACCOUNT, REGION, ROLE


@pytest.fixture
def stack(tmp_path: Path) -> cdk.Stack:
    """In an app of its own: pipelines of one app must not have one name."""
    app = cdk.App(outdir=str(tmp_path / "cdk.out"), analytics_reporting=False)
    return cdk.Stack(app, "Stack", env=cdk.Environment(account=ACCOUNT, region=REGION))


@pytest.fixture
def role(stack: cdk.Stack) -> iam.IRole:
    return iam.Role.from_role_arn(stack, "JobRole", ROLE, mutable=False)


@pytest.fixture
def pipeline(stack: cdk.Stack, role: iam.IRole) -> Pipeline:
    """A pipeline named P, whose jobs have one role, and whose outputs one bucket, that exist."""
    artifacts = s3.Bucket.from_bucket_name(stack, "Artifacts", "artifacts")
    return Pipeline(stack, "P", pipeline_name="P", default_job_role=role, artifacts=artifacts)


@pytest.fixture
def working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The app's: a folder of the test's own, with code in it."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "train.py").write_text("print('here')\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
