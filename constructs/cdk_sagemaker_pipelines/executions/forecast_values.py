"""What can be known of an execution before it starts: values of steps that take an earlier result, and of arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..language import Definition, StepView, is_expression_json, references
from ..language.step_types import JOB_NAMES
from ..local.endings import StepFailed
from ..local.engine.values import Values
from .resolved import Resolution, constant

_MARK = "only known when it runs"
_NEW = ("PipelineExecutionId", "PipelineExecutionArn", "StartDateTime", "CurrentDateTime", *JOB_NAMES)
"""Variables that are new in each execution."""


ReadObject = Callable[[str, str], bytes]
"""Reads an object of S3 by its URI, and what it is for. Raises ``StepFailed``."""


class ForecastValues:
    """What the expressions of an execution will evaluate to; what nobody knows is marked, with the reason."""

    def __init__(
        self,
        definition: Definition,
        parameters: Mapping[str, Any],
        variables: Mapping[str, str],
        read_object: ReadObject | None = None,
    ) -> None:
        """``read_object``: reads what steps left whose results are taken; by default nothing does."""
        self._definition = definition
        self._read_object = read_object
        self._objects: dict[str, bytes] = {}
        self._left: set[str] = set()
        """Places in S3 that have the outputs of steps whose results are taken."""
        self._written: set[str] = set()
        """Places in S3 that steps will write, or may."""
        self._parameters = parameters
        self._variables = {name: constant(value) for name, value in variables.items()}
        self._properties = _Later()

    def will(self, step: StepView, source: Resolution | None, *, may_run: bool) -> None:
        """Notes what a step will do: take a result, or run, so that its arguments are known and nothing else."""
        if source is not None:
            self._properties.read[step.name] = lambda: self._taken(step, source)
        elif may_run:
            known = {name: self.evaluate(step, value) for name, value in step.own_arguments.items()}
            self._properties.read[step.name] = constant(known)
            self._written |= _outputs(known)

    def _taken(self, step: StepView, source: Resolution) -> Mapping[str, Any]:
        """The result of a step whose result is taken."""
        try:
            found = source.properties(step.name) or {}
        except StepFailed:
            found = {}
        self._left |= _outputs(found)
        return found

    def evaluate(self, step: StepView, value: Any) -> Any:
        """The value, with marks for what is not known."""
        if is_expression_json(value):
            try:
                found = self._values().evaluate(value)
            except StepFailed as error:
                return {_MARK: self._why(value, error.reason)}
            # a mark within a text, or within what was read
            inside = unknown_in(found)
            return found if inside is None else {_MARK: inside}
        if isinstance(value, Mapping):
            return {name: self.evaluate(step, item) for name, item in value.items()}
        return [self.evaluate(step, item) for item in value] if isinstance(value, (list, tuple)) else value

    def holds(self, condition: StepView) -> bool | None:
        """Whether the conditions of a step will hold; None if that is only known when it runs."""
        conditions = condition.arguments.get("Conditions") or []
        try:
            return self._values().holds(conditions)
        except StepFailed:
            return None

    def _values(self) -> Values:
        return Values(
            definition=self._definition,
            parameters=self._parameters,
            execution=self._variables,
            read_object=self._read,
            properties=self._properties,
        )

    def _read(self, uri: str, what: str) -> bytes:
        """An object, if no step that runs writes where it is."""
        known = _is_below(uri, self._left) and not _is_below(uri, self._written)
        if self._read_object is None or not known:
            raise StepFailed(f"the content of {uri} is {_MARK}")
        if uri not in self._objects:
            self._objects[uri] = self._read_object(uri, what)
        return self._objects[uri]

    @staticmethod
    def _why(value: Any, reason: str) -> str:
        read = [str(get) for _, get in references(value)]
        new = next((name for name in _NEW if f"Execution.{name}" in read), None)
        if new:
            return f"it contains {new}, which is new each time"
        return f"it reads {read[0]}, which is {_MARK}" if read else reason


class _Later(Mapping[str, Mapping[str, Any]]):
    """The results of steps by name, each read when something refers to it: that asks the service."""

    def __init__(self) -> None:
        self.read: dict[str, Callable[[], Mapping[str, Any]]] = {}
        self._found: dict[str, Mapping[str, Any]] = {}

    def __getitem__(self, step: str) -> Mapping[str, Any]:
        if step not in self._found:
            self._found[step] = self.read[step]()
        return self._found[step]

    def __iter__(self) -> Iterator[str]:
        return iter(self.read)

    def __len__(self) -> int:
        return len(self.read)


def unknown_in(value: Any) -> str | None:
    """Why a value is not known before the run; None for one that is."""
    if isinstance(value, Mapping):
        if _MARK in value:
            return str(value[_MARK])
        return next((found for item in value.values() if (found := unknown_in(item))), None)
    if isinstance(value, (list, tuple)):
        return next((found for item in value if (found := unknown_in(item))), None)
    # a list or map is joined into a text as JSON
    return f"it contains what is {_MARK}" if isinstance(value, str) and _MARK in value else None


def _outputs(properties: Mapping[str, Any]) -> set[str]:
    """Where a processing job writes its outputs."""
    config = properties.get("ProcessingOutputConfig")
    outputs = config.get("Outputs") if isinstance(config, Mapping) else None
    places = [each.get("S3Output") for each in outputs or () if isinstance(each, Mapping)]
    return {str(place["S3Uri"]) for place in places if isinstance(place, Mapping) and "S3Uri" in place}


def _is_below(uri: str, places: set[str]) -> bool:
    return any(f"{uri}/".startswith(f"{place.rstrip('/')}/") for place in places)
