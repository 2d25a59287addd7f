"""The values of fields as code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...language import Reference, is_expression_json
from ...language.expressions import ExecutionVariable, ExecutionVariables
from ...language.paths import Key
from ...notation.classes import CLASSES
from ...notation.fragments import fragments
from ...notation.nodes import NOTHING, Comparison, Existing, Made, OfStep
from ...steps.control.for_each import CurrentItem
from ..program import Planned, Program
from .accessors import accessor
from .layout import Atom, Group, Piece, call, listed
from .names import Names, snake
from .surroundings import Surroundings
from .texts import formatted, literal

_EXECUTION = {
    variable.name: f"ExecutionVariables.{name}"
    for name, variable in vars(ExecutionVariables).items()
    if isinstance(variable, ExecutionVariable)
}
_JSON = {"string": "JsonGet[str]", "number": "JsonGet[float]", "boolean": "JsonGet[bool]"}


class Values:
    """Writes values. ``used``: the variables that stand in what it wrote."""

    def __init__(self, program: Program, names: Names, around: Surroundings) -> None:
        self._program = program
        self._names = names
        self._around = around
        self.parameters = {name: names.take(name, "parameter") for name in program.parameters}
        self.steps = {step.name: names.take(step.name, "step") for step in program.steps}
        self.used: set[str] = set()
        self.ahead: list[tuple[str, Piece]] = []
        """Variables to be set before what was written last, and their values."""
        self._hoisted: dict[str, str] = {}
        self.loop = ""
        self._shared = _shared(program)

    def variable(self, name: str) -> str:
        """A variable, which is used."""
        self.used.add(name)
        return name

    def value(self, node: Any) -> Piece:
        """The code of a value."""
        if node is NOTHING or node is None:
            return Atom("None")
        if isinstance(node, Made):
            return self._made(node)
        if isinstance(node, Existing):
            self._around.used.add(node)
            return Atom(self._around.constructs[node])
        if isinstance(node, OfStep):
            step = self._program.step(node.step)
            if step is not None and isinstance(step.made, CLASSES[node.class_name]):
                return Atom(self.variable(self.steps[node.step]))
            return self.value(node.read)
        if isinstance(node, Comparison):
            return self.condition(node.json)
        if is_expression_json(node):
            return self.expression(node)
        if isinstance(node, Mapping):
            return Group("{", [(f"{literal(str(key))}: ", self.value(item)) for key, item in node.items()], "}")
        if isinstance(node, (list, tuple)):
            return listed([self.value(item) for item in node])
        return Atom(self.text(node)) if isinstance(node, str) else Atom(repr(node))

    def text(self, text: str) -> str:
        """The code of a literal text, or of one in which the stack's arguments stand."""
        return self._text(self._around.parts(text))

    def _text(self, parts: list[str | tuple[str]]) -> str:
        if all(isinstance(part, str) for part in parts):
            return literal("".join(part for part in parts if isinstance(part, str)))
        if len(parts) == 1:
            return parts[0][0]
        found = formatted(parts)
        if found is not None:
            return found
        codes = [literal(part) if isinstance(part, str) else f"str({part[0]})" for part in parts]
        return f'"".join([{", ".join(codes)}])'

    def _made(self, node: Made) -> Piece:
        key = _key(node)
        if key in self._shared:
            if key not in self._hoisted:
                name = self._names.take(_word(node), "value")
                self._hoisted[key] = name
                self.ahead.append((name, self._written(node)))
            return Atom(self.variable(self._hoisted[key]))
        return self._written(node)

    def _written(self, node: Made) -> Piece:
        fields = {name: self.value(field) for name, field in node.fields.items()}
        return call(node.function, [self.value(item) for item in node.positional], **fields)

    def condition(self, given: Mapping[str, Any]) -> Piece:
        """The code of a condition."""
        raise NotImplementedError

    # -- expressions

    def expression(self, node: Any, kind: str = "string", *, any_kind: bool = False) -> Piece:
        """The code of an expression. ``kind``: what is read of a JSON file."""
        if not is_expression_json(node):
            return self.value(node)
        ((word, inner),) = node.items()
        if word == "Get":
            return self._get(inner, any_kind)
        if word == "Std:JsonGet":
            return Atom(self._json_get(node, kind))
        parts = fragments(node)
        codes: list[str | tuple[str]] = []
        for part in parts:
            codes += self._around.parts(part) if isinstance(part, str) else [(self.expression(part).flat(),)]
        plain = any(not isinstance(part, (str, dict)) for part in parts) or len(parts) == 1
        found = None if plain else formatted(codes)
        if found is not None:
            return Atom(found)
        values = inner.get("Values") if plain else parts
        on = inner.get("On") if plain else ""
        return call("Join", [Atom(literal(str(on))), listed([self.expression(part) for part in values])])

    def _get(self, get: str, any_kind: bool = False) -> Piece:
        reference = Reference.of(get)
        kind, name = ("", "") if reference is None else (reference.kind, reference.name)
        if kind == "Parameters" and get == f"Parameters.{name}" and name in self.parameters:
            return Atom(self.variable(self.parameters[name]))
        if kind == "Execution" and get == f"Execution.{name}":
            return Atom(_EXECUTION.get(name) or f"ExecutionVariable({literal(name)})")
        if kind == "Steps":
            step = self._program.step(name)
            found = None if step is None else accessor(step.made, get, any_kind=any_kind)
            if found is not None:
                code, arguments = self.variable(self.steps[name]) + found[0], found[1]
                return call(code, [Atom(one) for one in arguments]) if arguments else Atom(code)
            return call("StepReference", [Atom(literal(name))], get=Atom(literal(get)))
        if kind == "ForEach" and self.loop and reference is not None:
            item = self._item(reference.path, get)
            if item is not None:
                return Atom(item)
        return call("Get", [Atom(literal(get))])

    def _item(self, path: tuple[str | int, ...], get: str) -> str | None:
        code, item = f"{self.steps[self.loop]}.item", CurrentItem(self.loop)
        for part in path:
            if isinstance(part, str) and not isinstance(part, Key):
                if part != "CurrentItem":
                    if hasattr(CurrentItem, part) or part.startswith("_") or not part.isidentifier():
                        return None
                    code, item = f"{code}.{part}", getattr(item, part)
            else:
                code += f"[{literal(part) if isinstance(part, Key) else part}]"
                item = item[str(part) if isinstance(part, Key) else part]
        if item.to_json() != {"Get": get}:
            return None
        self.used.add(self.steps[self.loop])
        return code

    def _json_get(self, node: Mapping[str, Any], kind: str) -> str:
        """A variable for the value in a file, which is set before."""
        inner = node["Std:JsonGet"]
        key = json.dumps([node, kind], sort_keys=True)
        if key not in self._hoisted:
            path, file = inner.get("Path"), inner.get("PropertyFile")
            words = [word for word in snake(str(path)).split("_") if not word.isdigit()]
            name = self._names.take("_".join(words[-2:]), "value")
            reference = Reference.of(file["Get"]) if isinstance(file, Mapping) and "Get" in file else None
            step = self._program.step(reference.name) if reference is not None else None
            declared = (
                None if step is None or reference is None else step.view.property_files.get(str(reference.path[-1]))
            )
            if step is not None and declared is not None and step.class_name == "ProcessingStep":
                report = self._report(step, declared.name)
                piece: Piece = call(f"{report}.{kind}", [Atom(literal(str(path)))])
            elif file is not None:
                piece = call(_JSON[kind], [Atom(literal(str(path)))], property_file=self.expression(file))
            else:
                piece = call(_JSON[kind], [Atom(literal(str(path)))], s3_uri=self.expression(inner.get("S3Uri")))
            self._hoisted[key] = name
            self.ahead.append((name, piece))
        return self.variable(self._hoisted[key])

    def _report(self, step: Planned, name: str) -> str:
        """A variable for a property file."""
        key = json.dumps(["file", step.name, name])
        if key not in self._hoisted:
            declared = step.view.property_files[name]
            given = [Atom(literal(declared.output_name)), Atom(literal(declared.file_path))]
            piece = call(f"{self.variable(self.steps[step.name])}.property_file", given, name=Atom(literal(name)))
            self._hoisted[key] = self._names.take(name, "file")
            self.ahead.append((self._hoisted[key], piece))
        return self.variable(self._hoisted[key])


def _key(node: Made) -> str:
    """The same text for equal nodes of the kinds that are worth a variable; empty for others."""
    alone = node.function.startswith("Image.") and all(isinstance(one, str) for one in node.positional)
    if alone or node.function in ("LineageAction", "LineageArtifact", "LineageContext"):
        return repr(node)
    return ""


def _word(node: Made) -> str:
    """What a variable for a value is called."""
    if node.function.startswith("Image."):
        uri = str(node.positional[0])
        word = uri.rpartition("/")[2].partition(":")[0].removeprefix("sagemaker-")
        return f"{word if node.function == 'Image.from_uri' else node.function.removeprefix('Image.')}_image"
    word = node.positional[0]
    return word if isinstance(word, str) else node.function.removeprefix("Lineage")


def _shared(program: Program) -> set[str]:
    """The keys of the values that stand in several places."""
    seen: set[str] = set()
    twice: set[str] = set()

    def look(value: Any) -> None:
        if isinstance(value, Made):
            key = _key(value)
            if key:
                (twice if key in seen else seen).add(key)
            look((*value.positional, *value.fields.values()))
        elif isinstance(value, Mapping):
            look(tuple(value.values()))
        elif isinstance(value, (list, tuple)):
            for item in value:
                look(item)

    for step in program.steps:
        look(step.fields)
    return twice
