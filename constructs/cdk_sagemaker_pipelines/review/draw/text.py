"""The graph of a definition as text: one box per line, with the connections as lanes, like ``git log --graph``."""

from __future__ import annotations

import heapq
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..links import Link
from .graph import Box, Graph
from .lanes import Lanes

ASCII = str.maketrans("●◆│─├┤┼┴╰╯←…✓✗■◌·×→", "*#|-++++`'<~+xo..x>")
HEADER = {"ElseSteps": "else"}
ENDED = {"Any": " ended", "Failed": " failed", "Stopped": " stopped"}
SHORTEST_NAME = 8
"""Characters of a step's name, however deep it stands."""
LONGEST_NOTE = 5
"""Lines below a step; what it reads may be hundreds of others."""


def text(*graphs: Graph, width: int = 80, unicode: bool = True) -> str:
    """Draws graphs one below the other, at most ``width`` columns wide. ``unicode=False`` draws with ASCII.

    A lane starts at a step and ends at the last step that waits for it; lanes that end at the same steps join.
    What a step reads is below it. The steps of a branch are indented below their condition.
    """
    drawing = "\n".join("\n".join(_Picture(each, max(width, 40)).lines()) + "\n" for each in graphs)
    return drawing if unicode else drawing.translate(ASCII)


@dataclass
class _Line:
    """A line before it is laid out: a box, or a note below one."""

    depth: int
    box: Box | None = None
    words: str = ""


class _Picture:
    def __init__(self, graph: Graph, width: int) -> None:
        self.graph = graph
        self.width = width
        self.names = {box.key: box.name for box in graph.all()}
        self.incoming: dict[str, list[Link]] = {key: [] for key in self.names}
        for link in graph.links:
            self.incoming[link.target].append(link)

    def lines(self) -> Iterator[str]:
        if self.graph.title:
            yield from (_cut(self.graph.title, self.width), "")
        order = list(self._order(self.graph.boxes))
        lanes = Lanes(order, self.graph.links)
        room, most = 0, self.width // 3  # nobody can follow more lanes; the notes say the same
        for box in order:
            room = max(room, len(lanes.step(box)))
            if room > most:
                break
        followable = room <= most
        room = room if followable else 1
        plan = list(self._plan(self.graph.boxes, 0, self.width - room - 2))
        while plan and plan[-1].box is None and not plan[-1].words:
            plan.pop()
        longest_type = max((len(box.type) for box in order), default=0)
        longest_name = max((len(self._indent(line.depth) + line.box.name) for line in plan if line.box), default=0)
        longest_state = max((len(_state(box, 0)) for box in order), default=0)
        names = min(longest_name, self.width - room - longest_type - longest_state - 4)
        lanes = Lanes(order, self.graph.links)
        for line in plan:
            if followable:
                gutter = lanes.step(line.box) if line.box else lanes.gap()
            else:
                gutter = "●" if line.box else ""
            indent = self._indent(line.depth)
            head = f"{gutter:<{room}}  {indent}"
            if line.box is None:
                yield _cut(head + line.words, self.width).rstrip()
            else:
                left = max(names - len(indent), min(len(line.box.name), SHORTEST_NAME))
                state = _state(line.box, longest_type)
                told = f"{head}{_cut(line.box.name, left):<{left}}  {line.box.type}{state}"
                yield _cut(told.rstrip(), self.width)
        yield from self._below()

    def _indent(self, depth: int) -> str:
        """The space before what stands so deep; where it would take the room of names, the depth as a number."""
        most = self.width // 8
        return "  " * depth if depth <= most else "  " * most + f"[{depth}] "

    def _order(self, boxes: Sequence[Box]) -> Iterator[Box]:
        for box in self._sorted(boxes):
            yield box
            for inner in box.branches.values():
                yield from self._order(inner)

    def _plan(self, boxes: Sequence[Box], depth: int, width: int) -> Iterator[_Line]:
        for box in self._sorted(boxes):
            yield _Line(depth, box)
            notes = list(self._notes(box, width - len(self._indent(depth))))
            yield from (_Line(depth, words=note) for note in notes)
            spaced = bool(notes)
            for branch, inner in box.branches.items():
                head = HEADER.get(branch) if "IfSteps" in box.branches else None
                if head:
                    yield _Line(depth, words=head)
                yield from self._plan(inner, depth + 1, width)
                spaced = True
            if not spaced:
                yield _Line(depth)

    def _notes(self, box: Box, width: int) -> Iterator[str]:
        reads: list[str] = []
        waits: dict[str, list[str]] = {}
        for link in self.incoming[box.key]:
            if link.branch and not link.data:
                continue
            source = self.names[link.source]
            if link.data:
                reads.append(f"{source} ({', '.join(part or 'all' for part in link.data)})")
            if not link.data or link.trigger != "Completed":
                waits.setdefault(link.trigger, []).append(source)
        parts = [] if box.says or not reads else [", ".join(reads)]
        parts += [f"after {', '.join(names)}{ENDED.get(trigger, '')}" for trigger, names in waits.items()]
        for line in (box.folded, "← " + "; ".join(parts) if parts else "", box.says):
            yield from _wrap(line, max(width, 24))

    def _sorted(self, siblings: Sequence[Box]) -> list[Box]:
        """The boxes, each as soon as possible after those it waits for; in document order where they form a cycle."""
        keys = [box.key for box in siblings]
        home = {inner.key: box.key for box in siblings for inner in box.all()}
        waiting: dict[str, set[str]] = {key: set() for key in keys}
        for inner, target in home.items():
            waiting[target] |= {home.get(link.source, target) for link in self.incoming[inner]} - {target}
        followers: dict[str, list[int]] = {key: [] for key in keys}
        for index, key in enumerate(keys):
            for source in waiting[key]:
                followers[source].append(index)
        # taking the one that became ready last keeps lanes short
        ready = [(0, index) for index, key in enumerate(keys) if not waiting[key]]
        heapq.heapify(ready)
        left = iter(range(len(siblings)))
        placed: dict[int, Box] = {}
        while len(placed) < len(siblings):
            index = heapq.heappop(ready)[1] if ready else next(index for index in left if index not in placed)
            placed[index] = siblings[index]
            for follower in followers[keys[index]]:
                waiting[keys[follower]].discard(keys[index])
                if follower not in placed and not waiting[keys[follower]]:
                    heapq.heappush(ready, (-len(placed), follower))
        return list(placed.values())

    def _below(self) -> Iterator[str]:
        if self.graph.parameters:
            yield ""
            yield from _wrap("parameters: " + ", ".join(self.graph.parameters), self.width)
        if self.graph.left_out:
            yield ""
            for words in self.graph.left_out:
                yield from _wrap(words, self.width)


def _state(box: Box, column: int) -> str:
    """What became of a step, beside the column of the types."""
    return "" if box.state is None else f"{' ' * max(column - len(box.type), 0)}  {box.state.text}"


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else line[: max(width - 1, 0)] + "…"


def _wrap(line: str, width: int) -> list[str]:
    return textwrap.wrap(
        line, width, subsequent_indent="  ", break_on_hyphens=False, max_lines=LONGEST_NOTE, placeholder=" …"
    )
