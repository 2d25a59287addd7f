"""What the roles may do for Clarify and quality checks, beside what a processing job needs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_sagemaker_pipelines.iam.environment import DataAccess
from cdk_sagemaker_pipelines.iam.limits import Limits
from tests.language.support import get, step

from .support import KEY, PLACE, ROLE, SAGEMAKER, of_jobs, of_pipeline

JOB = (
    "sagemaker:AddTags sagemaker:CreateProcessingJob sagemaker:DescribeProcessingJob sagemaker:StopProcessingJob",
    f"{SAGEMAKER}:processing-job/pipelines-*",
)
PASSED = ("iam:PassRole", ROLE, {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}})
READ_GROUP = "sagemaker:DescribeModelPackage sagemaker:ListModelPackages"
ARGUMENTS = {
    "RoleArn": ROLE,
    "ProcessingInputs": [{"InputName": "dataset", "S3Input": {"S3Uri": "s3://data/set/"}}],
    "ProcessingOutputConfig": {"Outputs": [{"OutputName": "o", "S3Output": {"S3Uri": "s3://out/reports"}}]},
}
DATA = [
    ("s3:GetObject", "arn:aws:s3:::data/set/*"),
    ("s3:ListBucket", "arn:aws:s3:::data", {"StringLike": {"s3:prefix": ["set/*"]}}),
    ("s3:AbortMultipartUpload s3:PutObject", "arn:aws:s3:::out/reports/*"),
]


def check(kind: str = "QualityCheck", **keys: Any) -> dict[str, Any]:
    return step("S", kind, arguments=ARGUMENTS, **keys)


def of_job(*steps: dict[str, Any], **options: Any) -> list[Any]:
    found = of_jobs(*steps, **options)[ROLE]
    return [entry for entry in found if not entry[0].startswith(("logs:", "cloudwatch:"))]


@pytest.mark.parametrize("kind", ["ClarifyCheck", "QualityCheck"])
def test_a_check_without_baselines_is_a_processing_job(kind: str) -> None:
    assert of_pipeline(check(kind)) == [JOB, PASSED]
    assert of_job(check(kind)) == DATA


@pytest.mark.parametrize(
    ("group", "names"),
    [
        ("abalone", ["abalone"]),
        ("Abalone", ["Abalone", "abalone"]),
        ({"Std:Join": {"On": "-", "Values": ["group", get("Parameters.Model")]}}, ["group-*"]),
        (get("Parameters.Group"), []),
        (None, []),
    ],
)
def test_the_group_is_read_by_the_pipeline(group: Any, names: list[str]) -> None:
    versions = " ".join(f"{SAGEMAKER}:model-package/{name}/*" for name in names)
    groups = " ".join(f"{SAGEMAKER}:model-package-group/{name}" for name in names)
    # a group cannot be described as a package
    expected = [(READ_GROUP, versions), ("sagemaker:ListModelPackages", groups)] if names else []
    assert of_pipeline(check(ModelPackageGroupName=group)) == [JOB, PASSED, *expected]


def test_supplied_baselines_are_read_by_both() -> None:
    keys = {
        "SuppliedBaselineConstraints": "s3://secret/constraints.json",
        "SuppliedBaselineStatistics": "s3://base/statistics.json",
    }
    objects = "arn:aws:s3:::base/statistics.json arn:aws:s3:::secret/constraints.json"
    read = [("s3:GetObject", objects), ("kms:Decrypt", KEY)]
    assert of_pipeline(check(**keys)) == [JOB, PASSED, *read]
    assert ("kms:Decrypt", KEY) in of_job(check(**keys))
    assert ("s3:GetObject", f"arn:aws:s3:::base/statistics.json {DATA[0][1]} {objects.split()[1]}") in of_job(
        check(**keys)
    )


def test_a_baseline_that_another_check_has_calculated_is_followed() -> None:
    uri = get("Steps.First.CalculatedBaselineConstraints")
    first = {**check(), "Name": "First"}
    assert ("s3:GetObject", "arn:aws:s3:::out/reports/*") in of_pipeline(
        first, check("ClarifyCheck", SuppliedBaselineConstraints=uri)
    )


def test_what_stands_in_the_configuration_is_read_by_the_job() -> None:
    environment = replace(PLACE, accesses={"S": [DataAccess(ROLE, ("s3://base/line.csv",))]})
    found = of_job(check("ClarifyCheck"), environment=environment)
    assert found[0] == ("s3:GetObject", f"arn:aws:s3:::base/line.csv* {DATA[0][1]}")


@pytest.mark.parametrize(
    ("model", "names"),
    [
        ("my-model", ["my-model"]),
        ("My-Model", ["My-Model", "my-model"]),
        (get("Steps.Create.ModelName"), ["pipelines-*"]),
        (get("Steps.Named.ModelName"), ["abalone-*"]),
        (get("Parameters.Model"), []),
    ],
)
def test_a_model_is_served_for_the_job(model: Any, names: list[str]) -> None:
    create = step("Create", "Model", arguments={})
    named = step("Named", "Model", arguments={"ModelName": "abalone"})
    served = [
        (
            "sagemaker:AddTags sagemaker:CreateEndpoint sagemaker:CreateEndpointConfig sagemaker:DeleteEndpointConfig",
            f"{SAGEMAKER}:endpoint-config/sm-clarify-config*",
        ),
        (
            "sagemaker:AddTags sagemaker:CreateEndpoint sagemaker:DeleteEndpoint sagemaker:DescribeEndpoint "
            "sagemaker:InvokeEndpoint",
            f"{SAGEMAKER}:endpoint/sm-clarify-*",
        ),
    ]
    models = " ".join(f"{SAGEMAKER}:model/{name}" for name in names)
    described = [("sagemaker:DescribeModel", models)] if names else []
    assert of_job(check("ClarifyCheck", ModelName=model), create, named) == [*DATA, *served, *described]


def test_the_endpoint_that_a_job_makes_is_within_a_compute_policy() -> None:
    environment = replace(PLACE, limits=Limits(instance_types=("ml.m5.*",)))
    found = of_job(check("ClarifyCheck", ModelName="m"), environment=environment)
    configs = f"{SAGEMAKER}:endpoint-config/sm-clarify-config*"
    only = {"ForAllValues:StringLike": {"sagemaker:InstanceTypes": ["ml.m5.*"]}}
    others = "sagemaker:AddTags sagemaker:CreateEndpoint sagemaker:DeleteEndpointConfig"
    assert [entry for entry in found if entry[1] == configs] == [
        (others, configs), ("sagemaker:CreateEndpointConfig", configs, only),
    ]  # fmt: skip
