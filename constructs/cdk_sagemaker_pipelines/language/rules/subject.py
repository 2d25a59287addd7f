"""What a rule looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from ..definition import Definition
from ..findings import Finding, Level
from ..graph import StepGraph


class ServiceModel(Protocol):
    """What the rules need to know of the API: the shapes of requests and of what jobs describe."""

    def check_request(self, step_type: str, arguments: Mapping[str, Any]) -> list[tuple[str, str, Level]]:
        """What is wrong in a step's arguments: path, text and level."""
        ...

    def check_property(self, step_type: str, path: tuple[str | int, ...]) -> str | None:
        """What is wrong with a property path, or None."""
        ...


class Subject:
    """What the rules look at: a definition, its graph and the model of the service, if given."""

    def __init__(self, definition: Definition, model: ServiceModel | None) -> None:
        self.definition = definition
        self.graph = StepGraph(definition)
        self.model = model


Rule = Callable[[Subject], Iterator[Finding]]
