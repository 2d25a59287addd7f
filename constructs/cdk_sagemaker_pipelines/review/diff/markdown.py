"""A difference as a comment for a pull request: what matters above the fold, all of it below.

Names and values are code spans (``spans``); lines of code are ``printable``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from ...language import Definition
from ..words import printable
from .blocks import Block, blocks
from .code import AssetChange
from .entry import CAPACITY, CODE, ORDER, PERMISSIONS, RESOURCES, STEPS, Entry
from .picture import picture
from .pipelines import PipelineDifference
from .spans import entities, span
from .text import SECTIONS, shortened, shown_path

MARKER = "<!-- smpipe diff -->"
"""The first line, by which the comment of before is found and replaced."""
LIMIT = 65_000
"""The most characters; GitHub refuses a comment of more than 65,536."""
_FOR_NAMES = 4_000
"""For the line that says what has no room."""
_LEAST = 2_000
"""What a pipeline gets as long as there is that much."""
_ABOVE, _LONGEST_ABOVE = 20, 8_000
"""How many permissions are above the fold, and how many characters."""
_LONG = 120
_SIGNS = {"+": "new", "-": "gone", "~": "changed", ">": "moved"}


def markdown(differences: Sequence[PipelineDifference]) -> str:
    """The comment, never longer than ``LIMIT``: pipelines that have no room are named."""
    found = blocks(differences)
    head = "\n".join([MARKER, "", *_head(found), *_not_compared(differences), ""])
    parts = [head]
    left = LIMIT - len(head) - _FOR_NAMES
    unshown: list[Block] = []
    for number, block in enumerate(found):
        # each pipeline has its share of the room, and what those before it have left over
        room = min(max(left // (len(found) - number), _LEAST), left)
        text = _fitted(block, _whole(block, differences), room)
        if len(text) > room:
            unshown.append(block)
        else:
            parts.append(text)
            left -= len(text) + 1
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


# -- above the fold


def _head(found: Sequence[Block]) -> Iterator[str]:
    if not found:
        yield "**No pipeline differs.**"
        return
    yield f"**{_counted(found)}**"
    entries = [(block, entry) for block in found for entry in block.entries]
    gained = [(block, entry) for block, entry in entries if is_gain(entry)]
    gained.sort(key=lambda each: each[1].note.startswith("for "))  # first what no field asks for
    if gained:
        yield ""
        yield "Permissions gained:"
        yield ""
        lines = [f"- {_gain(entry)}{_in(block, found)}" for block, entry in gained]
        yield from _first(lines, "- and {} more below")
    amounts = [(block, entry) for block, entry in entries if entry.section == CAPACITY]
    yield from _first([f"\n{_amount(entry)}{_in(block, found)}" for block, entry in amounts], "\nand {} more below")


def _not_compared(differences: Sequence[PipelineDifference]) -> Iterator[str]:
    told = [
        f"\nNot compared in {span(each.reviewed.path)}: {span(', '.join(each.not_compared))}"
        for each in differences
        if each.not_compared
    ]
    yield from _first(told, "\nand in {} more pipelines")


def _first(lines: Sequence[str], more: str) -> Iterator[str]:
    """As many lines as are above the fold, and how many do not."""
    lengths = accumulate(map(len, lines))
    shown = [line for line, length in zip(lines, lengths, strict=True) if length <= _LONGEST_ABOVE][:_ABOVE]
    yield from shown
    if len(shown) < len(lines):
        yield more.format(len(lines) - len(shown))


def _amount(entry: Entry) -> str:
    return f"{entry.subject}: {span(entry.old or '')} → **{span(entry.new or '')}**{_note(entry)}"


def _gain(entry: Entry) -> str:
    told = span(entry.note) if entry.path == "trust" else f"{span(entry.path)}{_note(entry)}"
    values = " → ".join(span(value) for value in (entry.old, entry.new) if value is not None)
    gone = "no longer " if entry.sign == "-" else ""
    return f"{span(entry.subject)} {gone}{told}" + (f" {values}" if values else "")


def _in(block: Block, found: Sequence[Block]) -> str:
    return f" in {span(block.title)}" if len(found) > 1 else ""


def is_gain(entry: Entry) -> bool:
    """Whether a role may do more or somebody more may assume it: also where a denial or the boundary goes."""
    if entry.section != PERMISSIONS or not entry.path:
        return False
    told = entry.note if entry.path == "trust" else entry.path
    limits = told.startswith("Deny: ") or entry.path == "boundary"
    return entry.sign == "~" or (entry.sign == "-" if limits else entry.sign == "+")


def _counted(found: Sequence[Block]) -> str:
    entries = [entry for block in found for entry in block.entries]
    signs = {(_of_step(entry), entry.subject) for entry in entries if entry.section == STEPS}
    of_roles = [entry for entry in entries if entry.section == PERMISSIONS and (entry.path or entry.sign == "-")]
    lost = [entry for entry in of_roles if not is_gain(entry)]
    counts = [
        (len({path for block in found for path in block.paths}), "pipeline", "pipelines"),
        (sum(sign == "+" for sign, _ in signs), "step added", "steps added"),
        (sum(sign == "-" for sign, _ in signs), "step removed", "steps removed"),
        (sum(sign == "~" for sign, _ in signs), "step changed", "steps changed"),
        (sum(map(is_gain, entries)), "permission gained", "permissions gained"),
        (len(lost), "permission lost", "permissions lost"),
        (len(entries), "difference in all", "differences in all"),
    ]
    return " · ".join(f"{number} {one if number == 1 else many}" for number, one, many in counts if number)


def _of_step(entry: Entry) -> str:
    return entry.sign if entry.sign in "+-" and not entry.path else "~"


# -- a pipeline


def _whole(block: Block, differences: Sequence[PipelineDifference]) -> PipelineDifference | None:
    """The difference that stands for the pipelines of a block: its picture and its code."""
    return next((each for each in differences if each.reviewed.path == block.paths[0]), None)


def _fitted(block: Block, difference: PipelineDifference | None, room: int) -> str:
    """The text of a block: without its code, its picture or the last of its rows if there is no room for them."""
    signs = {"+": " is new", "-": " is gone", "~": ""}
    heading = f"### {span(block.title)}{signs[block.sign]}\n"
    if not block.entries:
        return heading
    drawn, table = _drawn(block, difference), _table(block.entries)
    code = "\n".join(_code(change) for change in (difference.code if difference else ()) if _tells(block, change))
    for way in ((drawn, table, code), (drawn, table), (table,)):
        text = "\n".join(part for part in (heading, *way) if part) + "\n"
        if len(text) <= room:
            return text
    number, length = 0, len(heading) + 2 * _LONG
    for entry in block.entries:
        length += len(_row(entry)) + 1
        number += length <= room
    more = f"and {len(block.entries) - number} more, which `smpipe diff` shows\n"
    return "\n".join((heading, _table(block.entries[:number]), more)) if number else f"{heading}\n{more}"


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


def _table(entries: Sequence[Entry]) -> str:
    """All entries; what is about roles and resources is folded, as its gains are above."""
    ordered = sorted(entries, key=lambda entry: SECTIONS.index(entry.section))
    open_, folded = _split(ordered, lambda entry: entry.section not in (PERMISSIONS, RESOURCES))
    told = []
    if open_:
        told.append(_rows(open_))
    if folded:
        number = f"{len(folded)} of roles and resources"
        told.append(f"<details><summary>{number}</summary>\n\n{_rows(folded)}\n\n</details>")
    return "\n\n".join(told) + "\n"


def _split(entries: Sequence[Entry], test: Callable[[Entry], bool]) -> tuple[list[Entry], list[Entry]]:
    return [entry for entry in entries if test(entry)], [entry for entry in entries if not test(entry)]


def _rows(entries: Sequence[Entry]) -> str:
    lines = ["| | What | Before | After |", "|---|---|---|---|"]
    return "\n".join([*lines, *map(_row, entries)])


def _row(entry: Entry) -> str:
    old, new = entry.old, entry.new
    if old is not None and new is not None and len(old) + len(new) > _LONG:
        old, new = shortened(old, new)
    sign = "renamed" if entry.sign == ">" and entry.path == "Name" else _SIGNS[entry.sign]
    kind = f" ({span(entry.kind)})" if entry.kind else ""
    path = "" if entry.sign == ">" else shown_path(entry)
    if old is None and new is None and entry.sign in "+-":
        told = " ".join(filter(None, (span(path), span(entry.note))))
        return _cells(sign, span(entry.subject) + kind, *(("", told) if entry.sign == "+" else (told, "")))
    what = " ".join(span(text) for text in (entry.subject, path) if text)
    return _cells(sign, what + kind + _note(entry), span(old or ""), span(new or ""))


def _note(entry: Entry) -> str:
    return f" {span(entry.note)}" if entry.note else ""


def _cells(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _code(change: AssetChange) -> str:
    """The lines of a file of code that differ, folded."""
    lines = [printable(line) for file in change.files or () for line in (f"# {file.name}", *file.lines)]
    fence = "`" * max(3, 1 + max((len(run) for line in lines for run in re.findall("`+", line)), default=0))
    summary = f"<details><summary>{entities(change.name)}</summary>"
    return "\n".join((summary, "", f"{fence}diff", *lines, fence, "", "</details>", ""))
