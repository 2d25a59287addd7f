"""The gallery's pipelines come back from their templates as code, and as files, that mean the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import pytest

from cdk_sagemaker_pipelines import Definition, Pipeline, review
from cdk_sagemaker_pipelines.language.meaning import differences, meaning
from cdk_sagemaker_pipelines.migration.code.file import yaml
from cdk_sagemaker_pipelines.migration.code.names import Names
from cdk_sagemaker_pipelines.migration.code.source import source
from cdk_sagemaker_pipelines.migration.code.surroundings import MODULES, Surroundings
from cdk_sagemaker_pipelines.migration.importing import environment, imported
from cdk_sagemaker_pipelines.migration.program import Program
from cdk_sagemaker_pipelines.migration.settling import settled
from tests.migration.support import run

RAW = {"ClarifyCheck-Pipeline": ["Bias", "Explain"]}
"""The configuration of a check with Clarify is in a file."""


@pytest.fixture(scope="module")
def programs(assembly: Path) -> dict[str, tuple[Program, review.Found]]:
    found = [each for each in review.read(assembly) if isinstance(each, review.Found)]
    return {each.name: (imported(each.definition, each.name, each.name), each) for each in found}


@pytest.mark.slow
def test_they_mean_the_same(programs: dict[str, tuple[Program, review.Found]], tmp_path: Path) -> None:
    assert len(programs) > 25
    raw = {}
    for name, (program, found) in programs.items():
        code = source(program)
        (tmp_path / f"{name}.py").write_text(code, encoding="utf-8")
        plain, _ = settled(found.definition.json)
        told = Surroundings.of(program, Names({*MODULES})).needed()
        _, pipeline = run(code, Definition(plain), **told)
        assert list(differences(meaning(plain), meaning(pipeline.host.current.json))) == [], name
        raw[name] = [step.name for step in program.steps if step.class_name == "RawStep"]
        stack = cdk.Stack(cdk.App(analytics_reporting=False), "File", env=environment(plain))
        (tmp_path / "pipeline.yaml").write_text(yaml(program), encoding="utf-8")
        read = Pipeline.from_file(stack, "Pipeline", tmp_path / "pipeline.yaml").host.current.json
        assert list(differences(meaning(plain), meaning(read))) == [], name
    assert {name: steps for name, steps in raw.items() if steps} == RAW
    ruff = str(Path(sys.executable).parent / "ruff")
    for command in (["check", "--isolated", "--no-cache"], ["format", "--check", "--isolated", "--no-cache"]):
        done = subprocess.run([ruff, *command, str(tmp_path)], capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stdout
