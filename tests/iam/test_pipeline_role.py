"""What the pipeline's role may do for each type of step."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines.iam import pipeline_role
from cdk_sagemaker_pipelines.iam.permissions import Reason
from cdk_sagemaker_pipelines.language import Definition
from tests.language.support import condition, corpus_document, definition, get, step

from .support import KEY, PLACE, ROLE, SAGEMAKER, allowed, of_pipeline

PASS_ROLE = ("iam:PassRole", ROLE, {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}})


def four(api: str) -> str:
    """Create, describe, stop and tag, in the order of the alphabet."""
    return f"sagemaker:AddTags sagemaker:Create{api} sagemaker:Describe{api} sagemaker:Stop{api}"


@pytest.mark.parametrize(
    ("type", "role", "permissions"),
    [
        ("Processing", "RoleArn", [(four("ProcessingJob"), f"{SAGEMAKER}:processing-job/pipelines-*"), PASS_ROLE]),
        ("Training", "RoleArn", [(four("TrainingJob"), f"{SAGEMAKER}:training-job/pipelines-*"), PASS_ROLE]),
        ("Transform", "RoleArn", [(four("TransformJob"), f"{SAGEMAKER}:transform-job/pipelines-*")]),
        (
            "Model",
            "ExecutionRoleArn",
            [
                (
                    "sagemaker:AddTags sagemaker:CreateModel sagemaker:DescribeModel",
                    f"{SAGEMAKER}:model/pipelines-*",
                ),
                PASS_ROLE,
            ],
        ),
        ("Condition", "RoleArn", []),
        ("Fail", "RoleArn", []),
    ],
)
def test_each_type(type: str, role: str, permissions: list[Any]) -> None:
    assert of_pipeline(step("S", type, {role: ROLE})) == permissions


@pytest.mark.parametrize(
    ("group", "name"),
    [
        ("abalone", "abalone"),
        ("arn:aws:sagemaker:eu-west-1:123456789012:model-package-group/abalone", "abalone"),
        ("${Token[TOKEN.7]}", "${Token[TOKEN.7]}"),
    ],
)
def test_register_model(group: str, name: str) -> None:
    assert of_pipeline(step("S", "RegisterModel", {"ModelPackageGroupName": group})) == [
        (
            "sagemaker:AddTags sagemaker:CreateModelPackage sagemaker:DescribeModelPackage",
            f"{SAGEMAKER}:model-package/{name}/*",
        ),
        ("sagemaker:AddTags sagemaker:CreateModelPackageGroup", f"{SAGEMAKER}:model-package-group/{name}"),
    ]


def test_a_group_of_another_account_stays_there() -> None:
    arn = "arn:aws:sagemaker:eu-west-1:444455556666:model-package-group/central"
    assert of_pipeline(step("S", "RegisterModel", {"ModelPackageGroupName": arn})) == [
        (
            "sagemaker:AddTags sagemaker:CreateModelPackage sagemaker:DescribeModelPackage",
            "arn:aws:sagemaker:eu-west-1:444455556666:model-package/central/*",
        )
    ]
    at_home = arn.replace("444455556666", "123456789012")
    found = of_pipeline(step("S", "RegisterModel", {"ModelPackageGroupName": at_home}))
    assert ("sagemaker:AddTags sagemaker:CreateModelPackageGroup", at_home) in found


@pytest.mark.parametrize("group", [None, "", get("Parameters.Group"), 5])
def test_a_group_that_is_not_known_gives_none(group: Any) -> None:
    assert of_pipeline(step("S", "RegisterModel", {"ModelPackageGroupName": group})) == []


def test_jobs_with_a_prefix_of_their_own() -> None:
    assert of_pipeline(
        step("P", "Processing", {"ProcessingJobName": "team-prepare"}),
        step("T", "Training", {"TrainingJobName": "team-train"}),
        step("M", "Model", {"ModelName": ""}),
    ) == [
        (four("ProcessingJob"), f"{SAGEMAKER}:processing-job/team-prepare-*"),
        (four("TrainingJob"), f"{SAGEMAKER}:training-job/team-train-*"),
        ("sagemaker:AddTags sagemaker:CreateModel sagemaker:DescribeModel", f"{SAGEMAKER}:model/pipelines-*"),
    ]


@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        (get("Parameters.Prefix"), "*-*"),
        ({"Std:Join": {"On": "-", "Values": ["team", get("Parameters.Prefix")]}}, "team-*-*"),
        ("${Token[TOKEN.1]}", "${Token[TOKEN.1]}-*"),
    ],
)
def test_a_prefix_that_is_known_at_run_time_only(prefix: Any, names: str) -> None:
    assert of_pipeline(step("T", "Training", {"TrainingJobName": prefix})) == [
        (four("TrainingJob"), f"{SAGEMAKER}:training-job/{names}")
    ]


def test_steps_of_branches_and_shared_roles() -> None:
    other = "arn:aws:iam::123456789012:role/Other"
    assert of_pipeline(
        step("A", "Training", {"RoleArn": ROLE}),
        condition("C", if_steps=[step("B", "Training", {"RoleArn": other})], else_steps=[step("F", "Fail")]),
        step("D", "Training", {"RoleArn": ROLE}),
        step("E", "Processing", {"RoleArn": "${Token[TOKEN.9]}"}),
    ) == [
        (four("TrainingJob"), f"{SAGEMAKER}:training-job/pipelines-*"),
        (
            "iam:PassRole",
            f"${{Token[TOKEN.9]}} {ROLE} {other}",
            {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
        (four("ProcessingJob"), f"{SAGEMAKER}:processing-job/pipelines-*"),
    ]


@pytest.mark.parametrize("role", [None, "", get("Parameters.Role"), 5, [ROLE]])
def test_a_role_that_is_not_known_is_not_passed(role: Any) -> None:
    assert of_pipeline(step("A", "Training", {"RoleArn": role})) == [
        (four("TrainingJob"), f"{SAGEMAKER}:training-job/pipelines-*")
    ]


# -- the JSON files that the pipeline reads ---------------------------------------------------------------------------


def evaluate(uri: Any, path: str = "evaluation.json") -> dict[str, Any]:
    outputs = [{"OutputName": "report", "S3Output": {"S3Uri": uri}}]
    file = {"PropertyFileName": "Report", "OutputName": "report", "FilePath": path}
    return step(
        "Eval", "Unknown", {"ProcessingOutputConfig": {"Outputs": outputs}}, PropertyFiles=[file]
    )  # of no type, so that it needs nothing itself


MSE = {"Std:JsonGet": {"PropertyFile": get("Steps.Eval.PropertyFiles.Report"), "Path": "mse"}}
CHECK = condition("Check", {"Type": "LessThan", "LeftValue": MSE, "RightValue": 5})


def run_id(*values: Any) -> dict[str, Any]:
    return {"Std:Join": {"On": "/", "Values": ["s3:/", *values, get("Execution.PipelineExecutionId"), "report"]}}


@pytest.mark.parametrize(
    ("uri", "objects"),
    [
        ("s3://bucket/report", "arn:aws:s3:::bucket/report/evaluation.json"),
        ("s3://bucket/report/", "arn:aws:s3:::bucket/report/evaluation.json"),
        ("s3://bucket", "arn:aws:s3:::bucket/evaluation.json"),
        ("s3://${Token[TOKEN.3]}/a", "arn:aws:s3:::${Token[TOKEN.3]}/a/evaluation.json"),
        (run_id("bucket"), "arn:aws:s3:::bucket/*/report/evaluation.json"),
        (run_id("bucket", get("Parameters.Prefix")), "arn:aws:s3:::bucket/*/*/report/evaluation.json"),
    ],
)
def test_the_property_file_of_a_condition(uri: Any, objects: str) -> None:
    assert of_pipeline(evaluate(uri), CHECK) == [("s3:GetObject", objects)]


def test_a_property_file_in_a_bucket_with_a_key() -> None:
    assert of_pipeline(evaluate("s3://secret/report"), CHECK) == [
        ("s3:GetObject", "arn:aws:s3:::secret/report/evaluation.json"),
        ("kms:Decrypt", KEY),
    ]


def test_a_property_file_in_an_argument() -> None:
    reader = step("Reader", "Unknown", {"HyperParameters": {"x": {"Std:Join": {"On": "", "Values": [MSE]}}}})
    assert of_pipeline(evaluate("s3://bucket/report"), reader) == [
        ("s3:GetObject", "arn:aws:s3:::bucket/report/evaluation.json")
    ]


@pytest.mark.parametrize(
    ("uri", "permissions"),
    [
        ("s3://bucket/f.json", [("s3:GetObject", "arn:aws:s3:::bucket/f.json")]),
        (run_id("bucket"), [("s3:GetObject", "arn:aws:s3:::bucket/*/report")]),
        (run_id(get("Parameters.Bucket")), []),
        (get("Parameters.Uri"), []),
        ("https://bucket/f.json", []),
        (None, []),
    ],
)
def test_a_json_file_by_its_uri(uri: Any, permissions: list[Any]) -> None:
    assert of_pipeline(condition("C", {"LeftValue": {"Std:JsonGet": {"S3Uri": uri, "Path": "a"}}})) == permissions


@pytest.mark.parametrize(
    "file",
    [
        None,
        "Report",
        get("Steps.Eval.PropertyFiles.Other"),
        get("Steps.Nowhere.PropertyFiles.Report"),
        get("Steps.Eval.PropertyFiles"),
        get("Parameters.P"),
        get("no reference"),
        get(5),  # type: ignore[arg-type]
    ],
)
def test_a_property_file_that_is_not_there_gives_none(file: Any) -> None:
    reading = condition("C", {"LeftValue": {"Std:JsonGet": {"PropertyFile": file, "Path": "a"}}})
    assert of_pipeline(evaluate("s3://bucket/report"), reading) == []


def test_each_permission_names_the_steps_that_need_it() -> None:
    found = pipeline_role.permissions(
        definition(step("A", "Training", {"RoleArn": ROLE}), step("B", "Training", {"RoleArn": ROLE})), PLACE
    )
    assert [permission.because for permission in found] == [
        (Reason("A"), Reason("B")),
        (Reason("A", "Arguments.RoleArn"), Reason("B", "Arguments.RoleArn")),
    ]


def test_the_abalone_pipeline() -> None:
    role = "arn:aws:iam::111122223333:role/PipelineRole"
    found = pipeline_role.permissions(Definition(corpus_document("abalone")), PLACE)
    assert allowed(found) == [
        (four("ProcessingJob"), f"{SAGEMAKER}:processing-job/pipelines-*"),
        ("iam:PassRole", role, {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}),
        (four("TrainingJob"), f"{SAGEMAKER}:training-job/pipelines-*"),
        # the property file, and the model that is registered
        (
            "s3:GetObject",
            "arn:aws:s3:::my-bucket/Abalone/*/AbaloneEval/output/evaluation/evaluation.json "
            "arn:aws:s3:::my-bucket/AbaloneTrain/*/output/model.tar.gz",
        ),
        (
            "sagemaker:AddTags sagemaker:CreateModelPackage sagemaker:DescribeModelPackage",
            f"{SAGEMAKER}:model-package/AbaloneGroup/* {SAGEMAKER}:model-package/abalonegroup/*",
        ),
        (
            "sagemaker:AddTags sagemaker:CreateModelPackageGroup",
            f"{SAGEMAKER}:model-package-group/AbaloneGroup {SAGEMAKER}:model-package-group/abalonegroup",
        ),
        # nothing on the image, whose account is one of AWS's own
        ("sagemaker:AddTags sagemaker:CreateModel sagemaker:DescribeModel", f"{SAGEMAKER}:model/pipelines-*"),
        (four("TransformJob"), f"{SAGEMAKER}:transform-job/pipelines-*"),
    ]
