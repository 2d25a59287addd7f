"""The guides: the examples of a page make one app, and their mistakes are refused with the message that is shown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import cdk_sagemaker_pipelines as library

from .pages import Block, blocks, fits

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    "start/existing-app",
    "guide/caching",
    "guide/checks",
    "guide/choosing-a-step",
    "guide/code-and-images",
    "guide/compute",
    "guide/console",
    "guide/control-flow",
    "guide/data",
    "guide/emr",
    "guide/endpoints",
    "guide/jobs",
    "guide/limits",
    "guide/models",
    "guide/monitoring",
    "guide/network",
    "guide/permissions",
    "guide/records",
    "guide/values",
    "guide/your-code",
)
"""Those whose blocks continue each other."""
WORDS = 900


def page(name: str) -> Path:
    return ROOT / "docs" / f"{name}.md"


def followed(found: list[Block]) -> list[tuple[Block, str | None]]:
    """Each example, with the message that the next block shows for it; None if it shows none."""
    asked = []
    for block, after in zip(found, [*found[1:], None], strict=True):
        if block.language == "python":
            message = after.text if after is not None and after.language == "text" else None
            asked.append((block, message))
    return asked


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", PAGES)
def test_the_examples_of_a_page_synthesize(name: str, folder: Path) -> None:
    asked = followed(blocks(page(name)))
    assert asked
    for block, message in asked:
        if message is None:
            write_files(block.text, folder)
    names: dict[str, Any] = {"__name__": "example"}
    for block, message in asked:
        code = compile("\n" * block.line + block.text, page(name), "exec")
        if message is None:
            exec(code, names)
            continue
        told = refusal(code, dict(names))
        assert fits(message, told), f"line {block.line} says\n{told}\nand not\n{message}"
    text = page(name).read_text("utf-8")
    for stack in names["app"].synth().stacks_recursively:
        for found in stack.messages:
            finding = re.search(r"\[([a-z-]+)\]( \[ack|$)", str(found.entry.data))
            assert finding, found.entry.data
            assert f"`{finding[1]}`" in text, found.entry.data


def refusal(code: Any, names: dict[str, Any]) -> str:
    """What an example with a mistake says: when it is declared, or at synth if it has an app of its own."""
    own = names.get("app")
    try:
        exec(code, names)
        if names.get("app") is not own:
            names["app"].synth()
    except Exception as error:
        return f"{type(error).__name__}: {error}\n"
    return "nothing\n"


def write_files(example: str, folder: Path) -> None:
    """The files that an example names."""
    for script in re.findall(r"Script\(\"([^\"]+)\"", example):
        write(folder / script, "print('hello')\n")
    for notebook in re.findall(r"notebook=\"([^\"]+)\"", example):
        write(folder / notebook, json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    for handler in re.findall(r"LambdaHandler\(\"([^\"]+)\"", example):
        write(folder / handler, "def handler(*given):\n    return {}\n")
    for source, script in re.findall(r"SourceDir\(\"([^\"]+)\", entry_point=\"([^\"]+)\"", example):
        write(folder / source / script, "print('hello')\n")


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.write_text(text, "utf-8")


def test_every_step_has_an_example() -> None:
    guides = (ROOT / "docs" / "guide").glob("*.md")  # also those whose examples are apps of their own
    examples = "".join(block.text for guide in guides for block in blocks(guide) if block.language == "python")
    steps = {name for name in library.__all__ if name.endswith("Step")} - {"Step"}
    assert {name for name in steps if f"{name}(" not in examples} == set()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_short(name: str) -> None:
    text = page(name).read_text("utf-8")
    prose = re.sub(r"^```.*?^```$|^\|[^\n]*$", "", text, flags=re.M | re.S)
    assert len(prose.split()) <= WORDS
    (related,) = re.findall(r"^Related: (.+)$", text, re.M)
    assert related.count("](") <= 3
