"""The whole file: imports, a stack, its arguments, and the pipeline with its steps."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from ... import language
from ...notation.classes import STEPS, VALUES
from ..importing import selection
from ..program import Planned, Program
from .conditions import Conditions
from .layout import Atom, Piece, call, laid_out, listed
from .names import Names, pascal
from .notes import notes, of_pipeline
from .surroundings import MODULES, Surroundings
from .texts import comment, literal
from .values import Values

_PUBLIC = {
    *(kind.__name__ for kind in (*STEPS, *VALUES)),
    *("ExecutionVariables", "Join", "JsonGet", "Not", "Or", "Parameter", "Pipeline"),
}
_CDK = ("Duration", "Stack")
_ENDS = {"Failed": "on_failure", "Stopped": "on_stop", "Any": "on_end"}
_BODY = " " * 8


def source(program: Program) -> str:
    """The program as a Python file."""
    names = Names({*MODULES})
    around = Surroundings.of(program, names)
    values = Conditions(program, names, around)
    statements = list(_statements(program, values))
    made = list(around.statements(Names({"pipeline"})))
    body = [f"{_BODY}super().__init__(scope, construct_id, **kwargs)", ""]
    body += [_assigned(name, piece) for name, piece in made]
    parameters = [_parameter(program, values, name) for name in program.parameters]
    if parameters and made:
        body.append("")
    body += [_assigned(name, piece) for name, piece in parameters]
    if parameters or made:
        body.append("")
    for note, name, piece in statements:
        body += [f"{_BODY}# {line}" for line in note]
        body.append(_assigned(name if name in values.used or name == "pipeline" else "", piece))
    title = pascal(program.name) or "Imported"
    title = title if title[0].isalpha() else f"Imported{title}"
    head = [
        f"class {title}Stack(Stack):",
        f'    """The pipeline of {comment(program.source)}, with typed steps."""',
        "",
    ]
    text = "\n".join([*head, *_signature(around), *body]) + "\n"
    return f'"""A pipeline of Amazon SageMaker, imported from a definition."""\n\n{_imports(text)}\n\n\n{text}'


def _statements(program: Program, values: Values) -> Iterator[tuple[list[str], str, Piece]]:
    """What is written in the constructor after the parameters: comments, a variable and what it is."""
    options: dict[str, Piece] = {}
    for name, node in program.options.items():
        if name == "parameters":
            options[name] = listed([Atom(values.variable(values.parameters[one])) for one in node])
        else:
            options[name] = values.value(node)
    yield of_pipeline(program), "pipeline", call("Pipeline", [Atom("self"), Atom('"Pipeline"')], **options)
    last_inside = {step.scope[0]: step.name for step in program.steps if step.scope is not None}
    read_of = _read_property_files(program)
    for step in program.steps:
        values.loop = step.scope[0] if step.scope is not None and step.scope[1] == "body" else ""
        piece = _step(step, values, read_of)
        yield from _ahead(values)
        yield notes(step), values.steps[step.name], piece
        for other, trigger in step.triggers:
            function = f"{values.variable(values.steps[other])}.{_ENDS.get(trigger, 'on_end')}"
            yield [], "", call(function, [Atom(values.variable(values.steps[step.name]))])
        loop = (
            program.step(step.scope[0]) if step.scope is not None and last_inside[step.scope[0]] == step.name else None
        )
        chosen = None if loop is None else selection(loop)
        if loop is not None and chosen is not None:
            pick, inner, path = chosen
            values.loop = ""
            property_of = values.expression(
                {"Get": f"Steps.{inner}.{path}" if not path.startswith("[") else f"Steps.{inner}{path}"}
            )
            method = "select_max_by" if pick == "MaxBy" else "select_min_by"
            yield [], "", call(f"{values.variable(values.steps[loop.name])}.{method}", [property_of])


def _ahead(values: Values) -> Iterator[tuple[list[str], str, Piece]]:
    while values.ahead:
        name, piece = values.ahead.pop(0)
        values.used.add(name)
        yield [], name, piece


def _step(step: Planned, values: Values, read_of: set[tuple[str, str]]) -> Piece:
    scope = "pipeline"
    if step.scope is not None:
        scope = f"{values.variable(values.steps[step.scope[0]])}.{step.scope[1]}"
    fields: dict[str, Any] = dict(step.fields)
    files = [node for node in fields.pop("property_files", ()) if (step.name, str(node.positional[0])) not in read_of]
    if files:
        fields["property_files"] = files
    written = {name: values.value(node) for name, node in fields.items()}
    if step.waits:
        written["depends_on"] = listed([Atom(values.variable(values.steps[other])) for other in step.waits])
    construct_id = step.construct_id
    if construct_id != step.name:
        written["step_name"] = Atom(literal(step.name))
    return call(step.class_name, [Atom(scope), Atom(literal(construct_id))], **written)


def _read_property_files(program: Program) -> set[tuple[str, str]]:
    """The property files that code reads, which declares them: the step and the file."""
    found = set()
    for step in program.steps:
        for _, get in step.view.gets:
            reference = language.Reference.of(get)
            if reference is not None and reference.path[:1] == ("PropertyFiles",) and len(reference.path) == 2:
                found.add((reference.name, str(reference.path[1])))
    return found


def _parameter(program: Program, values: Values, name: str) -> tuple[str, Piece]:
    declared = program.parameters[name]
    fields: dict[str, Piece] = {}
    if declared.has_default:
        fields["default"] = values.value(declared.default)
    if declared.enum_values is not None:
        fields["enum_values"] = listed([Atom(literal(str(value))) for value in declared.enum_values])
    return values.parameters[name], call(f"Parameter.{declared.type.lower()}", [Atom(literal(name))], **fields)


def _assigned(name: str, piece: Piece) -> str:
    before = f"{name} = " if name else ""
    return f"{_BODY}{before}{laid_out(piece, _BODY, before)}"


def _signature(around: Surroundings) -> list[str]:
    if not around.arguments:
        return ["    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:"]
    given = [
        f"        {name}: str{'' if default is None else f' = {literal(default)}'},"
        for name, default in around.arguments.items()
    ]
    head = [
        "    def __init__(",
        "        self,",
        "        scope: Construct,",
        "        construct_id: str,",
        "        *,",
    ]
    return [*head, *given, "        **kwargs: Any,", "    ) -> None:"]


def _imports(body: str) -> str:
    """The imports of all that a text names."""
    named = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    lines = ["from typing import Any", "", _from("aws_cdk", [name for name in _CDK if name in named])]
    lines += [
        f"from aws_cdk import {module} as {name}"
        for name, module in sorted(MODULES.items(), key=lambda one: one[1])
        if name in named
    ]
    lines.append(_from("cdk_sagemaker_pipelines", [name for name in _PUBLIC if name in named]))
    inner = [name for name in dir(language) if name in named and name not in _PUBLIC and name[0].isupper()]
    if inner:
        lines.append(_from("cdk_sagemaker_pipelines.language", inner))
    return "\n".join([*lines, "from constructs import Construct"])


def _from(module: str, names: list[str]) -> str:
    ordered = sorted(names, key=lambda name: (not (name.isupper() and len(name) > 1), name))
    line = f"from {module} import {', '.join(ordered)}"
    if len(line) <= 88:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in ordered) + ")"
