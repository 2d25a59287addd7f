"""Every type has a reader, and what the classes write comes back in their fields."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import pytest

import cdk_sagemaker_pipelines as library
from cdk_sagemaker_pipelines import Definition, Pipeline, Step
from cdk_sagemaker_pipelines.language.step_types import STEP_TYPES
from cdk_sagemaker_pipelines.migration.trial import TYPES, WITHOUT
from cdk_sagemaker_pipelines.notation.declaring import step_classes
from tests.migration.support import program
from tests.steps.full import CODE, beside, full
from tests.steps.least import CLASSES

OTHERWISE = {
    # what it is told stands in files and hyperparameters of a training job
    "NotebookJobStep": "TrainingStep",
    "RepackModelStep": "TrainingStep",
    # its configuration is in a file
    "ClarifyCheckStep": "RawStep",
}
"""The classes whose steps come back as those of another."""
WITH_OVERRIDES = {"NotebookJobStep"}
"""The class whose steps have what a training step has no field for: an entry point, retries and tags."""


def test_every_type_is_read() -> None:
    assert {*TYPES, *WITHOUT} == set(STEP_TYPES)


def test_every_class_has_a_word_for_files() -> None:
    exported = [getattr(library, name) for name in library._HOME]
    kinds = {one for one in exported if isinstance(one, type) and issubclass(one, Step) and one is not Step}
    assert set(step_classes().values()) == kinds


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_what_a_class_writes_comes_back(kind: type[Step], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "code").mkdir()
    for name in ("answer", "train"):
        (tmp_path / "code" / f"{name}.py").write_text(CODE, encoding="utf-8")
    place = cdk.Environment(account="111122223333", region="eu-west-1")
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Stack", env=place)
    pipeline = Pipeline(stack, "P")
    made = full(kind, pipeline, beside(kind, pipeline))
    found = program(Definition(pipeline.definition.json)).step(made.name)
    assert found is not None
    assert found.class_name == OTHERWISE.get(kind.__name__, kind.__name__)
    assert ("overrides" in found.fields) == (kind.__name__ in WITH_OVERRIDES)
