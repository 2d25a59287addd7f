"""The warnings of what no permission can be derived for: each field once, with what to grant to whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cdk_sagemaker_pipelines.iam import job_roles
from cdk_sagemaker_pipelines.iam.undecided import undecided
from tests.language.support import definition, get, step

from .support import PLACE, ROLE


def warnings(*steps: dict[str, Any]) -> list[str]:
    return [str(finding) for finding in undecided(definition(*steps), PLACE)]


def test_a_field_of_the_arguments() -> None:
    channel = {"DataSource": {"S3DataSource": {"S3Uri": get("Parameters.P")}}}
    assert warnings(step("Train", "Training", {"RoleArn": ROLE, "InputDataConfig": [channel]})) == [
        "step 'Train': Arguments.InputDataConfig[0]: the bucket is only known at run time, so no permission for it can "
        "be derived; grant s3:GetObject, s3:ListBucket to the role of the step's job [undecided-permission]"
    ]


def test_a_job_without_a_role_has_the_pipelines() -> None:
    channel = {"DataSource": {"S3DataSource": {"S3Uri": get("Parameters.P")}}}
    document = definition(step("Train", "Training", {"InputDataConfig": [channel]}))
    for role in (None, "arn:aws:iam::123456789012:role/Pipeline"):
        (warning,) = undecided(document, replace(PLACE, role=role))
        assert warning.text.endswith("grant s3:GetObject, s3:ListBucket to the pipeline's role")


def test_a_field_that_is_read_and_written_is_told_once() -> None:
    arguments = {"RoleArn": ROLE, "CheckpointConfig": {"S3Uri": get("Parameters.P")}}
    (warning,) = warnings(step("Train", "Training", arguments))
    assert "grant s3:GetObject, s3:ListBucket, s3:AbortMultipartUpload, s3:PutObject to the role of" in warning


def test_a_field_beside_the_arguments() -> None:
    assert warnings({"Name": "Ask", "Type": "Lambda", "FunctionArn": get("Parameters.P")}) == [
        "step 'Ask': FunctionArn: the function is only known at run time, so no permission for it can be derived; "
        "grant lambda:InvokeFunction to the pipeline's role [undecided-permission]"
    ]


def test_what_both_roles_need() -> None:
    check = {
        "Name": "Check",
        "Type": "QualityCheck",
        "Arguments": {"RoleArn": ROLE},
        "SuppliedBaselineStatistics": get("Parameters.P"),
    }
    (warning,) = warnings(check)
    assert warning.startswith("step 'Check': SuppliedBaselineStatistics: the bucket is only known")
    assert "grant s3:GetObject to the pipeline's role and the role of the step's job" in warning


def test_a_name_that_a_rule_refuses() -> None:
    odd = step("a: b: c", "Training", {"RoleArn": get("Parameters.P")})
    (warning,) = warnings(odd)
    assert warning.startswith("step 'a: b: c': Arguments.RoleArn: the role is only known at run time")


def test_objects_to_delete_that_a_deployment_tells() -> None:
    resources = {"S3": [{"S3Uris": ["${Token[Uri.1]}"]}]}
    assert warnings(step("Clean", "Cleanup", {"Resources": resources})) == [
        "step 'Clean': Arguments.Resources.S3[0].S3Uris: the bucket is only known at deployment, so no permission for "
        "it can be derived; grant s3:DeleteObject to the pipeline's role [undecided-permission]"
    ]


def test_nothing_to_warn_of() -> None:
    assert warnings(step("Train", "Training", {"RoleArn": ROLE})) == []


def test_a_queue_whose_url_tells_none() -> None:
    for name in ("*", "a b"):
        url = f"https://sqs.eu-west-1.amazonaws.com/123456789012/{name}"
        assert warnings({"Name": "S", "Type": "Callback", "SqsQueueUrl": url, "Arguments": {}}) == [
            "step 'S': SqsQueueUrl: the queue cannot be read from its URL, so no permission for it can be derived; "
            "grant sqs:SendMessage to the pipeline's role [undecided-permission]"
        ]


def test_a_role_that_texts_are_joined_to_is_known() -> None:
    role = {"Std:Join": {"On": "", "Values": [ROLE[:20], {"Std:Join": {"On": "-", "Values": [ROLE[20:], "2"]}}]}}
    given = definition(step("S", "Processing", {"RoleArn": role}))
    assert list(undecided(given, PLACE)) == []
    assert list(job_roles.permissions(given, PLACE)) == [f"{ROLE}-2"]
