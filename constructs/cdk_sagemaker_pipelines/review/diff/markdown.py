"""A difference as a comment for a pull request: what matters above the fold, all of it below.

Names and values are code spans (``spans``); lines of code are ``printable``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ...language import Definition
from ..words import printable
from .blocks import Block, blocks
from .code import AssetChange
from .entry import CODE, ORDER, STEPS, Entry
from .head import LONG, SIGNS, head, not_compared
from .picture import picture
from .pipelines import PipelineDifference
from .spans import entities, noted, span
from .text import SECTIONS, shortened, shown_path
from .weight import is_unfolded

MARKER = "<!-- smpipe diff -->"
"""The first line, by which the comment of before is found and replaced."""
LIMIT = 65_000
"""The most characters; GitHub refuses a comment of more than 65,536."""
_SHORT = "Long values are shortened; `smpipe diff` shows them whole."
_FOR_NAMES = 4_000
"""For the line that says what has no room."""
_LEAST = 2_000
"""What a pipeline gets as long as there is that much."""


def markdown(differences: Sequence[PipelineDifference]) -> str:
    """The comment, never longer than ``LIMIT``: pipelines that have no room are named."""
    found = blocks(differences)
    above = "\n".join([MARKER, "", *head(found), *not_compared(differences), ""])
    parts = [above]
    left = LIMIT - len(above) - _FOR_NAMES
    texts: dict[int, str] = {}
    lengths = [len(_fitted(block, _whole(block, differences), LIMIT)) for block in found]
    # the short ones first: each has its share of the room, and what those before it have left over
    for turn, number in enumerate(sorted(range(len(found)), key=lengths.__getitem__)):
        room = min(max(left // (len(found) - turn), _LEAST), left)
        text = _fitted(found[number], _whole(found[number], differences), room)
        if len(text) <= room:
            texts[number] = text
            left -= len(text) + 1
    parts += [texts[number] for number in sorted(texts)]
    unshown = [block for number, block in enumerate(found) if number not in texts]
    if unshown:
        parts.append(f"**Not shown here**, since a comment is limited: {_named(unshown)}; `smpipe diff` shows all.\n")
    return "\n".join(parts)


def _named(unshown: Sequence[Block]) -> str:
    """The pipelines, as many of them as have room."""
    names: list[str] = []
    for block in unshown:
        if sum(map(len, names)) + len(block.title) > _FOR_NAMES // 4:
            return f"{', '.join(names) or 'one'} and {len(unshown) - len(names)} more"
        names.append(span(block.title))
    return ", ".join(names)


def _whole(block: Block, differences: Sequence[PipelineDifference]) -> PipelineDifference | None:
    """The difference that stands for the pipelines of a block: its picture and its code."""
    return next((each for each in differences if each.reviewed.path == block.paths[0]), None)


def _fitted(block: Block, difference: PipelineDifference | None, room: int) -> str:
    """The text of a block: without its code, its picture, whole values or the last of its rows for lack of room."""
    signs = {"+": " is new", "-": " is gone", "~": ""}
    heading = f"### {span(block.title)}{signs[block.sign]}\n"
    if not block.entries:
        return heading
    drawn, table, short = _drawn(block, difference), _table(block.entries, _row), _table(block.entries, _short_row)
    code = "\n".join(_code(change) for change in (difference.code if difference else ()) if _tells(block, change))
    for way in ((drawn, table, code), (drawn, table), (table,), (short, f"{_SHORT}\n")):
        text = "\n".join(part for part in (heading, *way) if part) + "\n"
        if len(text) <= room:
            return text
    shown, length = [], len(heading) + 2 * LONG
    for entry in block.entries:  # one that is too long leaves the room to those after it
        size = len(_short_row(entry)) + 1
        if length + size <= room:
            shown.append(entry)
            length += size
    more = f"and {len(block.entries) - len(shown)} more, which `smpipe diff` shows\n"
    return "\n".join((heading, _table(shown, _short_row), more)) if shown else f"{heading}\n{more}"


def _tells(block: Block, change: AssetChange) -> bool:
    return any(entry.section == CODE and entry.subject == change.name for entry in block.entries)


def _drawn(block: Block, difference: PipelineDifference | None) -> str:
    if difference is None or difference.new is None:
        return ""
    old = Definition({}) if difference.old is None else difference.old.definition
    new = difference.new.definition
    drawing = picture(difference.definition, old, new) if old is not None and new is not None else ""
    in_block = any(entry.section in (STEPS, ORDER) for entry in block.entries)
    return f"```mermaid\n{drawing}```\n" if drawing and in_block else ""


def _table(entries: Sequence[Entry], row: Callable[[Entry], str]) -> str:
    """All entries; what is about roles, and resources that are new or gone, is folded, as what they allow is above."""
    ordered = sorted(entries, key=lambda entry: SECTIONS.index(entry.section))
    open_, folded = _split(ordered, is_unfolded)
    told = []
    if open_:
        told.append(_rows(open_, row))
    if folded:
        number = f"{len(folded)} of roles and resources"
        told.append(f"<details><summary>{number}</summary>\n\n{_rows(folded, row)}\n\n</details>")
    return "\n\n".join(told) + "\n"


def _split(entries: Sequence[Entry], test: Callable[[Entry], bool]) -> tuple[list[Entry], list[Entry]]:
    return [entry for entry in entries if test(entry)], [entry for entry in entries if not test(entry)]


def _rows(entries: Sequence[Entry], row: Callable[[Entry], str]) -> str:
    lines = ["| | What | Before | After |", "|---|---|---|---|"]
    return "\n".join([*lines, *map(row, entries)])


def _row(entry: Entry) -> str:
    """An entry; long values are folded in what both sides have in common."""
    return _row_with(entry, _folded)


def _short_row(entry: Entry) -> str:
    """The same where there is no room for whole values."""
    return _row_with(entry, lambda short, _: span(short))


def _folded(short: str, whole: str) -> str:
    return span(whole) if short == whole else f"<details><summary>{span(short)}</summary>{span(whole)}</details>"


def _row_with(entry: Entry, shown: Callable[[str, str], str]) -> str:
    whole = old, new = entry.old or "", entry.new or ""
    if entry.old is not None and entry.new is not None and len(old) + len(new) > LONG:
        old, new = shortened(old, new)
    sign = "renamed" if entry.sign == ">" and entry.path == "Name" else SIGNS[entry.sign]
    kind = f" ({span(entry.kind)})" if entry.kind else ""
    path = "" if entry.sign == ">" else shown_path(entry)
    if entry.old is None and entry.new is None and entry.sign in "+-":
        told = " ".join(filter(None, (span(path), span(entry.note))))
        return _cells(sign, span(entry.subject) + kind, *(("", told) if entry.sign == "+" else (told, "")))
    what = " ".join(span(text) for text in (entry.subject, path) if text)
    return _cells(sign, what + kind + noted(entry), shown(old, whole[0]), shown(new, whole[1]))


def _cells(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _code(change: AssetChange) -> str:
    """The lines of a file of code that differ, folded."""
    lines = [printable(line) for file in change.files or () for line in (f"# {file.name}", *file.lines)]
    fence = "`" * max(3, 1 + max((len(run) for line in lines for run in re.findall("`+", line)), default=0))
    summary = f"<details><summary>{entities(change.name)}</summary>"
    return "\n".join((summary, "", f"{fence}diff", *lines, fence, "", "</details>", ""))
