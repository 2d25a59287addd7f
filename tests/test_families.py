"""Each step type has a family, and in every room its file is in the family's folder."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import cdk_sagemaker_pipelines as library
from cdk_sagemaker_pipelines.iam import types as permissions
from cdk_sagemaker_pipelines.language.rules import types as rules
from cdk_sagemaker_pipelines.language.step_types import FAMILIES, STEP_TYPES, StepType
from cdk_sagemaker_pipelines.local import runners
from cdk_sagemaker_pipelines.steps.base.step import Step
from tests.test_steps_table import ROWS

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ROOT / "constructs" / "cdk_sagemaker_pipelines"
EXHIBITS = ROOT / "tests" / "gallery" / "exhibits"
ROOMS = [
    LIBRARY / "steps",
    LIBRARY / "iam" / "types",
    LIBRARY / "language" / "rules" / "types",
    LIBRARY / "local" / "runners",
    ROOT / "tests" / "steps",
]
BESIDE = {"base", "sdk"}
"""Folders of a room that are no family: what all have, and the SDK's own steps to compare with."""
ENGINES_OWN = "control"
"""The family that the engine runs itself, and that needs no permissions and no rules of a type."""

SHOWN_ELSEWHERE = {"Transform": "models"}
"""The families in whose exhibits such a type is shown: a transform applies a model."""

EVERY = [pytest.param(row, id=row.name) for row in STEP_TYPES.values()]


def family_in(room: str, module: str) -> str:
    """The folder of a module below a room."""
    assert module.startswith(f"{room}.")
    return module.removeprefix(f"{room}.").partition(".")[0]


def test_the_table_is_in_the_order_of_the_families() -> None:
    families = [row.family for row in STEP_TYPES.values()]
    assert list(dict.fromkeys(families)) == list(FAMILIES)
    assert families == sorted(families, key=lambda family: FAMILIES.index(family or "control"))


def test_docs_list_the_types_in_that_order() -> None:
    assert list(dict.fromkeys(row.type for row in ROWS)) == [*STEP_TYPES, "any"]


@pytest.mark.parametrize("room", [pytest.param(room, id=room.relative_to(ROOT).as_posix()) for room in ROOMS])
def test_the_folders_of_a_room_are_families(room: Path) -> None:
    folders = {path.name for path in room.iterdir() if path.is_dir() and path.name[0] not in "_."} - BESIDE
    optional = set() if room.name == "steps" else {ENGINES_OWN}
    assert set(FAMILIES) - optional <= folders <= set(FAMILIES)


def test_exhibits_are_of_families() -> None:
    """But what starts a pipeline, which is of none."""
    found = {path.stem for path in EXHIBITS.iterdir() if path.name[0] not in "_."}
    assert found == {*FAMILIES, "starts"}


@pytest.mark.parametrize("row", EVERY)
def test_the_class_is_in_the_file_of_the_type(row: StepType) -> None:
    found = getattr(library, f"{row.name}Step")
    assert found.type == row.name
    assert Path(inspect.getfile(found)) == LIBRARY / "steps" / str(row.family) / f"{row.module}.py"


def test_every_class_is_in_the_folder_of_the_family() -> None:
    exported = [getattr(library, name) for name in library._HOME]
    classes = [each for each in exported if isinstance(each, type) and issubclass(each, Step) and "type" in vars(each)]
    wrong = [one for one in classes if f".steps.{STEP_TYPES[one.type].family}." not in one.__module__]
    assert len(classes) > len(STEP_TYPES)
    assert not wrong


@pytest.mark.parametrize("row", EVERY)
def test_permissions_are_derived_in_the_folder_of_the_family(row: StepType) -> None:
    tables = (permissions.PIPELINE, permissions.JOBS)
    special = [table[row.name] for table in tables if row.name in table]
    assert {family_in(permissions.__name__, each.__module__) for each in special} <= {row.family}


@pytest.mark.parametrize("row", EVERY)
def test_it_runs_in_the_folder_of_the_family(row: StepType) -> None:
    runner = runners.RUNNERS.get(row.name)
    assert (runner is None) == (row.family == ENGINES_OWN)
    if runner is not None:
        assert type(runner).__module__ == f"{runners.__name__}.{row.family}.{row.module}"


def test_rules_of_types_are_in_the_folders_of_families() -> None:
    folders = {family_in(rules.__name__, rule.__module__) for rule in rules.TYPE_RULES}
    assert folders - BESIDE == set(FAMILIES) - {ENGINES_OWN}


def names_it(row: StepType, above: Path, family: str) -> bool:
    """Whether a file of a family creates a step of the type."""
    files = [above / f"{family}.py", *(above / family).rglob("*.py")]
    texts = [file.read_text("utf-8") for file in files if file.is_file()]
    return any(re.search(rf"\b{row.name}Step\(", text) for text in texts)


@pytest.mark.parametrize("row", EVERY)
def test_it_is_tested_and_shown_in_the_folders_of_the_family(row: StepType) -> None:
    assert names_it(row, ROOT / "tests" / "steps", str(row.family))
    assert names_it(row, EXHIBITS, SHOWN_ELSEWHERE.get(row.name, str(row.family)))
