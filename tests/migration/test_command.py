"""``smpipe import`` from a user's view, and its page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines import cli
from tests.migration.support import CORPUS, definition, run, written

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "importing.md"
ROLE = "arn:aws:iam::111122223333:role/Jobs"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)
    assert found
    return found[1]


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.main(["import", *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    return told.err


def test_the_page_shows_what_is_written(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "abalone.json").write_text(block("json"), encoding="utf-8")
    assert cli.main(["import", "abalone.json"]) == 0
    told = capsys.readouterr()
    assert told.out == block("python")
    assert told.err == "smpipe: 3 steps; it means the same as the definition\n"


def test_a_file_is_written_once(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = str(CORPUS / "quality_checks.json")
    assert cli.main(["import", source, "--out", "stack.py"]) == 0
    assert "3 steps, of which ModelQuality as RawStep" in capsys.readouterr().err
    run((here / "stack.py").read_text("utf-8"), definition("quality_checks"))
    assert "stack.py exists already" in refused(capsys, source, "--out", "stack.py")
    assert "nowhere/stack.py cannot be written: No such file" in refused(capsys, source, "--out", "nowhere/stack.py")


def test_other_places_and_roles_are_arguments() -> None:
    given = definition("abalone")
    _, pipeline = run(written(given), given, my_bucket_name="other", pipeline_role_arn=ROLE)
    text = json.dumps(pipeline.host.current.json)
    assert "other/AbaloneTrain" in text
    assert "my-bucket" not in text
    assert "role/PipelineRole" not in text


BAD: dict[str, tuple[Any, str]] = {
    "twins": (
        {"Steps": [{"Name": "A", "Type": "Fail", "Arguments": {}}, {"Name": "A", "Type": "Fail", "Arguments": {}}]},
        "several steps have the name 'A'",
    ),
    "circle": (
        {
            "Steps": [
                {"Name": "A", "Type": "Callback", "Arguments": {}, "DependsOn": ["B"]},
                {"Name": "B", "Type": "Callback", "Arguments": {}, "DependsOn": ["A"]},
            ]
        },
        "the steps 'A', 'B' wait for one another",
    ),
    "name": ({"Steps": [{"Name": "a b", "Type": "Fail", "Arguments": {}}]}, "must have 1 to 64 letters"),
    "parameter": ({"Parameters": [{"Name": "A", "Type": "Text"}], "Steps": []}, "parameter 'A': type 'Text'"),
    "key": ({"Pets": {}, "Steps": []}, "the definition has 'Pets', for which Pipeline has no option"),
    "placeholder": (
        {"Steps": [{"Name": "A", "Type": "Fail", "Arguments": {"ErrorMessage": "${SageMaker:e30=}"}}]},
        "cannot be written as code",
    ),
    "waits-for-nothing": (
        {"Steps": [{"Name": "A", "Type": "Callback", "Arguments": {}, "DependsOn": ["B"]}]},
        "step 'A' waits for 'B', but the pipeline has no such step",
    ),
}


@pytest.mark.parametrize(("document", "text"), BAD.values(), ids=BAD)
def test_what_cannot_be_written_is_refused_in_words(
    document: Any, text: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "bad.json").write_text(json.dumps({"Version": "2020-12-01", **document}), encoding="utf-8")
    assert text in refused(capsys, "bad.json")
