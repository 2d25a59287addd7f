"""What differs in several pipelines, told once for all stages that have it alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..reviewed.placed import without_place
from .entries import entries
from .entry import Entry
from .pipelines import PipelineDifference


@dataclass(frozen=True)
class Block:
    """What several pipelines have in common: their paths, and the entries."""

    paths: tuple[str, ...]
    entries: tuple[Entry, ...]
    sign: str = "~"
    """``+`` for pipelines that are new, ``-`` for those that are gone."""
    of_stack: bool = False
    """Whether it is what of stacks belongs to no one pipeline."""

    @property
    def title(self) -> str:
        """The paths; of stages that have the same, ``Diabetes/Pipeline (Dev, Prod)``."""
        return title(self.paths)


def title(paths: Sequence[str]) -> str:
    """Several paths in a few words."""
    parts = [path.split("/", 1) for path in paths]
    if len(paths) > 1 and len({part[-1] for part in parts}) == 1 and all(len(part) == 2 for part in parts):
        return f"{parts[0][1]} ({', '.join(part[0] for part in parts)})"
    return ", ".join(paths)


def blocks(differences: Iterable[PipelineDifference]) -> list[Block]:
    """What differs, told once for all stages that have it alike; blocks for what only some of them have."""
    groups: dict[tuple[str, str], list[PipelineDifference]] = {}
    for difference in differences:
        if difference:
            sign = "+" if difference.old is None else "-" if difference.new is None else "~"
            groups.setdefault((difference.reviewed.within, sign), []).append(difference)
    return [block for (_, sign), group in groups.items() for block in _of_group(group, sign)]


def _of_group(group: Sequence[PipelineDifference], sign: str) -> Iterator[Block]:
    whose: dict[Entry, list[int]] = {}
    own: dict[tuple[Entry, int], Entry] = {}
    for number, difference in enumerate(group):
        text = without_place(*(each for each in (difference.old, difference.new) if each is not None))
        for entry in entries(difference):
            placed = entry.placed(text)
            members = whose.setdefault(placed, [])
            if number not in members:
                members.append(number)
                own[placed, number] = entry
    shared: dict[tuple[int, ...], list[Entry]] = {}
    for placed, members in whose.items():
        shown = placed if len(members) > 1 else own[placed, members[0]]
        shared.setdefault(tuple(members), []).append(shown)
    of_stack = all(difference.reviewed.definition is None for difference in group)
    if not shared:
        yield Block(tuple(difference.reviewed.path for difference in group), (), sign, of_stack)
    for numbers, found in sorted(shared.items(), key=lambda item: (-len(item[0]), item[0])):
        yield Block(tuple(group[number].reviewed.path for number in numbers), tuple(found), sign, of_stack)
