"""Words that a reader stumbles over are in no document and no message, and elsewhere in fewer and fewer places."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "constructs" / "cdk_sagemaker_pipelines"
DOCUMENTS = [*(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY")), *(ROOT / "docs").rglob("*.md")]
INSTEAD = {
    r"stands?(?!-in| for| in for)": "is",
    r"told|tells?": "shows, reports, says",
    r"(?<![Tt]here )(?:is|are) no(?! longer)": "is not a",
    r"beside": "next to, besides",
    r"the very": "exactly",
    r"comes? to|takes? up": "is, registers",
    r"at run time only|known at the run": "only known at run time",
}
"""What to write instead, by pattern."""
WORDS = re.compile(rf"\b(?:{'|'.join(INSTEAD)})\b")
LEFT = {"docstrings": 276, "CHANGELOG.md": 48}
"""How many there may still be. Lower them when there are fewer; what is new has none."""


def found(text: str) -> list[str]:
    """Each place with a word, with what is around it. Code is not in words."""
    text = " ".join(re.sub(r"(`+)[^`]+\1", "", text).split())
    return [text[max(0, word.start() - 40) : word.end() + 40] for word in WORDS.finditer(text)]


@cache
def texts() -> tuple[list[str], list[str]]:
    """The texts of the library: docstrings with those below attributes; and messages of several words, by place."""
    docstrings, messages = [], []
    for module in sorted(LIBRARY.rglob("*.py")):
        nodes = [*ast.walk(ast.parse(module.read_text("utf-8")))]
        documenting = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
                if id(node) in documenting:
                    docstrings.append(node.value)
                else:
                    messages.append(f"{module.relative_to(LIBRARY)}:{node.lineno}: {node.value}")
    return docstrings, messages


@pytest.mark.parametrize("document", sorted(DOCUMENTS), ids=lambda document: document.relative_to(ROOT).as_posix())
def test_documents(document: Path) -> None:
    without_code = re.sub(r"^```.*?^```$", "", document.read_text("utf-8"), flags=re.M | re.S)
    assert found(without_code) == []


def test_messages() -> None:
    wrong = [text for text in texts()[1] if found(text)]
    assert not wrong, "\n".join(wrong)


def test_docstrings() -> None:
    assert sum(len(found(text)) for text in texts()[0]) <= LEFT["docstrings"]


def test_the_changelog() -> None:
    assert len(found((ROOT / "CHANGELOG.md").read_text("utf-8"))) <= LEFT["CHANGELOG.md"]


def test_a_word_is_noticed() -> None:
    for text in ("as it stands", "this is no list", "what it tells", "the file beside it", "known at run time only"):
        assert found(text), text
    for text in (
        "it stands for itself",
        "there is no list",
        "it is no longer there",
        "a stand-in",
        "besides",
        "understands",
        "the mode `tell`",
        "the method ``stands``",
    ):
        assert not found(text), text
