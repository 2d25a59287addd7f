"""An import of what is next to a script, and is not uploaded with it, is a warning of the synth."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Annotations, Match

from cdk_sagemaker_pipelines import CallbackStep, LambdaHandler, LambdaStep, Pipeline, ProcessingStep, Script, SourceDir
from tests.steps.support import JOB


@pytest.fixture(autouse=True)
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("jobs/util.py", "jobs/pack/__init__.py", "jobs/folder/data.txt", "jobs/json.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def warnings(stack: cdk.Stack) -> list[str]:
    found = Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp(".*script-imports.*"))
    return [str(warning.entry.data) for warning in found]


def script(text: str) -> Script:
    Path("jobs/run.py").write_text(text, encoding="utf-8")
    return Script("jobs/run.py")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("import util\n", {"util": 1}),
        ("\nfrom util import size as s\n", {"util": 2}),
        ("import csv, util.more\nimport util\n", {"util": 1}),
        ("from pack.inner import a\nif True:\n    import util\n", {"pack": 1, "util": 3}),
        ("def main():\n    import util\n", {"util": 2}),
        ("try:\n    pass\nfinally:\n    import util\n", {"util": 4}),
    ],
)
def test_what_stays_behind(text: str, named: dict[str, int], pipeline: Pipeline, stack: cdk.Stack) -> None:
    ProcessingStep(pipeline, "Run", **JOB, script=script(text))
    told = [
        f"step 'Run': jobs/run.py, line {line}: it imports {name!r}, a module next to it, and only this file is "
        "uploaded; SourceDir('jobs', entry_point='run.py') uploads the folder [script-imports]"
        for name, line in named.items()
    ]
    found = warnings(stack)
    assert len(found) == len(told)
    assert all(text in found[index] for index, text in enumerate(told))


@pytest.mark.parametrize(
    "text",
    [
        "import json, pandas\n",
        "import folder\n",
        "import run\n",
        "from . import util\n",
        "try:\n    import util\nexcept ImportError:\n    util = None\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import util\n",
        "import sys\nsys.path.append('/opt/ml/processing/input/lib')\nimport util\n",
        "import util\nx = (\n",
    ],
)
def test_what_may_be_there(text: str, pipeline: Pipeline, stack: cdk.Stack) -> None:
    ProcessingStep(pipeline, "Run", **JOB, script=script(text))
    assert warnings(stack) == []


def test_a_folder_takes_it_along(pipeline: Pipeline, stack: cdk.Stack) -> None:
    script("import util\ndef handler(event, context):\n    return {}\n")
    ProcessingStep(pipeline, "Run", **JOB, script=SourceDir("jobs", entry_point="run.py"))
    LambdaStep(pipeline, "Call", handler=LambdaHandler("jobs", entry_point="run.py"))
    assert warnings(stack) == []


def test_functions_of_one_file(pipeline: Pipeline, stack: cdk.Stack) -> None:
    script("import util\ndef handler(event, context=None):\n    return {}\n")
    LambdaStep(pipeline, "Call", handler=LambdaHandler("jobs/run.py"))
    CallbackStep(pipeline, "Wait").add_worker(LambdaHandler("jobs/run.py"))
    found = warnings(stack)
    assert len(found) == 2
    assert all("LambdaHandler('jobs', entry_point='run.py') uploads the folder" in text for text in found)
