"""docs/steps.md: its table lists every step class, and says the truth of what can be told from the code."""

from __future__ import annotations

import builtins
import inspect
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

import cdk_sagemaker_pipelines as library
from cdk_sagemaker_pipelines.iam.types import JOBS
from cdk_sagemaker_pipelines.language.step_types import STEP_TYPES
from cdk_sagemaker_pipelines.local.jobs import RUNNERS
from cdk_sagemaker_pipelines.local.jobs.simulation import Simulated
from cdk_sagemaker_pipelines.steps.step import Step

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "steps.md"
LINK = re.compile(r"\[`?(\w+)`?\]\(([^)]+)\)")


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    type: str
    name: str
    home: Path
    pipeline: str
    role: str
    locally: str

    @property
    def step(self) -> builtins.type[Step]:
        found = getattr(library, self.name)
        assert isinstance(found, type)
        assert issubclass(found, Step)
        return found


def rows() -> list[Row]:
    found = []
    for line in DOCUMENT.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        link = LINK.fullmatch(cells[1]) if line.startswith("| ") and len(cells) == 6 else None
        if link is not None:
            home = (DOCUMENT.parent / link[2]).resolve()
            found.append(Row(cells[0].strip("`"), link[1], home, cells[3], cells[4], cells[5]))
    return found


ROWS = rows()
TYPED = [pytest.param(row, id=row.name) for row in ROWS if row.name != "RawStep"]


def test_every_step_class_is_in_it_once() -> None:
    exported = [getattr(library, name) for name in library.__all__]
    classes = {each.__name__ for each in exported if isinstance(each, type) and issubclass(each, Step)}
    assert sorted(row.name for row in ROWS) == sorted(classes - {"Step"})


def test_every_type_is_in_it() -> None:
    assert {row.type for row in ROWS} - {"any"} == set(STEP_TYPES)


@pytest.mark.parametrize("row", TYPED)
def test_type_and_file_are_those_of_the_class(row: Row) -> None:
    assert row.step.type == row.type
    assert Path(inspect.getfile(row.step)) == row.home


@pytest.mark.parametrize("row", TYPED)
def test_how_it_runs_locally_is_that_of_its_runner(row: Row) -> None:
    link = LINK.match(row.locally)
    assert link is not None
    home = (DOCUMENT.parent / link[2]).resolve()
    assert home.is_file()
    runner = RUNNERS.get(row.type)
    if runner is None:  # the engine's own
        assert (row.type in ("Condition", "Fail", "ForEach"), link[1]) == (True, "runs")
        return
    assert home == Path(inspect.getfile(type(runner)))
    assert (link[1] == "simulated") == isinstance(runner, Simulated)


@pytest.mark.parametrize("row", TYPED)
def test_a_role_of_its_own_is_told_of_where_one_is_filled(row: Row) -> None:
    fills = row.type in JOBS or hasattr(row.step, "add_worker") or row.type in ("Lambda", "Model", "Transform")
    assert (row.role != "nothing") == fills


def test_the_example_of_all_classic_types_has_those_of_the_table() -> None:
    source = (ROOT / "stacks/breast_cancer/stack.py").read_text("utf-8")
    used = set(re.findall(r"\b(\w+Step)\(", source))
    assert {row.type for row in ROWS if row.name in used} == {
        "Callback", "ClarifyCheck", "Condition", "EMR", "Fail", "Lambda", "Model", "Processing", "QualityCheck",
        "RegisterModel", "Training", "Transform", "Tuning",
    }  # fmt: skip
