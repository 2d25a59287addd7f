"""Files that have no end, or that nobody writes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cdk_sagemaker_pipelines import cli
from cdk_sagemaker_pipelines.language import PipelineError
from cdk_sagemaker_pipelines.language.files import read_bytes, read_text
from cdk_sagemaker_pipelines.notation.document import Document

COMMANDS = (
    ("seed", "{file}"),
    ("run", "d.json", "--outcomes", "{file}"),
    ("local", "--outcomes", "{file}", "--port", "0"),
    ("diff", "d.json", "d.json", "--prices", "{file}"),
)


@pytest.fixture(autouse=True)
def definition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    step = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}
    Path("d.json").write_text(json.dumps({"Version": "2020-12-01", "Steps": [step]}))


@pytest.mark.skipif(os.name != "posix", reason="there are no such files")
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_what_cannot_be_read(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo("pipe")
    for file, told in (("pipe", "it is a pipe, not a file"), ("/dev/zero", "it has more than ")):
        assert cli.main([part.format(file=file) for part in command]) == 2
        errors = capsys.readouterr().err
        assert f"{file} cannot be read: {told}" in errors


@pytest.mark.skipif(os.name != "posix", reason="there are no such files")
def test_a_notation(tmp_path: Path) -> None:
    os.mkfifo("pipe.yaml")
    with pytest.raises(PipelineError, match="cannot be read: it is a pipe, not a file"):
        Document(tmp_path / "pipe.yaml")


def test_lengths(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"12345")
    assert read_text(file, 5) == "12345"
    with pytest.raises(OSError, match="it has more than 4 bytes"):
        read_bytes(file, 4)


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="shells make files there")
def test_the_pipe_of_a_shell() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"{}")
    os.close(writing)
    try:
        assert read_bytes(Path(f"/dev/fd/{reading}")) == b"{}"
    finally:
        os.close(reading)


def test_a_price_of_any_length(capsys: pytest.CaptureFixture[str]) -> None:
    Path("big.json").write_text('{"ml.m5.large": 1' + "0" * 400 + "}")
    assert cli.main(["diff", "d.json", "d.json", "--prices", "big.json"]) == 2
    assert "the price of 'ml.m5.large' must be a number of 0 or more" in capsys.readouterr().err
