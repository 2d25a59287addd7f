"""Texts and lists of a definition in which something is left that only Python or CDK can read."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

from .expressions import REFERENCE_KINDS
from .tokens import is_list_token

# a change of case is what people do to texts without thinking of what is inside
_PLACEHOLDER = re.compile(r"\$\{SageMaker:", re.IGNORECASE)
# cut soon after its beginning, where no brace closes it, as one does for a shell
_BEGINNING = re.compile(r"\$\{S(?:a(?:g(?:e(?:M(?:a(?:k(?:er?)?)?)?)?)?)?)?")


def _encodings(piece: bytes) -> Iterator[str]:
    """How a part of a text looks in base64, which depends on how many bytes stand before it."""
    for before in range(3):
        encoded = base64.urlsafe_b64encode(bytes(before) + piece).decode()
        yield encoded[-(-before * 8 // 6) : (before + len(piece)) * 8 // 6]


# what the JSON inside of a placeholder holds, and base64 of somebody else only by an unlikely chance
_PIECES = (
    *(f'{kind}":{{"Name":'.encode() for kind in ("meter", "Each")),
    *(f'{function}":{{"'.encode() for function in ("Std:Join", "Std:JsonGet")),
    *(f'Get":"{kind}.'.encode() for kind in REFERENCE_KINDS),
)
_INSIDE = re.compile("|".join(["ker:eyJ[GHQT]", *(each for piece in _PIECES for each in _encodings(piece))]))
# so many characters and no fewer: a search for a run of any length costs its square
_END = re.compile(r"([A-Za-z0-9_\-]{12}|[A-Za-z0-9_\-]{11}=|[A-Za-z0-9_\-]{10}==)\}")
_END_OF_JSON = re.compile(rb'[\x20-\x7e]*["\]}el0-9]\}')

LIST_TOKEN = (
    "a list that is known at deployment only (a CDK list token) cannot stand in a definition; use Fn.select for single "
    "values or Fn.join for a text"
)
PLACEHOLDER = (
    "a text holds a part of an expression's placeholder; put the whole expression into an f-string and do not cut or "
    "change the text"
)

LIST = ("list-token", LIST_TOKEN)

# what ``repr`` writes of an object that has none of its own, of a step, and of an expression in a list or a dict
_OBJECT = re.compile(r"<([A-Za-z_][^<>\n]{0,200}) at 0x[0-9A-Fa-f]{6,16}>")
_REPR = re.compile(rf"<([A-Za-z]\w*Step) '[\w-]+'>|<([A-Za-z]\w*) (?:'(?:{'|'.join(REFERENCE_KINDS)})[.']|\{{\"Std:)")

_VALUE_OF_IT = (
    "write a value of it there, such as a bucket's bucket_name, a role's role_arn or a step's property, and each "
    "expression of a list by itself"
)


def problem(value: Any) -> tuple[str, str] | None:
    """The code and the text of what is wrong with a text or a list; None for one that is right."""
    if is_list_token(value):
        return LIST
    if isinstance(value, str) and _is_piece(value):
        return "broken-placeholder", PLACEHOLDER
    found = (_OBJECT.search(value) or _REPR.search(value)) if isinstance(value, str) and "<" in value else None
    if found is None:
        return None
    name = next(filter(None, found.groups()))  # without the address, which differs between processes
    return "object-in-text", f"a text holds what Python writes of an object, '<{name} ...>'; {_VALUE_OF_IT}"


def _is_piece(text: str) -> bool:
    """Whether a part of a placeholder stands in the text: its beginning, its end or what is between them."""
    if _PLACEHOLDER.search(text) or _BEGINNING.search(text, text.rfind("}") + 1) or _INSIDE.search(text):
        return True
    ends = (base64.urlsafe_b64decode(found[1]) for found in _END.finditer(text))
    return any(_END_OF_JSON.fullmatch(end) for end in ends)
