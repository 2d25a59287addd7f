"""Writes the constructors of the steps for editors and type checkers, from the steps' fields.

A step has no ``__init__`` of its own: its fields are its arguments. Most tools do not infer that, or not in the order
that a user needs, so the constructor of each exported class with fields is written out as ``help()`` and
``inspect.signature`` show it.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from inspect import Parameter
from pathlib import Path

import cdk_sagemaker_pipelines as library
from cdk_sagemaker_pipelines.language.documentation import field_lines
from cdk_sagemaker_pipelines.steps.base.fields import Fields

_BASES = ("Step",)
"""Classes that are not instantiated themselves."""
_WIDTH = 120


def written() -> dict[Path, str]:
    """The text of each module with steps, with regenerated constructors."""
    texts: dict[Path, str] = {}
    for name in library._HOME:
        cls = getattr(library, name)
        if isinstance(cls, type) and issubclass(cls, Fields) and name not in _BASES:
            file = Path(str(importlib.import_module(cls.__module__).__file__))
            text = texts.get(file) or file.read_text(encoding="utf-8")
            texts[file] = _with_constructor(text, name, _constructor(cls))
    return texts


def write() -> None:
    """Writes them."""
    for file, text in written().items():
        file.write_text(text, encoding="utf-8")


def _with_constructor(text: str, name: str, constructor: str) -> str:
    lines = text.splitlines(keepends=True)
    (body,) = (node.body for node in ast.parse(text).body if isinstance(node, ast.ClassDef) and node.name == name)
    for node in body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            lines[node.lineno - 1 : node.end_lineno] = [constructor]
            return "".join(lines)
    first = next((node for node in body if isinstance(node, ast.FunctionDef)), None)
    if first is None:
        lines.insert(body[-1].end_lineno or 0, f"\n{constructor}")
    else:
        start = min([first.lineno, *(decorator.lineno for decorator in first.decorator_list)])
        lines.insert(start - 1, f"{constructor}\n")
    return "".join(lines)


def _constructor(cls: type[Fields]) -> str:
    parameters = list(inspect.signature(cls).parameters.values())
    fixed = [parameter for parameter in parameters if parameter.kind is not Parameter.KEYWORD_ONLY]
    written = ["self", *map(_written, fixed), "*", *map(_written, parameters[len(fixed) :])]
    lines = field_lines(cls)
    first = inspect.cleandoc(vars(cls)["__doc__"]).split("\n\n")[0]
    said = [_wrapped(f":param {parameter.name}: {lines[parameter.name]}", below="    ") for parameter in parameters]
    return "\n".join(
        [
            "    if TYPE_CHECKING:  # `make generate` writes this from the fields",
            "",
            "        def __init__(",
            *map(_line, written),
            "        ) -> None:",
            _wrapped(f'"""{" ".join(first.split())}'),
            "",
            *said,
            '            """',
            "",
        ]
    )


def _line(parameter: str) -> str:
    """As the formatter writes it: where one line is too short, each alternative of the type has one."""
    line = f"            {parameter},"
    return line if len(line) <= _WIDTH else line.replace(" | ", "\n            | ")


def _wrapped(text: str, below: str = "") -> str:
    indent = " " * 12
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + below,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _written(parameter: Parameter) -> str:
    default = "" if parameter.default is Parameter.empty else f" = {_literal(parameter.default)}"
    return f"{parameter.name}: {parameter.annotation}{default}".replace("'", '"')


def _literal(value: object) -> str:
    try:
        ast.literal_eval(repr(value))
    except (SyntaxError, ValueError):
        return "..."
    return repr(value)


if __name__ == "__main__":
    write()
