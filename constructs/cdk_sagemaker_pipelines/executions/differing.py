"""Where the arguments of a step differ between executions, and what that follows from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..language import PipelineError, StepView, is_expression_json
from ..language.expressions import MISSING
from ..language.meaning import SETS, names, same, says_nothing
from ..language.references import Reference, references
from .resolved import Resolution

DEFINITION, PARAMETERS, RESULTS = "definition", "parameters", "results"
"""What a difference follows from: what is written, values of parameters, or what the execution and its steps made."""


class Values(tuple[Any, ...]):
    """What each execution has, in their order; None, or MISSING of an argument, for what one does not have."""

    __slots__ = ()

    @property
    def differs(self) -> bool:
        """Whether they are not all the same."""
        return any(each != self[0] for each in self[1:])


@dataclass(frozen=True)
class ArgumentComparison:
    """An argument of a step in several executions."""

    path: str
    values: Values
    """What it came to; as it is written where that is not known."""
    because: str | None
    """Why they differ; None if they do not, as far as is known."""
    known: bool = True
    """Whether every value is known."""


class Side(NamedTuple):
    """A step in one execution; without a step where the execution has none of the name."""

    resolution: Resolution
    step: StepView | None


def compare_arguments(sides: Sequence[Side], parameters: Mapping[str, Values]) -> list[ArgumentComparison]:
    """Every argument of the executions that have the step, equal or not. ``parameters``: those of the executions."""
    there = [side for side in sides if side.step is not None]
    if len(there) < 2:
        return []
    written = [side.step.own_arguments if side.step else MISSING for side in sides]
    return list(_Walk(sides, parameters).found("", "", "", written))


class _Walk:
    def __init__(self, sides: Sequence[Side], parameters: Mapping[str, Values]) -> None:
        self._sides = sides
        self._changed = {name for name, values in parameters.items() if values.differs}

    def found(self, path: str, key: str, holder: str, values: Sequence[Any]) -> Iterator[ArgumentComparison]:
        """``key``: the member that the values are of, or their elements; ``holder``: that in which its object is."""
        have = [value for index, value in enumerate(values) if self._sides[index].step is not None]
        if all(value is MISSING or says_nothing(holder, key, value) for value in have):
            return
        parts = self._parts(path, key, have, values)
        if parts is None:
            yield self._argument(path, key, values)
            return
        for where, name, each in parts:
            yield from self.found(where, name, key, each)

    def _parts(self, path: str, key: str, have: Sequence[Any], values: Sequence[Any]) -> list[Any] | None:
        """The parts of values that have the same form; None where they are compared as a whole."""
        if any(map(is_expression_json, have)):
            return None
        if all(isinstance(value, Mapping) and value for value in have):
            members = dict.fromkeys(name for value in have for name in value)
            return [
                (f"{path}.{name}" if path else str(name), str(name), [_member(value, name) for value in values])
                for name in members
            ]
        if not all(isinstance(value, (list, tuple)) and value for value in have) or key in SETS:
            return None
        named = [names(key, value) for value in have]
        if None not in named:
            tables = [_by_name(key, value) for value in values]
            order = dict.fromkeys(name for found in named for name in found or ())
            return [(f"{path}['{name}']", "", [_member(each, name) for each in tables]) for name in order]
        if len({len(value) for value in have}) > 1:
            return None  # what was put in between would seem to change all that follows
        return [
            (f"{path}[{index}]", "", [value if value is MISSING else value[index] for value in values])
            for index in range(len(have[0]))
        ]

    def _argument(self, path: str, key: str, written: Sequence[Any]) -> ArgumentComparison:
        told, known = [], True
        for side, value in zip(self._sides, written, strict=True):
            try:
                told.append(side.resolution.value(side.step, value) if side.step and value is not MISSING else MISSING)
            except PipelineError:
                told.append(value)
                known = False
        have = [index for index, side in enumerate(self._sides) if side.step is not None]
        alike = self._alike([written[index] for index in have], key)
        if (alike and not known) or self._alike([told[index] for index in have], key):
            return ArgumentComparison(path, Values(told), None, known)
        read = [Reference.of(get) for _, get in references([value for value in written if value is not MISSING])]
        through = {each.name for each in read if each and each.kind == "Parameters"}
        because = DEFINITION if not alike else PARAMETERS if through & self._changed else RESULTS
        return ArgumentComparison(path, Values(told), because, known)

    @staticmethod
    def _alike(values: Sequence[Any], key: str) -> bool:
        first = values[0]
        return all(each is first or (MISSING not in (each, first) and same(first, each, key)) for each in values[1:])


def _member(value: Any, name: str) -> Any:
    return value if value is MISSING else value.get(name, MISSING)


def _by_name(key: str, value: Any) -> Any:
    return value if value is MISSING else dict(zip(names(key, value) or (), value, strict=True))
