"""Tables on the terminal: as wide as it is, with the columns cut that may be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from ..language.errors import escaped
from .terminal import Terminal


class Column(NamedTuple):
    """A column: its heading, and whether it stands at the right, or is never cut."""

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
    headed = any(column.heading for column in columns)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_header=headed)
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
    if cells:
        console.print(table)


def _text(cell: Cell) -> Text:
    # escaped before it is laid out, since that makes it longer
    return cell if isinstance(cell, Text) else Text(escaped(cell))
