"""A difference as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from ..wrapping import wrapped
from .blocks import Block
from .definitions import Difference
from .entries import of_definition
from .entry import CAPACITY, CODE, ORDER, PARAMETERS, PERMISSIONS, PIPELINE, RESOURCES, STEPS, Entry

SECTIONS = (PIPELINE, CAPACITY, PARAMETERS, STEPS, ORDER, PERMISSIONS, CODE, RESOURCES)
"""In the order in which they are told."""
CONTEXT = 12
"""How many equal characters are kept on each side of what differs in two long values."""


def lines(
    blocks: Iterable[Block], *, width: int | None = None, unicode: bool = True, titled: bool = True
) -> Iterator[str]:
    """For people: ``+`` is new, ``-`` is gone, ``>`` has moved or has a new name, ``~`` has changed.

    ``width``: of the terminal; lines are folded to it, and values shortened in what they have in common. Without one,
    each thing is a line, and nothing is shortened.
    """
    for block in blocks:
        told = block.sign != "~" or titled
        if told:
            sign = f"{block.sign} " if block.sign != "~" else ""
            new = " is new" if block.sign == "+" else ""
            yield from _line(f"{sign}{block.title}{new}", 0, width)
        yield from _sections(block.entries, width, unicode=unicode, indent=2 * told)


def definition_lines(difference: Difference, *, width: int | None = None, unicode: bool = True) -> Iterator[str]:
    """The differences of two definitions alone."""
    yield from _sections(tuple(of_definition(difference)), width, unicode=unicode, indent=0)


def _sections(entries: Sequence[Entry], width: int | None, *, unicode: bool, indent: int) -> Iterator[str]:
    for section in SECTIONS:
        found = [entry for entry in entries if entry.section == section]
        if found:
            yield from _line(section, indent, width)
        for subject, several in groupby(found, lambda entry: entry.subject):
            group = list(several)
            if len(group) == 1 or not subject or section == ORDER:
                for entry in group:
                    yield from _entry(entry, subject, indent + 2, width, unicode)
                continue
            whole = [entry for entry in group if is_whole(entry)]
            if whole:
                yield from _entry(whole[0], subject, indent + 2, width, unicode)
            else:
                yield from _line(f"~ {subject}", indent + 2, width)
            for entry in group:
                if entry not in whole[:1]:
                    yield from _entry(entry, "", indent + 4, width, unicode)


def is_whole(entry: Entry) -> bool:
    """Whether the entry is about its subject as a whole: that is new, gone, or has another name."""
    return entry.sign in "+->" and (not entry.path or entry.path == "Name") and bool(entry.subject)


def _entry(entry: Entry, subject: str, indent: int, width: int | None, unicode: bool) -> Iterator[str]:
    told = sentence(entry, subject, None if width is None else width - indent, unicode=unicode)
    yield from _line(told, indent, width)


def sentence(entry: Entry, subject: str, room: int | None, *, unicode: bool = True) -> str:
    """An entry in one line. ``room``: from how many characters on values are shortened in what they have in common."""
    arrow = "→" if unicode else "->"
    if entry.sign == ">":
        renamed = f"{entry.new}, before {entry.old}"
        moved = f"{entry.subject}, from {entry.old} to {entry.new}"
        return f"> {renamed if entry.path == 'Name' else moved}" + (f", {entry.note}" if entry.note else "")
    who = f"{subject} ({entry.kind})" if entry.kind else subject
    where = ": ".join(part for part in (who, shown_path(entry)) if part)
    if entry.section == ORDER:
        return f"{entry.sign} {where} {entry.note}"

    def told(old: str | None, new: str | None) -> str:
        values = _change(old, new, arrow)
        # what is said of the subject itself stands behind a colon
        note = entry.note if values or (entry.path not in ("", "trust")) or entry.kind else ""
        said = ": ".join(part for part in (where, values or ("" if note else entry.note)) if part)
        return f"{entry.sign} {said}" + (f", {note}" if note else "")

    line = told(entry.old, entry.new)
    if room is None or len(line) <= room or entry.old is None or entry.new is None:
        return line
    return told(*shortened(entry.old, entry.new))


def shown_path(entry: Entry) -> str:
    """The path in the subject: that of an argument without the word, as steps have little else."""
    return entry.path.removeprefix("Arguments.") if entry.section == STEPS else entry.path


def shortened(old: str, new: str) -> tuple[str, str]:
    """Two values without most of what they have in common."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return _without(old, start, end), _without(new, start, end)


def _without(text: str, start: int, end: int) -> str:
    head = f"...{text[start - CONTEXT : start]}" if start > CONTEXT + 3 else text[:start]
    last = len(text) - end
    tail = f"{text[last : last + CONTEXT]}..." if end > CONTEXT + 3 else text[last:]
    return f"{head}{text[start:last]}{tail}"


def _change(old: str | None, new: str | None, arrow: str) -> str:
    if old is None or new is None:
        return (new if old is None else old) or ""
    return f"{old} {arrow} {new}"


def _line(line: str, indent: int, width: int | None) -> Iterator[str]:
    return wrapped(line, indent, None if width is None else max(width, 40))
