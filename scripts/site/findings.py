"""The page of findings: each code with an example, from docs/checks.md and the faults that the tests make."""

from __future__ import annotations

import copy
import importlib
import json
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import find, settings

from cdk_sagemaker_pipelines.language import Definition, Finding, PipelineError, check
from cdk_sagemaker_pipelines.language.paths import parse_path
from cdk_sagemaker_pipelines.properties.service_model import Model
from tests.language import faults

from .markdown import block
from .mends import MENDS
from .programs import BEGINNING, PROGRAMS

ROOT = Path(__file__).resolve().parents[2]
LINES = 14
"""Of an example."""
WIDTH = 86
"""Of a message."""
SIMPLEST = settings(derandomize=True, database=None)

HEAD = """\
# Findings

Every code that `cdk synth` and `smpipe check` report: what it means, what triggers it, and what to change.
[Checks](../checks.md#rules) says who applies which rules, and what the sources are.

The examples in JSON are made by breaking valid definitions, as the tests of the rules do. Those in Python continue this
program:
"""


@dataclass(frozen=True)
class Code:
    """A row of a table in docs/checks.md."""

    code: str
    section: str
    levels: str
    finds: str
    source: str


def codes() -> list[Code]:
    """Every code, in the order of docs/checks.md."""
    text = (ROOT / "docs" / "checks.md").read_text("utf-8").partition("\n## Rules\n")[2]
    found, section, head = [], "", []
    for line in text.splitlines():
        if line.startswith("### "):
            section = line[4:]
        elif line.startswith("| "):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if cells[0] == "code":
                head = cells
            elif re.fullmatch(r"`[a-z\-]+`", cells[0]):
                row = dict(zip(head, cells, strict=True))
                code = row["code"].strip("`")
                found.append(Code(code, section, row["level"], row["what it finds"], row.get("source", "")))
    return found


def page() -> str:
    """The Markdown of the page."""
    lines, heading = [HEAD, *block(BEGINNING, "python")], ""
    for found in codes():
        if found.section != heading:
            heading = found.section
            lines += [f"## {heading}", ""]
        lines += section(found)
    return "\n".join(lines)


def section(found: Code) -> list[str]:
    """The lines of a code."""
    return [
        *(f"### `{found.code}` {{#{found.code}}}", "", f"*{found.levels}*: {_linked(found.finds)}.", ""),
        *_shown(found.code),
        *(f"**Mend:** {MENDS[found.code]}", ""),
        *((f"Source: {found.source}", "") if found.source else ()),
    ]


def _linked(text: str) -> str:
    """A cell of docs/checks.md, seen from a folder below."""
    return re.sub(r"\]\((#?)", lambda match: "](../" + ("checks.md#" if match[1] else ""), text)


def _shown(code: str) -> list[str]:
    if code in PROGRAMS:
        program = PROGRAMS[code]
        return [*block(program.code, "python"), *block(_wrapped(program.text))]
    found = example(code)
    if found is None:
        return []
    finding, value = found
    lines = [] if value is None else block(json.dumps(value, indent=2), "json")
    if len(lines) - 3 > LINES:
        lines = [*lines[: LINES + 1], "  ...", *lines[-2:]]
    place = [part for part in (f"step '{finding.step}'" if finding.step else "", finding.where) if part]
    text = f"{': '.join([*place, finding.text])} [{finding.code}]"
    return [*lines, *block(_wrapped(text))]


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def example(code: str) -> tuple[Finding, Any] | None:
    """A finding of the code and the value that it is about, None without one; of the first fault that makes it."""
    for fault in sorted(faults_by_code().get(code, ()), key=lambda fault: fault.values is not None):
        given = [] if fault.values is None else [find(fault.values, lambda _: True, settings=SIMPLEST)]
        for text in _definitions():
            document = json.loads(text)
            for step, where in fault.breaks(document, *given):
                for finding in check(Definition(document), Model()):
                    if (finding.code, finding.step, finding.where) == (code, step, where):
                        return finding, copy.deepcopy(_at(document, step, where))
    return None


@cache
def faults_by_code() -> Mapping[str, list[faults.Fault]]:
    """The faults of the tests by the code that finds them."""
    for file in sorted((ROOT / "tests" / "language").glob("faults_of_*.py")):
        importlib.import_module(f"tests.language.{file.stem}")
    found: dict[str, list[faults.Fault]] = {}
    for fault in faults.FAULTS:
        found.setdefault(fault.code, []).append(fault)
    return found


@cache
def _definitions() -> list[str]:
    return [json.dumps(document) for _, document in faults.valid()]


def _at(document: Any, step: str | None, where: str) -> Any:
    """The value at a place of a definition, under its key; None where there is none."""
    found = (each for each in faults.steps(document) if each["Name"] == step)
    value: Any = next(found, None) if step else document
    key: Any = None
    try:
        for key in parse_path(where) if where else ():
            value = value[key]
    except (LookupError, TypeError, PipelineError):
        return None
    return {key: value} if isinstance(key, str) else value if where else None
