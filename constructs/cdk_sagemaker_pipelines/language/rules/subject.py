"""What a rule judges."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any, Protocol

from ..code_places import CodePlace
from ..definition import Definition, StepView
from ..field import ARGUMENTS, Field
from ..findings import Finding
from ..graph import StepGraph
from ..references import references
from ..tokens import STRING_TOKEN
from .places import Place, is_place, overwritten, text_of
from .values import Values


class ServiceModel(Protocol):
    """What the rules need to know about the API: the shapes of requests and of descriptions of jobs."""

    def check_request(
        self, step_type: str, arguments: Mapping[str, Any], kind_of: Callable[[Any], str | None]
    ) -> list[Finding]:
        """What is wrong in a step's arguments; ``kind_of``: the kind of value that an expression gives, or None."""
        ...

    def scalar_expressions(
        self, step_type: str, arguments: Mapping[str, Any], kind_of: Callable[[Any], str | None]
    ) -> Iterator[tuple[str, Any, str]]:
        """The expressions where the request takes a scalar of the kind that they give: the place, it, and the shape."""
        ...

    def check_scalar(self, shape: str, value: Any) -> list[Finding]:
        """What is wrong with a value of a shape that ``scalar_expressions`` returned."""
        ...

    def check_property(self, step_type: str, path: tuple[str | int, ...]) -> str | None:
        """What is wrong with a property path, or None."""
        ...

    def property_kind(self, step_type: str, path: tuple[str | int, ...]) -> str | None:
        """The kind of value at a property path, or None."""
        ...


class Subject:
    """What the rules judge: a definition, its graph and, if given, the service's model.

    ``beside``: places that code reads and writes. ``names``: what is known here of tokens in places, as of the names of
    buckets, by which others may call them.
    """

    def __init__(
        self,
        definition: Definition,
        model: ServiceModel | None,
        beside: Sequence[CodePlace] = (),
        names: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.definition = definition
        self.beside = beside
        self.graph = StepGraph(definition)
        self.model = model
        self._names = names

    @cached_property
    def gets(self) -> list[tuple[StepView | None, str, Any]]:
        """Every ``Get``: the step, or None outside of steps; where it is; its text."""
        head = {key: value for key, value in self.definition.json.items() if key not in ("Steps", "Parameters")}
        return [
            *((step, where, get) for step in self.definition.all_steps() for where, get in step.gets),
            *((None, where, get) for where, get in references(head)),
        ]

    @cached_property
    def values(self) -> Values:
        """The texts and the expressions, collected once for all rules."""
        return Values(self.definition)

    @cached_property
    def overwritten(self) -> list[Place]:
        """The places that steps write to without the job's name in the key, in the order of the document."""
        return [self.place(field) for step in self.definition.all_steps() for field in overwritten(step)]

    def place(self, field: Field) -> Place:
        """A place that a step writes out."""
        text = text_of(field.value)
        if self._names:
            text = STRING_TOKEN.sub(lambda match: self._names.get(match[0], match[0]), text)
        return Place(field, text, [get for _, get in references(field.value)])

    def beside_of(self, step: StepView, *, written: bool) -> Iterator[Field]:
        """The places that a step's code reads, or writes."""
        for one in self._beside.get(step.name, ()):
            if one.is_written is written and is_place(one.uri):
                yield Field(step, one.where, one.uri)

    @staticmethod
    def is_code(field: Field) -> bool:
        """Whether a place is one that a step's code writes, which has no property of the step."""
        return not field.where.startswith(ARGUMENTS)

    @cached_property
    def _beside(self) -> dict[str, list[CodePlace]]:
        found: dict[str, list[CodePlace]] = {}
        for one in self.beside:
            found.setdefault(one.step, []).append(one)
        return found

    @cached_property
    def by_type(self) -> dict[str, list[StepView]]:
        """The steps of each type, in the order of the document."""
        found: dict[str, list[StepView]] = {}
        for step in self.definition.all_steps():
            found.setdefault(step.type, []).append(step)
        return found


Rule = Callable[[Subject], Iterator[Finding]]
