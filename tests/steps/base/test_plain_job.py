"""A plain job type takes a row, a class and the name of its runner: the rest is derived from the row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import CacheConfig, Pipeline
from cdk_sagemaker_pipelines.language import RetryPolicy
from cdk_sagemaker_pipelines.language.step_types import STEP_TYPES
from tests.steps import plain
from tests.steps.allowed import of_job, of_pipeline
from tests.steps.base.test_permissions import logs, passes, runs
from tests.steps.plain import CompilationStep
from tests.steps.support import KEY, ROLE, rendered

MOST_LINES = 60


@pytest.fixture(autouse=True)
def row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STEP_TYPES, plain.ROW.name, plain.ROW)


@pytest.fixture
def own(stack: cdk.Stack) -> Pipeline:
    """A pipeline whose jobs have roles of their own."""
    artifacts = s3.Bucket.from_bucket_name(stack, "Artifacts", "artifacts")
    return Pipeline(stack, "P", pipeline_name="P", artifacts=artifacts)


def compiled(pipeline: Pipeline, **fields: Any) -> CompilationStep:
    return CompilationStep(pipeline, "Step", model="s3://bucket/in", framework="PYTORCH", device="rasp3b", **fields)


def test_it_takes_few_lines() -> None:
    lines = Path(plain.__file__).read_text("utf-8").splitlines()
    assert len([line for line in lines if line.strip()]) <= MOST_LINES


def test_the_roles_may_what_the_row_says(stack: cdk.Stack, own: Pipeline) -> None:
    step = compiled(own, output_kms_key=kms.Key.from_key_arn(stack, "Key", KEY), reads=["s3://bucket/more/"])
    assert of_pipeline(own) == [runs("CompilationJob", "compilation-job/pipelines-*"), passes()]
    assert of_job(step) == [
        "s3 GetObject on s3://bucket/in* s3://bucket/more/*",
        "s3 ListBucket on s3://bucket where s3:prefix StringLike in* more/*",
        "s3 AbortMultipartUpload PutObject on s3://artifacts/P/*/Step/*",
        f"kms Decrypt Encrypt GenerateDataKey on {KEY}",
        *logs("CompilationJobs"),
    ]


def test_only_its_jobs_may_take_the_role(stack: cdk.Stack, own: Pipeline) -> None:
    step = compiled(own)
    role = step.job_role.node.default_child
    assert isinstance(role, cdk.aws_iam.CfnRole)
    (statement,) = stack.resolve(role.assume_role_policy_document)["Statement"]
    (_, (*_, end)) = statement["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Join"]
    assert end == ":sagemaker:eu-west-1:111122223333:compilation-job/*"


def test_it_takes_what_the_pipeline_says_for_jobs(stack: cdk.Stack) -> None:
    retry = RetryPolicy(["SageMaker.CAPACITY_ERROR"], max_attempts=2)
    pipeline = Pipeline(stack, "P", cache=CacheConfig(cdk.Duration.days(1)), retry_policies=[retry])
    found = rendered(compiled(pipeline))
    assert (found["CacheConfig"]["Enabled"], found["RetryPolicies"][0]["MaxAttempts"]) == (True, 2)


def test_a_role_that_is_given_is_its_role(pipeline: Pipeline) -> None:
    assert rendered(compiled(pipeline))["Arguments"]["RoleArn"] == ROLE
