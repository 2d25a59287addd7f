"""The page of messages: what the library says where it refuses something, read from its source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import cdk_sagemaker_pipelines

from .findings import codes
from .markdown import code, table

LIBRARY = Path(cdk_sagemaker_pipelines.__file__).parent
FINDINGS = ("Finding", "finding", "exactly_one", "at_most_one", "repeated")
"""What makes findings; the first argument is the code, the second the text where that is one."""
REFUSALS = {
    "In your program": ("PipelineError", "DefinitionError"),
    "From `smpipe`": ("CommandError", "SelectionError", "OutcomesError", "SeedError", "StateError", "TemplateError"),
    "In an execution on the local AWS": ("StepFailed",),
}
"""The sections of the page, by the errors that are raised."""

HEAD = """\
# Messages

Search this page for a part of the text that you got. `…` stands for names and values. A message says what was found and
what to write instead. A finding ends with its code, in brackets, whose section has an example and the mend.
"""


class Made(NamedTuple):
    """A call in the library, or an error that is raised."""

    module: str
    name: str
    raised: bool
    first: str | None
    second: str | None


def page() -> str:
    """The Markdown of the page."""
    known, made = {found.code for found in codes()}, made_in(sorted(LIBRARY.rglob("*.py")))
    rows = {(code(text), f"[{of}](findings.md#{of})") for text, of in findings(made) if of in known}
    lines = [HEAD, "## Findings", "", *table(("message", "code"), sorted(rows))]
    for title, errors in REFUSALS.items():
        rows = {(code(text), code(where)) for text, where in refusals(made, errors)}
        lines += [f"## {title}", "", *table(("message", "where"), sorted(rows))]
    return "\n".join(lines)


def made_in(files: Iterable[Path]) -> list[Made]:
    """The calls and errors in files of the library, each with the module that it is in and its first two texts."""
    return [made for file in files for made in _in_order(file)]


def _in_order(file: Path) -> Iterator[Made]:
    """A name stands for the text that was last given to it, which is what it has in most places."""
    module, known = file.relative_to(LIBRARY).with_suffix("").as_posix(), dict[str, str | None]()
    nodes = (node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, (ast.stmt, ast.Call)))
    for node in sorted(nodes, key=lambda node: (node.lineno, isinstance(node, ast.Call))):
        if isinstance(node, ast.FunctionDef):
            known.clear()
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            known[node.targets[0].id] = _text(node.value, known)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            before = known.get(node.target.id)
            known[node.target.id] = before and before + (_text(node.value, known) or "…")
        made = node.exc if isinstance(node, ast.Raise) else node
        if isinstance(made, ast.Call):
            texts = [_text(argument, known) for argument in made.args[:2]]
            yield Made(module, _name(made.func), isinstance(node, ast.Raise), *texts, *[None] * (2 - len(texts)))


def findings(made: Iterable[Made]) -> Iterator[tuple[str, str]]:
    """The texts of findings, with their codes."""
    for each in made:
        if each.name in FINDINGS and each.first and _says_something(each.second):
            yield str(each.second), each.first


def refusals(made: Iterable[Made], errors: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The texts of errors that are raised, with the module."""
    for each in made:
        if each.raised and each.name in errors and _says_something(each.first):
            yield str(each.first), each.module


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _text(node: ast.expr, known: Mapping[str, str | None]) -> str | None:
    """A text as it is read, with `…` for what is filled in; None if it is not known here."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.JoinedStr):
        parts = (str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        return re.sub("…+", "…", "".join(parts))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left, known), _text(node.right, known)
        return None if left is None and right is None else f"{left or '…'}{right or '…'}"
    return None


def _says_something(text: str | None) -> bool:
    return text is not None and len(text.replace("…", "").split()) > 1
