"""Tables: on the terminal as wide as it is, with the columns cut that may be; in a pipe or a file never cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from ..language.errors import escaped
from .terminal import WIDE, Terminal

WIDEST = 64
"""The most that cells are padded to where nothing is cut; a longer one pushes what follows to the right."""
GAP = 2
"""Spaces between columns."""


class Column(NamedTuple):
    """A column: its heading, and whether it is aligned to the right, or never cut."""

    heading: str
    right: bool = False
    whole: bool = False
    folds: bool = False
    """Whether what does not fit goes on in the next line, instead of being cut."""


Cell = Text | str


def print_table(console: Terminal, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> None:
    """Prints a table; columns without any content are left out."""
    cells = [[_text(cell) for cell in row] for row in rows]
    shown = [index for index, _ in enumerate(columns) if any(row[index].plain for row in cells)]
    if not cells:
        return
    if console.width >= WIDE and not console.is_terminal:
        _print_whole(console, [columns[i] for i in shown], [[row[i].plain for i in shown] for row in cells])
        return
    headed = any(column.heading for column in columns)
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="dim", show_header=headed)
    for index in shown:
        column = columns[index]
        widest = max(cell_len(row[index].plain) for row in cells)
        table.add_column(
            Text(column.heading),
            justify="right" if column.right else "left",
            no_wrap=not column.folds,
            overflow="fold" if column.folds else "ellipsis",
            min_width=max(widest, cell_len(column.heading)) if column.whole else None,
        )
    for row in cells:
        table.add_row(*(row[index] for index in shown))
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as printed:
        console.print(table)
    _print_lines(console, printed.get().splitlines())


def _print_whole(console: Terminal, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    headings = [column.heading for column in columns]
    lines = [headings, *rows] if any(headings) else rows
    widths = [max(min(cell_len(line[index]), WIDEST) for line in lines) for index in range(len(columns))]
    _print_lines(console, [(" " * GAP).join(map(_padded, line, columns, widths)) for line in lines])


def _padded(text: str, column: Column, width: int) -> str:
    space = " " * (width - cell_len(text))
    return f"{space}{text}" if column.right else f"{text}{space}"


def _print_lines(console: Terminal, lines: Iterable[str]) -> None:
    console.print(Text("\n".join(line.rstrip() for line in lines)), soft_wrap=True)


def _text(cell: Cell) -> Text:
    # escaped before it is laid out, since that makes it longer
    return cell if isinstance(cell, Text) else Text(escaped(cell))
