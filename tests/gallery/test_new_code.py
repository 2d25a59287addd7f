"""New code, in every step class that has some, is no change of what anybody may do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.gallery.catalog import EXHIBITS
from tests.gallery.deployment import GALLERY, ROOT, synthesize
from tests.pipeline.support import body

STACKS = [exhibit.name for exhibit in EXHIBITS]
OF_IAM = ("Policies", "PolicyDocument", "AssumeRolePolicyDocument", "ManagedPolicyArns", "KeyPolicy", "Roles")
WITH_CODE = {
    "EMR",
    "EMRServerless",
    "Lambda",
    "Models",
    "NotebookJob",
    "Processing",
    "RepackModel",
    "Training",
    "Tuning",
}


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The assembly of the gallery with a blank more in every file of code."""
    folder = tmp_path_factory.mktemp("changed")
    shutil.copytree(ROOT / GALLERY, folder / GALLERY, ignore=shutil.ignore_patterns("__pycache__"))
    files = [file for file in (folder / GALLERY / "code").rglob("*") if file.is_file()]
    for file in files:
        file.write_bytes(file.read_bytes() + b"\n")
    done = synthesize(folder / "cdk.out", folder)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "cdk.out"


def template(assembly: Path, name: str) -> Mapping[str, Any]:
    found: dict[str, Any] = json.loads((assembly / f"{name}.template.json").read_text("utf-8"))["Resources"]
    return found


def permissions(resources: Mapping[str, Any]) -> dict[str, Any]:
    """All policies, and what else an approval of ``cdk deploy`` is asked for."""
    found = {}
    for name, resource in resources.items():
        given = resource.get("Properties", {})
        said = given if resource["Type"] == "AWS::Lambda::Permission" else {k: given[k] for k in OF_IAM if k in given}
        if said:
            found[name] = said
    return found


@pytest.mark.parametrize("name", STACKS)
def test_new_code_asks_for_no_new_permission(name: str, assembly: Path, changed: Path) -> None:
    before, after = (template(one, name) for one in (assembly, changed))
    assert permissions(before)
    assert permissions(before) == permissions(after)


def test_the_deployed_code_is_the_new_one(assembly: Path, changed: Path) -> None:
    def definition(folder: Path, name: str) -> Any:
        (pipeline,) = (one for one in template(folder, name).values() if one["Type"] == "AWS::SageMaker::Pipeline")
        return body(pipeline["Properties"])

    others = {name for name in STACKS if definition(assembly, name) != definition(changed, name)}
    assert others > WITH_CODE
