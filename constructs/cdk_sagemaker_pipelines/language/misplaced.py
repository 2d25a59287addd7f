"""Texts and lists of a definition in which something is left that only Python or CDK can read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .definition import Definition
from .findings import Finding
from .tokens import is_list_token

# a change of case is what people do to texts without thinking of what is inside
_PLACEHOLDER = re.compile(r"\$\{SageMaker:", re.IGNORECASE)

LIST_TOKEN = (
    "a list that is known at deployment only (a CDK list token) cannot stand in a definition; use Fn.select for single "
    "values or Fn.join for a text"
)
PLACEHOLDER = (
    "a text holds a part of an expression's placeholder; put the whole expression into an f-string and do not cut or "
    "change the text"
)


LIST = ("list-token", LIST_TOKEN)


def misplaced(definition: Definition) -> Iterator[Finding]:
    """Every list token and every placeholder that nothing has replaced, step by step."""
    for step in definition.all_steps():
        document = {key: value for key, value in step.json.items() if key != "Arguments"}
        for where, code, text in _walk({**document, "Arguments": step.own_arguments}, ""):
            yield Finding(code, text, step.name, where)
    head = {key: value for key, value in definition.json.items() if key != "Steps"}
    for where, code, text in _walk(head, ""):
        yield Finding(code, text, where=where)


def problem(value: Any) -> tuple[str, str] | None:
    """The code and the text of what is wrong with a text or a list; None for one that is right."""
    if is_list_token(value):
        return LIST
    if isinstance(value, str) and _PLACEHOLDER.search(value):
        return "broken-placeholder", PLACEHOLDER
    return None


def _walk(value: Any, where: str) -> Iterator[tuple[str, str, str]]:
    found = problem(value)
    if found:
        yield where, *found
    elif isinstance(value, Mapping):
        for key, item in value.items():
            path = f"{where}.{key}" if where else str(key)
            yield from _walk(key, where)
            yield from _walk(item, path)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _walk(item, f"{where}[{index}]")
