"""The graph of a definition as text: one step per line, with the connections as lanes, like ``git log --graph``."""

from __future__ import annotations

import heapq
import textwrap
from collections.abc import Iterator, Mapping, Sequence

from ...language import Definition, ParameterDeclaration, StepView
from ...language.later import dataclass
from .. import words
from ..links import Link, drawn, links
from .states import State

ASCII = str.maketrans("●◆│─├┤┼┴╰╯←…✓✗■◌·", "*#|-++++`'<~+xo..")
HEADER = {"ElseSteps": "else"}
ENDED = {"Any": " ended", "Failed": " failed", "Stopped": " stopped"}
SHORTEST_NAME = 8
"""Characters of a step's name, however deep it stands."""
LONGEST_NOTE = 5
"""Lines below a step; what it reads may be hundreds of others."""


def text(
    definition: Definition,
    *,
    title: str = "",
    width: int = 80,
    unicode: bool = True,
    states: Mapping[str, State] | None = None,
) -> str:
    """Draws the graph, at most ``width`` columns wide. ``unicode=False`` draws with ASCII.

    ``states``: what became of the steps in an execution, by name.

    A lane starts at a step and ends at the last step that waits for it; lanes that end at the same steps join.
    What a step reads is below it. The steps of a branch are indented below their condition.
    """
    shown = {words.printable(name): state for name, state in (states or {}).items()}
    picture = _Picture(words.printable_definition(definition), max(width, 40), shown)
    drawing = "\n".join(picture.lines(words.printable(title))) + "\n"
    return drawing if unicode else drawing.translate(ASCII)


@dataclass
class _Line:
    """A line before it is laid out: a step, or a note below one."""

    depth: int
    step: StepView | None = None
    words: str = ""


class _Picture:
    def __init__(self, definition: Definition, width: int, states: Mapping[str, State]) -> None:
        self.states = states
        self.definition = definition
        self.width = width
        everything = links(definition)
        self.links = drawn(definition, everything)
        self.incoming: dict[str, list[Link]] = {name: [] for name in definition.step_names}
        for link in everything:
            self.incoming[link.target].append(link)

    def lines(self, title: str) -> Iterator[str]:
        if title:
            yield from (title, "")
        order = list(self._order(self.definition.steps))
        lanes = _Lanes(order, self.links)
        room, most = 0, self.width // 3  # nobody can follow more lanes; the notes say the same
        for step in order:
            room = max(room, len(lanes.step(step)))
            if room > most:
                break
        followable = room <= most
        room = room if followable else 1
        plan = list(self._plan(self.definition.steps, 0, self.width - room - 2))
        while plan and plan[-1].step is None and not plan[-1].words:
            plan.pop()
        longest_type = max((len(step.type) for step in order), default=0)
        longest_name = max((2 * line.depth + len(line.step.name) for line in plan if line.step), default=0)
        longest_state = max((len(self._state(step, 0)) for step in order), default=0)
        names = min(longest_name, self.width - room - longest_type - longest_state - 4)
        lanes = _Lanes(order, self.links)
        for line in plan:
            if followable:
                gutter = lanes.step(line.step) if line.step else lanes.gap()
            else:
                gutter = "●" if line.step else ""
            head = f"{gutter:<{room}}  {'  ' * line.depth}"
            if line.step is None:
                yield _cut(head + line.words, self.width).rstrip()
            else:
                left = max(names - 2 * line.depth, min(len(line.step.name), SHORTEST_NAME))
                state = self._state(line.step, longest_type)
                told = f"{head}{_cut(line.step.name, left):<{left}}  {line.step.type}{state}"
                yield _cut(told.rstrip(), self.width)
        yield from self._parameters()

    def _state(self, step: StepView, column: int) -> str:
        """What became of a step, beside the column of the types."""
        state = self.states.get(step.name)
        return "" if state is None else f"{' ' * max(column - len(step.type), 0)}  {words.printable(state.text)}"

    def _order(self, steps: Sequence[StepView]) -> Iterator[StepView]:
        for step in self._sorted(steps):
            yield step
            for inner in step.branches.values():
                yield from self._order(inner)

    def _plan(self, steps: Sequence[StepView], depth: int, width: int) -> Iterator[_Line]:
        for step in self._sorted(steps):
            yield _Line(depth, step)
            notes = list(self._notes(step, width - 2 * depth))
            yield from (_Line(depth, words=note) for note in notes)
            spaced = bool(notes)
            for branch, inner in step.branches.items():
                if inner:
                    head = HEADER.get(branch) if step.if_steps or branch != "ElseSteps" else None
                    if head:
                        yield _Line(depth, words=head)
                    yield from self._plan(inner, depth + 1, width)
                    spaced = True
            if not spaced:
                yield _Line(depth)

    def _notes(self, step: StepView, width: int) -> Iterator[str]:
        reads: list[str] = []
        waits: dict[str, list[str]] = {}
        for link in self.incoming[step.name]:
            if link.branch and not link.data:
                continue
            if link.data:
                reads.append(f"{link.source} ({', '.join(part or 'all' for part in link.data)})")
            if not link.data or link.trigger != "Completed":
                waits.setdefault(link.trigger, []).append(link.source)
        condition = self._header(step)
        parts = [] if condition or not reads else [", ".join(reads)]
        parts += [f"after {', '.join(names)}{ENDED.get(trigger, '')}" for trigger, names in waits.items()]
        for line in ("← " + "; ".join(parts) if parts else "", condition):
            yield from _wrap(line, max(width, 24))

    def _header(self, step: StepView) -> str:
        if step.type == "Condition":
            condition = words.of_conditions(step.arguments.get("Conditions"))
            return f"unless {condition}" if step.else_steps and not step.if_steps else f"if {condition}"
        if step.body:
            return f"for each of {words.of_value(step.arguments.get('IterableItems'))}"
        return ""

    def _sorted(self, siblings: Sequence[StepView]) -> list[StepView]:
        """The steps, each as soon as possible after those it waits for; in document order where they form a cycle."""
        names = [step.name for step in siblings]
        home = {inner.name: step.name for step in siblings for inner in step.descendants()}
        waiting: dict[str, set[str]] = {name: set() for name in names}
        for inner, target in home.items():
            waiting[target] |= {home.get(link.source, target) for link in self.incoming[inner]} - {target}
        followers: dict[str, list[int]] = {name: [] for name in names}
        for index, name in enumerate(names):
            for source in waiting[name]:
                followers[source].append(index)
        # taking the one that became ready last keeps lanes short
        ready = [(0, index) for index, name in enumerate(names) if not waiting[name]]
        heapq.heapify(ready)
        left = iter(range(len(siblings)))
        placed: dict[int, StepView] = {}
        while len(placed) < len(siblings):
            index = heapq.heappop(ready)[1] if ready else next(index for index in left if index not in placed)
            if index in placed:  # two steps of the same name each make the followers ready
                continue
            placed[index] = siblings[index]
            for follower in followers[names[index]]:
                waiting[names[follower]].discard(names[index])
                if follower not in placed and not waiting[names[follower]]:
                    heapq.heappush(ready, (-len(placed), follower))
        return list(placed.values())

    def _parameters(self) -> Iterator[str]:
        declared = [_declaration(parameter) for parameter in self.definition.parameters.values()]
        if declared:
            yield ""
            yield from _wrap("parameters: " + ", ".join(declared), self.width)


@dataclass
class _Lane:
    """A line that runs down from one or more steps to all steps that wait for them."""

    targets: set[str]


class _Lanes:
    """The lanes by column, from line to line."""

    def __init__(self, order: Sequence[StepView], links: Sequence[Link]) -> None:
        position = {step.name: index for index, step in enumerate(order)}
        self.targets: dict[str, set[str]] = {name: set() for name in position}
        for link in links:
            if position[link.source] < position[link.target]:  # a cycle, or a branch that waits for what comes below it
                self.targets[link.source].add(link.target)
        self.columns: list[_Lane | None] = []
        self._joins: tuple[int, int] | None = None
        """The columns to join in the next gap: from, to."""

    def step(self, step: StepView) -> str:
        """The line of a step, and the lanes after it."""
        if self._joins:
            self.gap()
        inputs = [i for i, lane in enumerate(self.columns) if lane and step.name in lane.targets]
        ended = []
        for i in inputs:
            lane = self.columns[i]
            assert lane is not None
            lane.targets.discard(step.name)
            if not lane.targets:
                ended.append(i)
        column = ended[0] if ended else self._free(inputs[0] if inputs else 0)
        drawn_line = self._row(inputs, ended, column, "◆" if step.branches else "●")
        for i in ended:
            self.columns[i] = None
        self._start(step, column)
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

    def _start(self, step: StepView, column: int) -> None:
        targets = set(self.targets[step.name])
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


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else line[: max(width - 1, 0)] + "…"


def _wrap(line: str, width: int) -> list[str]:
    return textwrap.wrap(
        line, width, subsequent_indent="  ", break_on_hyphens=False, max_lines=LONGEST_NOTE, placeholder=" …"
    )


def _declaration(parameter: ParameterDeclaration) -> str:
    if not parameter.has_default:
        return parameter.name
    default = parameter.default
    return f"{parameter.name}={default if isinstance(default, str) else words.of_value(default)}"
