"""A read-only view over the JSON of a pipeline definition, whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from .errors import DefinitionError, did_you_mean
from .expressions import MISSING
from .parsing import Repetition, check_depth, parse, with_dicts
from .references import Objects, gets_of, objects

VERSION = "2020-12-01"
"""The one version of the definition language."""

BODY = "ForEachBody"
BRANCHES = ("IfSteps", "ElseSteps", BODY)
"""Where the arguments of a step hold further steps."""

COMPLETED = "Completed"
TRIGGERS = (COMPLETED, "Failed", "Stopped", "Any")
"""The ends of another step after which a step can run: success, failure, a stop, or any of them."""


class ParameterDeclaration(NamedTuple):
    """One of a definition's ``Parameters``."""

    name: str
    type: str
    default: Any = None
    has_default: bool = False
    enum_values: tuple[str, ...] | None = None


class Dependency(NamedTuple):
    """An entry of ``DependsOn``. ``trigger``: ``Completed`` (after success), ``Failed``, ``Stopped`` or ``Any``."""

    step: str
    trigger: str = COMPLETED


class PropertyFileView(NamedTuple):
    """One of a step's ``PropertyFiles``."""

    name: str
    output_name: str
    file_path: str


class StepView:
    """A step of a definition: its own JSON and its place among the others."""

    def __init__(self, document: Mapping[str, Any], parent: StepView | None = None, branch: str | None = None) -> None:
        self.json = document
        self.parent = parent
        self.branch = branch
        self.name = _text(document.get("Name"))
        """The name, or an empty text where there is none."""
        self.type = _text(document.get("Type"))
        """The service's ``Type``, such as ``Training``."""
        self.arguments = _mapping(document.get("Arguments"))
        """The ``Arguments``; empty where there are none."""

    def __repr__(self) -> str:
        return f"<Step {self.name!r} {self.type}>"

    @property
    def display_name(self) -> str | None:
        """The display name, if there is one."""
        value = self.json.get("DisplayName")
        return value if isinstance(value, str) else None

    @property
    def description(self) -> str | None:
        """The description, if there is one."""
        value = self.json.get("Description")
        return value if isinstance(value, str) else None

    @cached_property
    def branches(self) -> dict[str, tuple[StepView, ...]]:
        """The steps inside this one, by the argument that holds them."""
        return {
            branch: tuple(StepView(item, self, branch) for item in _mappings(self.arguments.get(branch)))
            for branch in BRANCHES
            if branch in self.arguments
        }

    @property
    def if_steps(self) -> tuple[StepView, ...]:
        """The steps of a condition that run when it is true."""
        return self.branches.get("IfSteps", ())

    @property
    def else_steps(self) -> tuple[StepView, ...]:
        """The steps of a condition that run when it is false."""
        return self.branches.get("ElseSteps", ())

    @property
    def body(self) -> tuple[StepView, ...]:
        """The steps of a for-each that run once per item."""
        return self.branches.get(BODY, ())

    @property
    def own_arguments(self) -> Mapping[str, Any]:
        """The arguments without the steps inside."""
        if not self.branches:
            return self.arguments
        return {key: value for key, value in self.arguments.items() if key not in self.branches}

    @property
    def own_json(self) -> Mapping[str, Any]:
        """The step without the steps inside."""
        return {**self.json, "Arguments": self.own_arguments} if self.branches else self.json

    @cached_property
    def gets(self) -> tuple[tuple[str, Any], ...]:
        """Every ``Get`` of the step except those of the steps inside: where it is, and its text."""
        return tuple(gets_of(self.objects))

    @cached_property
    def objects(self) -> Objects:
        """Every object of the step except those of the steps inside, in one walk for all who look for some of them."""
        return objects(self.own_json)

    @cached_property
    def depends_on(self) -> tuple[Dependency, ...]:
        """The dependencies that are written out; those that follow from data are in the graph."""
        found = []
        for entry in _sequence(self.json.get("DependsOn")):
            if isinstance(entry, str):
                found.append(Dependency(entry))
            elif isinstance(entry, dict) and isinstance(entry.get("Step"), str):
                found.append(Dependency(entry["Step"], _text(entry.get("Trigger")) or COMPLETED))
        return tuple(found)

    @property
    def property_files(self) -> dict[str, PropertyFileView]:
        """The property files by name."""
        views = (
            PropertyFileView(_text(f.get("PropertyFileName")), _text(f.get("OutputName")), _text(f.get("FilePath")))
            for f in _mappings(self.json.get("PropertyFiles"))
        )
        return {view.name: view for view in views}

    def ancestors(self) -> Iterator[StepView]:
        """The step that holds this one, the one that holds that, and so on."""
        step = self.parent
        while step is not None:
            yield step
            step = step.parent

    def descendants(self) -> Iterator[StepView]:
        """This step and all steps inside it, in the order of the document."""
        pending = [self]
        while pending:
            step = pending.pop()
            yield step
            inner = [child for branch in step.branches.values() for child in branch]
            pending.extend(reversed(inner))


class Definition:
    """A read-only view of a pipeline definition, whoever wrote it.

    ```python
    parsed = Definition.parse('{"Version": "2020-12-01", "Steps": [{"Name": "Train", "Type": "Training"}]}')
    assert parsed.step("Train").type == "Training"
    assert Definition(definition).step_names == ("T",)
    ```

    Args:
        document: The parsed JSON document.
        repetitions: The keys that occur more than once in an object of its text; ``parse`` finds them.

    Raises:
        DefinitionError: Not a JSON object, or one that is nested too deeply.
    """

    def __init__(self, document: Mapping[str, Any], repetitions: tuple[Repetition, ...] = ()) -> None:
        if not isinstance(document, Mapping):
            raise DefinitionError(f"a definition is a JSON object, not {_kind(document)}")
        try:
            plain = check_depth(document)
        except DefinitionError as error:
            raise DefinitionError(f"the definition is {error}") from None
        self.json: Mapping[str, Any] = document if plain else with_dicts(document)
        """The document: its objects are dicts, and its arrays lists or tuples."""
        self.repetitions = repetitions
        """The keys that occur more than once in an object of its text; empty unless it was parsed from text."""
        self._derivations: dict[Any, Any] = {}
        """What other rooms derive from it more than once, by the function that derives it."""

    @staticmethod
    def parse(text: str | bytes) -> Definition:
        """Reads the JSON text of a definition.

        Args:
            text: The JSON text; bytes are UTF-8.

        Raises:
            DefinitionError: Malformed JSON; the message says where.
        """
        try:
            parsed = parse(text)
        except DefinitionError as error:
            raise DefinitionError(f"the definition is {error}") from None
        return Definition(parsed.document, parsed.repetitions)

    @cached_property
    def steps(self) -> tuple[StepView, ...]:
        """The top-level steps, in the order of the document."""
        return tuple(StepView(item) for item in _mappings(self.json.get("Steps")))

    @cached_property
    def parameters(self) -> dict[str, ParameterDeclaration]:
        """The declared parameters by name."""
        declared = {}
        for item in _mappings(self.json.get("Parameters")):
            enum_values = item.get("EnumValues")
            default = item.get("DefaultValue", MISSING)
            name = _text(item.get("Name"))
            declared[name] = ParameterDeclaration(
                name,
                _text(item.get("Type")),
                None if default is MISSING else default,
                default is not MISSING,
                tuple(enum_values) if isinstance(enum_values, list) else None,
            )
        return declared

    def all_steps(self) -> Iterator[StepView]:
        """Every step, including those inside branches and bodies, in the order of the document."""
        return iter(self._all_steps)

    @cached_property
    def _all_steps(self) -> tuple[StepView, ...]:
        return tuple(inner for step in self.steps for inner in step.descendants())

    @cached_property
    def _by_name(self) -> dict[str, StepView]:
        by_name: dict[str, StepView] = {}
        for step in self.all_steps():
            by_name.setdefault(step.name, step)
        return by_name

    def step(self, name: str) -> StepView:
        """The step of a name, at any depth.

        Args:
            name: The name of the step in the definition.

        Raises:
            DefinitionError: There is no such step; the message has the closest match.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise DefinitionError(f"the pipeline has no step {name!r}{did_you_mean(name, self._by_name)}") from None

    def find(self, name: str) -> StepView | None:
        """The step of a name, at any depth; None where there is none.

        Args:
            name: The name of the step in the definition.
        """
        return self._by_name.get(name)

    @cached_property
    def step_names(self) -> tuple[str, ...]:
        """The names of all steps, in the order of the document, each once."""
        return tuple(self._by_name)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _sequence(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else ()


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in _sequence(value) if isinstance(item, dict)]


def _kind(value: Any) -> str:
    kinds = {list: "a list", str: "a text", bool: "a boolean", int: "a number", float: "a number", type(None): "null"}
    return kinds.get(type(value), f"a {type(value).__name__}")
