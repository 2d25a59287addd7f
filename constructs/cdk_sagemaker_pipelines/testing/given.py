"""What a test says about a step, as the engine's outcomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from weakref import WeakKeyDictionary

from ..language import Definition, StepView, choices, did_you_mean
from ..language.documentation import documented
from ..local.endings import StepFailed
from ..local.engine.outcomes import Outcome, OutcomesError, read_outcome
from ..local.engine.output_parameters import typed_output
from ..local.engine.record import StepRecord
from ..local.engine.scripted import ScriptedRunner
from .lacking import json_gets

_read: WeakKeyDictionary[Definition, dict[str, list[tuple[str, ...]]]] = WeakKeyDictionary()
"""The paths that pipelines read in property files, by the reference to the file."""
_MEMBERS = tuple(member.name for member in fields(Outcome))


@documented
@dataclass(frozen=True)
class Attempt:
    """One attempt of a step, as a function that ends it sees it.

    ```python
    def flaky(attempt: Attempt) -> dict[str, str]:
        return {"fail": "no capacity"} if attempt.number == 1 else {}

    assert run(definition, {"T": flaky}).states == {"T": "Failed"}
    ```
    """

    name: str
    """The step's name; in the body of a for-each with ``-<index>``."""
    type: str
    """The step's ``Type`` in the definition, such as "Training"."""
    arguments: Mapping[str, Any]
    """The step's arguments with all expressions resolved."""
    number: int
    """The number of the attempt: 1 for the first, 2 for the first retry."""


class Telling(ScriptedRunner):
    """Ends steps as a test says."""

    def __init__(self, definition: Definition, given: Mapping[str, object]) -> None:
        """Raises ``OutcomesError`` for steps and outputs that the pipeline does not have."""
        super().__init__()
        self.error: Exception | None = None
        """What a function of the test raised."""
        self._definition = definition
        self._functions: dict[str, Callable[[Attempt], Any]] = {}
        for name, told in given.items():
            step = self._step(name)
            if callable(told):
                self._functions[name] = told
            else:
                self.outcomes[name] = _outcome(step, told, definition)

    def begin(self, step: StepView, arguments: dict[str, Any]) -> Outcome:
        written = step.name.rpartition("-")[0] if step.branch == "ForEachBody" else step.name
        function = self._functions.get(step.name) or self._functions.get(written)
        if function is not None:
            attempt = Attempt(step.name, step.type, arguments, self.attempts.count(step.name) + 1)
            try:
                self.outcomes[step.name] = _outcome(step, function(attempt) or {}, self._definition)
            except Exception as error:  # the test's own, which it gets back when the run has ended
                self.error = self.error or error
                self.outcomes[step.name] = Outcome(
                    fail=f"the function of the test raised {type(error).__name__}: {error}"
                )
        return super().begin(step, arguments)

    def refuse_missing_items(self, records: Mapping[str, StepRecord]) -> None:
        """Raises ``OutcomesError`` for outcomes of items that a for-each which has succeeded turned out not to have."""
        for name in [*self.outcomes, *self._functions]:
            body, _, index = name.rpartition("-")
            step = None if self._definition.find(name) else self._definition.find(body)
            loop = records.get(step.parent.name) if step and step.parent else None
            if step is None or step.parent is None or loop is None or loop.status != "Succeeded":
                continue
            inside = {each.name for each in step.parent.body}
            items = {
                each.iteration["Index"]
                for each in records.values()
                if each.iteration is not None and each.step.name.rpartition("-")[0] in inside
            }
            if items and int(index) not in items:
                raise OutcomesError(f"an outcome is given for {name!r}, but {loop.step.name!r} had {len(items)} items")

    def _step(self, name: str) -> StepView:
        found = self._definition.find(name)
        if found is None:
            body, _, index = name.rpartition("-")
            found = self._definition.find(body) if index.isdecimal() and str(int(index)) == index else None
            if found is None or found.branch != "ForEachBody":
                names = self._definition.step_names
                close = did_you_mean(name, names) or f"; it has {choices(names)}"
                raise OutcomesError(f"an outcome is given for {name!r}, but the pipeline has no such step{close}")
        if found.type in ("Condition", "ForEach", "Fail"):
            raise OutcomesError(f"an outcome is given for {name!r}, but a {found.type} step ends by itself")
        return found


def _outcome(step: StepView, told: Any, definition: Definition) -> Outcome:
    what = f"the outcome of {step.name!r}"
    if isinstance(told, Outcome):
        return _with_types(what, step, told)
    if not isinstance(told, Mapping):
        raise OutcomesError(f'{what} is {told!r}; give members such as {{"fail": "why"}}, an Outcome or a function')
    members = {name: value for name, value in told.items() if name in _MEMBERS}
    files, outputs = dict(members.get("files", {})), {}
    declared = _files(step)
    parameters = [str(each.get("OutputName")) for each in step.json.get("OutputParameters") or []]
    for name, value in told.items():
        if name in _MEMBERS:
            continue
        if name in parameters:
            outputs[name] = value
        elif len(declared.get(name, ())) == 1:
            ((file, path),) = declared[name].items()
            files[path] = _content(value, _paths(definition, step.name, file))
        elif "/" in name or name.endswith(".tar.gz"):
            files[name] = value
        else:
            several = declared.get(name, {}).values()
            known = [*several] or [*_MEMBERS, *parameters, *declared]
            close = did_you_mean(name, known) or f"; allowed are {choices(known, 20)}"
            raise OutcomesError(f"{what} has no member, output or property file {name!r}{close}")
    properties = {**({"OutputParameters": outputs} if outputs else {}), **members.get("properties", {})}
    return _with_types(what, step, read_outcome(what, {**members, "files": files, "properties": properties}))


def _with_types(what: str, step: StepView, outcome: Outcome) -> Outcome:
    """The outcome with outputs in their declared types, as an answer gets them; texts stay as the test wrote them."""
    given = outcome.properties.get("OutputParameters")
    if not isinstance(given, Mapping):
        return outcome
    outputs = dict(given)
    for declared in step.json.get("OutputParameters") or []:
        name, kind = str(declared.get("OutputName")), str(declared.get("OutputType"))
        if name not in given:
            continue
        try:
            value = typed_output(name, kind, given[name], what)
        except StepFailed as error:
            raise OutcomesError(error.reason) from None
        outputs[name] = given[name] if kind == "String" else value
    return replace(outcome, properties={**outcome.properties, "OutputParameters": outputs})


def _files(step: StepView) -> dict[str, dict[str, str]]:
    """By the name of a property file, or of its output: the names of the property files, and where they are."""
    found: dict[str, dict[str, str]] = {}
    for name, file in step.property_files.items():
        path = f"{file.output_name}/{file.file_path}"
        found.setdefault(name, {})[name] = path
        found.setdefault(file.output_name, {})[name] = path
    return found


def _paths(definition: Definition, step: str, file: str) -> list[tuple[str, ...]]:
    """The paths that the pipeline reads in a property file."""
    if definition not in _read:
        found = _read[definition] = {}
        for get in json_gets(definition.json.get("Steps")):
            if isinstance(get.get("PropertyFile"), Mapping) and isinstance(get.get("Path"), str):
                found.setdefault(str(get["PropertyFile"].get("Get")), []).append(tuple(get["Path"].split(".")))
    return _read[definition].get(f"Steps.{step}.PropertyFiles.{file}", [])


def _content(value: Any, read: list[tuple[str, ...]]) -> Any:
    """The content of a property file, in which a number may stand under a part of the one path that has the part."""
    if not isinstance(value, Mapping):
        return value
    content: dict[str, Any] = {}
    for name, inner in value.items():
        matching = {path for path in read if name in path or name == ".".join(path)}
        if isinstance(inner, (Mapping, list, tuple)) or len(matching) != 1 or (name,) in matching:
            content[name] = inner
            continue
        (path,) = matching
        place = content
        for part in path[:-1]:
            place = place.setdefault(part, {})
        place[path[-1]] = inner
    return content
