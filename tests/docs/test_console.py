"""The tests of the pages notice what differs."""

from __future__ import annotations

from pathlib import Path

import pytest

from .console import Console
from .pages import Block, blocks, fits, patched


def block(text: str, title: str | None = None, language: str = "console") -> Block:
    return Block(language, title, text, None, 1)


@pytest.fixture
def console(tmp_path: Path) -> Console:
    (tmp_path / "work").mkdir()
    return Console(tmp_path / "work", tmp_path, patience=20)


def test_commands_share_a_shell(console: Console) -> None:
    with console:
        assert console.run([block("$ mkdir new && cd new\n$ x=3\n"), block("$ echo $x; pwd\n3\n.../work/new\n")]) == 2


def test_files_are_where_the_shell_is(console: Console) -> None:
    with console:
        console.run([block("$ mkdir new && cd new\n"), block("a = 1\n", "x.py", "python")])
        console.run([block("-a = 1\n+a = 2\n", "x.py", "diff"), block("$ cat x.py\na = 2\n")])


@pytest.mark.parametrize(
    "shown", ["$ echo a\nb\n", "$ echo a\n", "$ true\nb\n", "$ false\n", "$ false\n$ echo $?\n0\n"]
)
def test_what_differs_is_noticed(console: Console, shown: str) -> None:
    with console, pytest.raises(AssertionError):
        console.run([block(shown)])


def test_a_failure_may_be_shown(console: Console) -> None:
    with console:
        console.run([block("$ (exit 3)\n$ echo $?\n3\n")])


def test_dots_stand_for_anything() -> None:
    assert fits("...\n", "")
    assert fits("a\n...\nd\n", "a\nb\nc\nd\n")
    assert fits("a ... c\n", "a b c\n")
    assert not fits("a ... c\n", "a b\nc\n")
    assert not fits("a\n", "a\nb\n")


def test_a_change_must_fit() -> None:
    assert patched("a\nb\nc\n", " a\n-b\n+x\n") == "a\nx\nc\n"
    for text in ("a\nc\n", "a\nb\na\nb\n"):
        with pytest.raises(AssertionError, match="times"):
            patched(text, " a\n-b\n+x\n")


def test_a_block_that_is_not_understood_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text('```python {title="x"}\n1\n```\n')
    with pytest.raises(AssertionError, match="not understood"):
        blocks(tmp_path / "page.md")
