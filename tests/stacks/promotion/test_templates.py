"""The stacks of the promotion: snapshots of their pipelines, what GitHub may do, and the same by CDK Pipelines."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aws_cdk.assertions import Match, Template
from cfnlint.api import lint
from cfnlint.core import get_rules

from cdk_sagemaker_pipelines import cli
from cdk_sagemaker_pipelines.testing import assert_pipeline
from stacks.promotion.repository import CONNECTION
from tests.gallery.deployment import ROOT, flags

from .conftest import DEV, PROD, REGION, TOOLS, Apps

PLACES = {"Dev": (DEV, "dev"), "Prod": (PROD, "production")}
NAG = """
import importlib, sys
import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks
for name in ("app", "delivery", "github"):
    built = importlib.import_module(f"stacks.promotion.{name}").build(outdir=f"{sys.argv[1]}/{name}")
    cdk.Validations.of(built).add_plugins(AwsSolutionsChecks(built))
    built.synth()
"""


@pytest.mark.parametrize("path", ["Dev/Training/Pipeline", "Prod/Serving/Pipeline"])
def test_the_pipelines(snapshot: Any, apps: Apps, path: str) -> None:
    snapshot.snapshot_dir = Path(__file__).parent / "snapshots"
    assert_pipeline(snapshot, apps.assembly("app"), path)


def test_nothing_is_wrong(apps: Apps, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", str(apps.assembly("app"))]) == 0
    # what the app acknowledges, with its reasons
    codes = re.findall(r"Create: ([a-z-]+): warning", capsys.readouterr().out)
    assert sorted(codes) == [*["other-account"] * 3, "undecided-permission"]


def test_cdk_pipelines_deploys_the_same(apps: Apps) -> None:
    app, delivery = apps.templates("app"), apps.templates("delivery")
    assert delivery.keys() == {*app, "Delivery"}
    for name, template in app.items():
        # CDK has the path in the app in the Sid
        one, other = (re.sub(r"(AllowEventRule)\w+", r"\1", json.dumps(each)) for each in (template, delivery[name]))
        assert one == other


def test_somebody_approves_before_production(apps: Apps) -> None:
    (pipeline,) = _of_type(apps.templates("delivery")["Delivery"], "AWS::CodePipeline::Pipeline")
    stages = {
        stage["Name"]: [action["ActionTypeId"]["Category"] for action in stage["Actions"]]
        for stage in pipeline["Stages"]
    }
    assert [*stages] == ["Source", "Build", "UpdatePipeline", "Assets", "Dev", "Prod"]
    assert stages["Dev"] == ["Deploy", "Deploy"]
    assert stages["Prod"] == ["Approval", "Deploy", "Deploy"]
    prod = [action["Name"] for action in sorted(pipeline["Stages"][-1]["Actions"], key=lambda one: one["RunOrder"])]
    assert prod[0] == "Promote"
    artifacts = json.loads((apps.assembly("delivery") / "manifest.json").read_text("utf-8"))["artifacts"]
    assert artifacts["Delivery"]["environment"] == f"aws://{TOOLS}/{REGION}"


def test_the_source_may_use_the_connection_by_its_own_prefix(apps: Apps) -> None:
    assert CONNECTION.startswith("arn:aws:codeconnections:")
    policies = _of_type(apps.templates("delivery")["Delivery"], "AWS::IAM::Policy")
    (source,) = (one["PolicyDocument"] for one in policies if "SourceGitHub" in one["PolicyName"])
    (use,) = (one for one in source["Statement"] if one["Resource"] == CONNECTION)
    assert use["Action"] == ["codeconnections:UseConnection", "codestar-connections:UseConnection"]


def test_both_ways_build_alike(apps: Apps) -> None:
    projects = _of_type(apps.templates("delivery")["Delivery"], "AWS::CodeBuild::Project")
    specs = [json.loads(one["Source"]["BuildSpec"])["phases"] for one in projects if "BuildSpec" in one["Source"]]
    (phases,) = [one for one in specs if "runtime-versions" in one["install"]]
    built = [*phases["install"]["commands"], *phases["build"]["commands"]]
    workflow = (ROOT / "docs" / "github" / "promote.yml").read_text("utf-8")
    runs = re.findall(r"- run: (.+)", workflow)[:4]
    assert [line.replace(" --app 'python3 -m stacks.promotion.delivery'", "") for line in built] == runs


@pytest.mark.parametrize("stage", PLACES)
def test_one_environment_of_the_repository_takes_the_role(apps: Apps, stage: str) -> None:
    account, environment = PLACES[stage]
    template = Template.from_json(apps.templates("github")[f"{stage}-GitHub"])
    template.has_resource_properties(
        "AWS::IAM::OIDCProvider",
        {"Url": "https://token.actions.githubusercontent.com", "ClientIdList": ["sts.amazonaws.com"]},
    )
    (role,) = _of_type(template.to_json(), "AWS::IAM::Role")
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": {"Fn::GetAtt": ["GitHub", "Arn"]}},
            "Condition": {
                "StringEquals": {
                    "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                    "token.actions.githubusercontent.com:sub": f"repo:example/line:environment:{environment}",
                }
            },
        }
    ]
    (policy,) = _of_type(template.to_json(), "AWS::IAM::Policy")
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Resource": [
                f"arn:aws:iam::{account}:role/cdk-hnb659fds-{kind}-role-{account}-{REGION}"
                for kind in ("deploy", "file-publishing", "image-publishing")
            ],
        }
    ]


def test_the_models_are_encrypted_with_a_key_of_ours(apps: Apps) -> None:
    template = Template.from_json(apps.templates("app")["Dev-Training"])
    template.has_resource_properties("AWS::KMS::Key", {"EnableKeyRotation": True})
    name = f"line-models-{DEV}-{REGION}"
    by_key = Match.object_like({"SSEAlgorithm": "aws:kms"})
    encryption = {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": by_key}]}
    template.has_resource_properties("AWS::S3::Bucket", {"BucketName": name, "BucketEncryption": encryption})


# -- linters


def test_every_finding_of_nag_is_acknowledged(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "constructs"), str(ROOT)]),
        "CDK_CONTEXT_JSON": json.dumps(flags()),
    }
    done = subprocess.run(
        [sys.executable, "-c", NAG, str(tmp_path)], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    for name in ("app", "delivery", "github"):
        reports = json.loads((tmp_path / name / "validation-report.json").read_text("utf-8"))["pluginReports"]
        assert [one["violations"] for one in reports if one["violations"]] == []
        suppressed = [one for report in reports for one in report.get("suppressedViolations", ())]
        assert all(one["reason"] for one in suppressed)
        assert bool(suppressed) == (name != "github")


def test_cfn_lint_finds_nothing(apps: Apps) -> None:
    rules = get_rules([], [], [])
    for name, template in {**apps.templates("delivery"), **apps.templates("github")}.items():
        found = lint(json.dumps(template), rules, [REGION])
        assert [str(match) for match in found if match.rule.id != "W3005"] == [], name


def _of_type(template: Any, kind: str) -> list[Any]:
    return [each["Properties"] for each in template["Resources"].values() if each["Type"] == kind]
