"""Which pipeline of one source is which of another: by the construct's path, else by the name in the same stage."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence

from ..reviewed.values import Reviewed
from .pipelines import PipelineDifference, difference


def differences(
    old: Sequence[Reviewed], new: Sequence[Reviewed], prices: Mapping[str, float] | None = None
) -> list[PipelineDifference]:
    """The differences of all pipelines of two sources; a single one each is compared whatever they are called."""
    return [difference(*pair, prices) for pair in pairs(old, new)]


def pairs(old: Sequence[Reviewed], new: Sequence[Reviewed]) -> list[tuple[Reviewed | None, Reviewed | None]]:
    """Each pipeline before and after; None where it is new or gone."""
    found: dict[int, int] = {}
    before, after = ([number for number, each in enumerate(side) if each.definition is not None] for side in (old, new))
    if len(before) == len(after) == 1:
        found[before[0]] = after[0]
    keys: tuple[Callable[[Reviewed], Hashable], ...] = (_by_path, _by_name, _by_stack)
    for key in keys:
        one, other = _once(old, key, set(found)), _once(new, key, set(found.values()))
        found.update({one[name]: other[name] for name in one if name in other})
    into = {after: before for before, after in found.items()}
    return [
        *((old[number], new[found[number]] if number in found else None) for number in range(len(old))),
        *((None, new[number]) for number in range(len(new)) if number not in into),
    ]


def chosen(old: Sequence[Reviewed], new: Sequence[Reviewed], name: str) -> tuple[list[Reviewed], list[Reviewed]]:
    """The pipelines with a name or path; if only one side has it, each of those with what it is paired to."""
    one, other = (
        [each for each in side if each.definition is not None and name in (each.name, each.path)] for side in (old, new)
    )
    if one and other:
        return one, other
    wanted = {id(each) for each in (*one, *other)}
    found = [pair for pair in pairs(old, new) if wanted & {id(each) for each in pair}]
    return [each for each, _ in found if each is not None], [each for _, each in found if each is not None]


def _by_path(each: Reviewed) -> Hashable:
    return each.path, each.definition is None


def _by_name(each: Reviewed) -> Hashable:
    """Of a pipeline whose construct has another path now."""
    return None if each.definition is None else (each.stage, each.name)


def _by_stack(each: Reviewed) -> Hashable:
    """Of the only pipeline of a stack."""
    return None if not each.stack else (each.stack, each.definition is None)


def _once(all_of: Sequence[Reviewed], key: Callable[[Reviewed], Hashable], without: set[int]) -> dict[Hashable, int]:
    """The pipelines that are not paired yet by what only one of them has."""
    left = [number for number in range(len(all_of)) if number not in without]
    names = [key(all_of[number]) for number in left]
    return {
        name: number for name, number in zip(names, left, strict=True) if name is not None and names.count(name) == 1
    }
