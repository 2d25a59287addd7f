"""Every stack of the gallery synthesizes to the same bytes each time, and no linter has findings."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint
from cfnlint.core import get_rules
from cfnlint.rules import RulesCollection

import cdk_sagemaker_pipelines as library
from cdk_sagemaker_pipelines import Step, StepGroup
from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.language.step_types import STEP_TYPES
from tests.gallery.catalog import EXHIBITS
from tests.gallery.deployment import GALLERY, ROOT, flags, synthesize
from tests.gallery.place import REGION
from tests.pipeline.support import body

STACKS = [exhibit.name for exhibit in EXHIBITS]
OF_CDK = {
    "W3005",  # CDK says again in DependsOn what a reference says already
    "W3010",  # the availability zones of a VPC are given, so that no look-up into an account is needed
}
"""Warnings of cfn-lint about what CDK writes."""
DOUBTS = {
    f"Annotation::cdk-sagemaker-pipelines:{code}" for code in ("bucket-key", "handed-over", "undecided-permission")
}
"""Ours, of what is described elsewhere or only known at run time; CDK counts all warnings among what it finds."""


def template(assembly: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((assembly / f"{name}.template.json").read_text("utf-8"))
    return found


def document(assembly: Path, name: str) -> Any:
    """The definition of a stack's pipeline; what is only known after the deployment is in angle brackets."""
    resources = template(assembly, name)["Resources"].values()
    (properties,) = [one["Properties"] for one in resources if one["Type"] == "AWS::SageMaker::Pipeline"]
    return body(properties)


def steps_of(assembly: Path, name: str) -> dict[str, str]:
    """The types of all steps by name."""
    return {step.name: step.type for step in Definition(document(assembly, name)).all_steps()}


# -- all of it


def test_it_has_every_type(assembly: Path) -> None:
    shown = {kind for name in STACKS for kind in steps_of(assembly, name).values()}
    assert shown == set(STEP_TYPES)


def test_the_page_for_regulated_accounts_has_every_resource(assembly: Path) -> None:
    """All types, and whether they stay when the stack goes."""
    found: dict[str, set[str]] = {}
    for name in STACKS:
        for resource in template(assembly, name)["Resources"].values():
            found.setdefault(resource["Type"], set()).add(resource.get("DeletionPolicy", "Delete"))
    text = (ROOT / "docs" / "regulated-accounts.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+::[\w:]+)` \|.*?\|.*?\| (kept|deleted)\b", text, re.M)
    assert {kind: "Retain" if said == "kept" else "Delete" for kind, said in rows}.items() <= {
        (kind, policy) for kind, policies in found.items() for policy in policies
    }
    around = re.findall(r"`(AWS::(?:EC2|SNS|StepFunctions)::\w+|AWS::CloudWatch::Alarm)`[,.]", text)
    assert sorted([*(kind for kind, _ in rows), *around]) == sorted(found)


def test_it_has_every_class() -> None:
    """All classes that are steps, consist of steps, or that steps run on."""
    exported = [getattr(library, name) for name in library._HOME]
    classes = [one for one in exported if isinstance(one, type) and one not in (Step, StepGroup)]
    wanted = {one.__name__ for one in classes if issubclass(one, (Step, StepGroup))}
    sources = [ast.parse(file.read_text("utf-8")) for file in (ROOT / GALLERY / "exhibits").rglob("*.py")]
    names = {node.id for source in sources for node in ast.walk(source) if isinstance(node, ast.Name)}
    assert wanted | {"StepGroup", "EmrCluster", "EmrServerlessApplication", "ClusterConfig"} <= names


def test_a_step_of_every_type_fails_in_it(assembly: Path) -> None:
    failing = {steps_of(assembly, exhibit.name)[failure.step] for exhibit in EXHIBITS for failure in exhibit.failures}
    assert failing == set(STEP_TYPES)


# -- again, elsewhere, and under cdk-nag


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """The same from a copy, with another hash seed, under the AwsSolutions pack and all of CDK's own validation.

    ``args`` is where it went.
    """
    folder = tmp_path_factory.mktemp("again")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / GALLERY, folder / GALLERY, ignore=ignored)
    assert flags()["@aws-cdk/core:validateAgainstDefaultRules"] is True
    done = synthesize(folder / "cdk.out", folder, NAG="yes", PYTHONHASHSEED="7", CDK_VALIDATION="true")
    done.args = folder / "cdk.out"
    return done


def test_every_finding_of_nag_is_acknowledged(again: subprocess.CompletedProcess[str]) -> None:
    assert again.returncode == 0, again.stderr[-3000:]
    assert "ERROR" not in again.stderr
    reports = json.loads((again.args / "validation-report.json").read_text("utf-8"))["pluginReports"]
    found = {violation["ruleName"] for report in reports for violation in report["violations"]}
    assert found == DOUBTS
    (acknowledged,) = [report["suppressedViolations"] for report in reports if report["pluginName"] == "AwsSolutions"]
    assert acknowledged
    assert all(one["reason"] for one in acknowledged)
    # such as that a worker answers for every execution of its pipeline
    assert any(one["ruleName"].endswith("pipeline/callback-pipeline/execution/*]") for one in acknowledged)


@pytest.mark.parametrize("name", STACKS)
def test_a_copy_elsewhere_gives_the_same_bytes(
    name: str, assembly: Path, again: subprocess.CompletedProcess[str]
) -> None:
    for file in (f"{name}.template.json", f"{name}.assets.json"):
        assert (again.args / file).read_bytes() == (assembly / file).read_bytes()


# -- under cfn-lint


@pytest.fixture(scope="module")
def rules() -> RulesCollection:
    """cfn-lint's own; loading them takes longer than to use them."""
    return get_rules([], [], [])


@pytest.mark.parametrize("name", STACKS)
def test_cfn_lint_finds_nothing(name: str, assembly: Path, rules: RulesCollection) -> None:
    found = lint((assembly / f"{name}.template.json").read_text("utf-8"), rules, [REGION])
    assert [str(match) for match in found if match.rule.id not in OF_CDK] == []


def test_cfn_lint_knows_the_actions_of_policies(assembly: Path, rules: RulesCollection) -> None:
    text = (assembly / "Lambda.template.json").read_text("utf-8")
    found = lint(text.replace("lambda:InvokeFunction", "lambda:InvokeNothing"), rules, [REGION])
    assert {match.rule.id for match in found} - OF_CDK == {"W3037"}
