"""The connections beside a text, as lanes from line to line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..links import Link
from .graph import Box


@dataclass
class _Lane:
    """A line that runs down from one or more steps to all steps that wait for them."""

    targets: set[str]


def gutters(order: Sequence[Box], links: Sequence[Link], most: int = 16) -> dict[str, str]:
    """The lanes in front of each box, by its key; none where they need more than ``most`` columns of text."""
    lanes = Lanes(order, links)
    found = {box.key: lanes.step(box) for box in order}
    return found if max(map(len, found.values()), default=0) <= most else {}


class Lanes:
    """The lanes by column, from line to line."""

    def __init__(self, order: Sequence[Box], links: Sequence[Link]) -> None:
        position = {box.key: index for index, box in enumerate(order)}
        self.targets: dict[str, set[str]] = {name: set() for name in position}
        for link in links:
            if position[link.source] < position[link.target]:  # a cycle, or a branch that waits for what comes below it
                self.targets[link.source].add(link.target)
        self.columns: list[_Lane | None] = []
        self._joins: tuple[int, int] | None = None
        """The columns to join in the next gap: from, to."""

    def step(self, box: Box) -> str:
        """The line of a step, and the lanes after it."""
        if self._joins:
            self.gap()
        inputs = [i for i, lane in enumerate(self.columns) if lane and box.key in lane.targets]
        ended = []
        for i in inputs:
            lane = self.columns[i]
            assert lane is not None
            lane.targets.discard(box.key)
            if not lane.targets:
                ended.append(i)
        column = ended[0] if ended else self._free(inputs[0] if inputs else 0)
        drawn_line = self._row(inputs, ended, column, "◆" if box.branches else "●")
        for i in ended:
            self.columns[i] = None
        self._start(box, column)
        return drawn_line

    def gap(self) -> str:
        """A line between steps."""
        if self._joins is None:
            self._trim()
            return " ".join("│" if lane else " " for lane in self.columns)
        source, target = self._joins
        self._joins = None
        drawn_line = self._row([target], [], source, "╯" if target < source else "╰")
        self.columns[source] = None
        self._trim()
        return drawn_line

    def _start(self, box: Box, column: int) -> None:
        targets = set(self.targets[box.key])
        if not targets:
            return
        same = [i for i, lane in enumerate(self.columns) if lane and lane.targets == targets]
        self.columns[column] = _Lane(targets)
        self._joins = (column, same[0]) if same else None

    def _row(self, inputs: Sequence[int], ended: Sequence[int], column: int, mark: str) -> str:
        first, last = min([column, *inputs]), max([column, *inputs])
        cells = []
        for i, lane in enumerate(self.columns):
            if i == column:
                cell = mark
            elif i in inputs:
                up, through = ("╰", "╯", "┴"), ("├", "┤", "┼")
                cell = (up if i in ended else through)[0 if i == first else 1 if i == last else 2]
            elif lane:
                cell = "│"
            else:
                cell = "─" if first < i < last else " "
            cells.append(cell + ("─" if first <= i < last else " "))
        return "".join(cells).rstrip()

    def _free(self, start: int) -> int:
        for i in range(start, len(self.columns)):
            if self.columns[i] is None:
                return i
        self.columns.append(None)
        return len(self.columns) - 1

    def _trim(self) -> None:
        while self.columns and self.columns[-1] is None:
            self.columns.pop()
