"""The programs on the page of findings make the findings that stand below them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cdk_sagemaker_pipelines import cli
from scripts.site.findings import codes, faults_by_code
from scripts.site.programs import BEGINNING, PROGRAMS

NOT_MADE = {"wildcard-without-reason", "internal"}
"""Faults of the library itself."""
IN_THE_SUITE = ("other-pipeline", "resource-property")


def said(program: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """All that CDK and ``smpipe check`` say of it, in one line."""
    out = folder / "cdk.out"
    names: dict[str, object] = {}
    exec(BEGINNING.replace("cdk.App()", f"cdk.App(outdir={str(out)!r}, analytics_reporting=False)"), names)
    exec(program, names)
    try:
        assembly = names["app"].synth()  # type: ignore[attr-defined]
    except RuntimeError as error:
        report = out / "validation-report.json"
        return " ".join(f"{error} {report.read_text('utf-8') if report.exists() else ''}".split())
    told = [str(message.entry.data) for stack in assembly.stacks for message in stack.messages]
    cli.main(["check", str(out)])
    return " ".join(f"{' '.join(told)} {capsys.readouterr().out}".split())


@pytest.mark.parametrize(
    "code", [code if code in IN_THE_SUITE else pytest.param(code, marks=pytest.mark.long) for code in PROGRAMS]
)
def test_a_program_makes_its_finding(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    expected = ".*".join(map(re.escape, PROGRAMS[code].text.split("...")))
    assert re.search(expected, said(PROGRAMS[code].code, tmp_path, capsys))


def test_every_code_has_an_example() -> None:
    known = {found.code for found in codes()}
    assert set(PROGRAMS) <= known
    assert known - set(PROGRAMS) - set(faults_by_code()) == NOT_MADE, "write a program into scripts/site/programs.md"
