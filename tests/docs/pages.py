"""What a page of the documents contains, in its order: blocks of code, with what is said of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(
    r"(?:^<!-- norun: (?P<reason>.+?) -->\n)?"
    r"^```(?P<language>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^```$",
    re.M | re.S,
)


_COMMENT = re.compile(r"\s+# .*")
_VARYING = {
    r"(?m)^\d\d:\d\d:\d\d  \S+ +Executing.*\n": "",
    r"(?m) +$": "",
    r"\b\d\d:\d\d:\d\d\b": "08:00:00",
    r"\b\d{4}-\d\d-\d\d \d\d:\d\d\b": "2026-11-30 08:00",
    r"\b\d\.\d s\b": "0.0 s",
}
"""What differs from run to run and is not compared: steps seen while they run, ends of lines, times, durations."""


@dataclass(frozen=True)
class Block:
    """A block of code. ``norun``: why it cannot be run here, or None; ``line``: where it begins in the page."""

    language: str
    title: str | None
    text: str
    norun: str | None
    line: int


@dataclass(frozen=True)
class Command:
    """A command of a console block, with the output that the page shows for it."""

    text: str
    output: str


def blocks(page: Path) -> list[Block]:
    text = page.read_text("utf-8")
    found = [
        Block(block["language"], block["title"], block["text"], block["reason"], text.count("\n", 0, block.start()) + 1)
        for block in _BLOCK.finditer(text)
    ]
    assert len(found) == len(re.findall(r"^```\w", text, re.M)), f"{page.name} has a block that is not understood"
    return found


def consoles(page: Path) -> list[Block]:
    """The console blocks of a page."""
    return [block for block in blocks(page) if block.language == "console"]


def commands(block: Block) -> list[Command]:
    """Lines that begin with ``$`` are commands, ``>`` continues one; the others are what it prints.

    A command with a comment and no output may print anything.
    """
    parts = re.split(r"^\$ ", block.text, flags=re.M)
    assert parts[0] == "", f"line {block.line}: a console block begins with a command"
    found = []
    for part in parts[1:]:
        first, *others = part.splitlines()
        more = [line[2:] for line in others if line.startswith("> ")]
        output = [f"{line}\n" for line in others[len(more) :]]
        said = _COMMENT.search(first)
        text = "\n".join([_COMMENT.sub("", first), *more])
        found.append(Command(text, "".join(output) or ("...\n" if said else "")))
    return found


def patched(text: str, change: str) -> str:
    """The text after a change that is shown as a diff of whole lines."""
    lines = change.splitlines(keepends=True)
    old = "".join(line[1:] for line in lines if line[0] in " -")
    new = "".join(line[1:] for line in lines if line[0] in " +")
    assert text.count(old) == 1, f"the lines to change are there {text.count(old)} times:\n{old}"
    return text.replace(old, new)


def settled(text: str) -> str:
    """A text as it is in every run."""
    for pattern, instead in _VARYING.items():
        text = re.sub(pattern, instead, text)
    return text


def fits(shown: str, printed: str) -> bool:
    """Whether a page shows what a command prints, whenever it runs.

    ``...`` stands for anything, alone in a line for any lines.
    """
    shown, printed = settled(shown), settled(printed)
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "..." else ".*?".join(map(re.escape, line.split("..."))) + "\n"
        for line in shown.splitlines()
    )
    return re.fullmatch(pattern, printed if printed.endswith("\n") or not printed else f"{printed}\n") is not None
