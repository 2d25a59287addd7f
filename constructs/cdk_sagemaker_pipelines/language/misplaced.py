"""Texts and lists of a definition in which something is left that only Python or CDK can read."""

from __future__ import annotations

import re
from typing import Any

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


def problem(value: Any) -> tuple[str, str] | None:
    """The code and the text of what is wrong with a text or a list; None for one that is right."""
    if is_list_token(value):
        return LIST
    if isinstance(value, str) and _PLACEHOLDER.search(value):
        return "broken-placeholder", PLACEHOLDER
    return None
