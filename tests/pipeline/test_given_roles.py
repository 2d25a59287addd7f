"""Given roles under cdk-nag: the pipeline acknowledges what it adds to them."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from cdk_sagemaker_pipelines import S3Location
from tests.pipeline.support import Bench, pipeline, processing

cdk_nag = pytest.importorskip("cdk_nag")
SAGEMAKER = iam.ServicePrincipal("sagemaker.amazonaws.com")


def unexplained(folder: Path, *, acknowledged: bool) -> set[tuple[str, str]]:
    """Policies and their findings if two pipelines share a role of the stack and an imported one."""
    bench = Bench(folder)
    made_here = iam.Role(bench.stack, "Here", assumed_by=SAGEMAKER)
    imported = iam.Role.from_role_arn(bench.stack, "Elsewhere", "arn:aws:iam::111122223333:role/Elsewhere")
    for name in ("One", "Two"):
        made = pipeline(
            bench, name, role=made_here, default_job_role=imported, artifacts=S3Location.from_uri("s3://a/")
        )
        processing(made, "Prepare", inputs={"in": "s3://data/raw/"}, outputs=["out"])
        if acknowledged:
            made.acknowledge_wildcards()
    made_here.add_to_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::mine/*"]))
    cdk.Validations.of(bench.app).add_plugins(cdk_nag.AwsSolutionsChecks(bench.app))
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        bench.app.synth()
    report = json.loads((folder / "validation-report.json").read_text(encoding="utf-8"))
    return {
        (construct["constructPath"], violation["ruleName"])
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    }


def test_only_unknown_roles_are_left(tmp_path: Path) -> None:
    mine = ("Stack/Here/DefaultPolicy/Resource", "AwsSolutions-IAM5[Resource::arn:aws:s3:::mine/*]")
    before = unexplained(tmp_path / "before", acknowledged=False)
    assert {path for path, _ in before} == {"Stack/Here/DefaultPolicy/Resource", "Stack/Elsewhere/Policy/Resource"}
    assert len(before) > 5
    assert unexplained(tmp_path / "after", acknowledged=True) == {mine}
