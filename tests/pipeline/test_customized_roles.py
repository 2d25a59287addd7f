"""Roles that others create, as ``iam.Role.customize_roles`` says: CDK reports what they need, and so does a warning."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import Pipeline, S3Location
from tests.pipeline.support import ENVIRONMENT, processing

NAMES = {"Stack/Pipeline/Role": "executions", "Stack/Pipeline/Own/JobRole": "own", "Stack/Given": "given"}


def synthesized(folder: Path, names: Mapping[str, str] | None) -> tuple[cdk.cx_api.CloudAssembly, dict[str, Any]]:
    """The assembly of an app whose roles have these names, and CDK's report on them by their paths."""
    app = cdk.App(outdir=str(folder), analytics_reporting=False)
    iam.Role.customize_roles(app, use_precreated_roles=names)
    stack = cdk.Stack(app, "Stack", env=ENVIRONMENT)
    pipeline = Pipeline(stack, "Pipeline")
    processing(pipeline, "Own", inputs={"raw": S3Location(s3.Bucket(stack, "Data"), "raw/")})
    given = iam.Role(stack, "Given", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    processing(pipeline, "Other", role=given)
    assembly = app.synth()
    report = json.loads((folder / "iam-policy-report.json").read_text(encoding="utf-8"))
    return assembly, {role["roleConstructPath"]: role for role in report["roles"]}


def actions(role: Mapping[str, Any]) -> set[str]:
    """The actions that CDK reports for a role."""
    found = [statement["Action"] for statement in role["identityPolicyStatements"]]
    return {action for each in found for action in ([each] if isinstance(each, str) else each)}


@pytest.mark.parametrize("names", [NAMES, None])
def test_cdk_reports_what_each_role_needs(tmp_path: Path, names: Mapping[str, str] | None) -> None:
    _, report = synthesized(tmp_path, names)
    assert {"sagemaker:CreateProcessingJob", "iam:PassRole"} <= actions(report["Stack/Pipeline/Role"])
    own, given = actions(report["Stack/Pipeline/Own/JobRole"]), actions(report["Stack/Given"])
    assert own - given == {"s3:GetObject", "s3:ListBucket"}
    assert "logs:PutLogEvents" in given
    (data,) = (
        one["Resource"]
        for one in report["Stack/Pipeline/Own/JobRole"]["identityPolicyStatements"]
        if one["Action"] == "s3:GetObject"
    )
    assert data == "arn:(PARTITION):s3:::(Stack/Data/Resource.Ref)/raw/*"


def test_a_warning_says_what_each_role_needs_and_nothing_is_created(tmp_path: Path) -> None:
    assembly, _ = synthesized(tmp_path, NAMES)
    stack = assembly.get_stack_by_name("Stack")
    told = {message.id: str(message.entry.data) for message in stack.messages}
    assert {path: text.partition("; it needs: ")[0] for path, text in told.items()} == {
        "/Stack/Pipeline": "CDK does not create the role Stack/Pipeline/Role, as Role.customize_roles says",
        "/Stack/Pipeline/Own": "step 'Own': CDK does not create the role Stack/Pipeline/Own/JobRole, as "
        "Role.customize_roles says",
        "/Stack/Pipeline/Other": "step 'Other': CDK does not create the role Stack/Given, as Role.customize_roles says",
    }
    assert "[not-granted]" in told["/Stack/Pipeline/Own"]
    assert not {kind for one in stack.template["Resources"].values() if "IAM" in (kind := one["Type"])}
