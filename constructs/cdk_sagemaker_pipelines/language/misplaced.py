"""Texts and lists of a definition that still contain something only Python or CDK can read."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from .later import later_pattern
from .references import REFERENCE_KINDS
from .tokens import is_list_token

# changing the case of a text is common, whatever is inside
_PLACEHOLDER = later_pattern(r"\$\{SageMaker:", re.IGNORECASE)
# truncated soon after its beginning, without a closing brace, as is done for a shell
_BEGINNING = later_pattern(r"\$\{S(?:a(?:g(?:e(?:M(?:a(?:k(?:er?)?)?)?)?)?)?)?")


def _encodings(piece: bytes) -> Iterator[str]:
    """How a part of a text looks in base64, which depends on how many bytes precede it."""
    for before in range(3):
        encoded = base64.urlsafe_b64encode(bytes(before) + piece).decode()
        yield encoded[-(-before * 8 // 6) : (before + len(piece)) * 8 // 6]


# what the JSON inside a placeholder contains, and other base64 only by an unlikely coincidence
_PIECES = (
    *(f'{kind}":{{"Name":'.encode() for kind in ("meter", "Each")),
    *(f'{function}":{{"'.encode() for function in ("Std:Join", "Std:JsonGet")),
    *(f'Get":"{kind}.'.encode() for kind in REFERENCE_KINDS),
)
_INSIDE = later_pattern("|".join(["ker:eyJ[GHQT]", *(each for piece in _PIECES for each in _encodings(piece))]))
# a fixed number of characters: searching for a run of any length takes quadratic time
_END = later_pattern(r"([A-Za-z0-9_\-]{12}|[A-Za-z0-9_\-]{11}=|[A-Za-z0-9_\-]{10}==)\}")
_END_OF_JSON = later_pattern(rb'[\x20-\x7e]*["\]}el0-9]\}')

LIST_TOKEN = (
    "a list that is only known at deployment (a CDK list token) cannot be in a definition; use Fn.select for single "
    "values or Fn.join for a text"
)
# what Python prints for objects that are not texts: a step, a method, a function, a class, a module, an address,
# and an expression in a list or a dict
_PRINTED = later_pattern(
    r"<(?:\w{1,40}Step '|bound method \S{1,200} of |built-in (?:function|method) \w|class '[\w.<>]{1,200}'>"
    r"|module '[\w.]{1,200}'|[A-Za-z_][^<>\n]{0,200}(?:>[^<>\n]{0,100})? at 0x[0-9A-Fa-f]{6,16}>"
    rf"|[A-Za-z]\w{{0,40}} (?:'(?:{'|'.join(REFERENCE_KINDS)})[.']|\{{\"Std:))"
)

PLACEHOLDER = (
    "a text contains part of an expression's placeholder; put the whole expression into an f-string and do not cut or "
    "change the text"
)

_MEANT = (
    "use one of its values, such as a bucket's bucket_name, a role's role_arn or a step's property; call a method; "
    "and write a member of an item that is named like a method as each.item['name']"
)

LIST = ("list-token", LIST_TOKEN)


def problem(value: Any) -> tuple[str, str] | None:
    """The code and the message for what is wrong with a text or a list; None where nothing is."""
    if isinstance(value, str):
        return _problem(value)
    return LIST if is_list_token(value) else None


@lru_cache(maxsize=10_000)  # texts recur from step to step, and are judged when they are rendered and by a rule
def _problem(text: str) -> tuple[str, str] | None:
    if is_list_token(text):
        return LIST
    if _is_piece(text):
        return "broken-placeholder", PLACEHOLDER
    printed = _PRINTED.search(text) if "<" in text else None
    if printed is not None:
        shown = printed[0].partition(" at 0x")[0].rstrip()  # the address differs in every run
        return "printed-object", f"a text contains what Python prints for an object, '{shown} ...'; {_MEANT}"
    return None


def has_beginning(text: str) -> bool:
    """Whether the text contains a placeholder, or the beginning of one, whatever case it is in by now."""
    return "{" in text and _PLACEHOLDER.search(text) is not None


def _is_piece(text: str) -> bool:
    """Whether the text contains a part of a placeholder: its beginning, its end or something between them."""
    if "${" in text and (_PLACEHOLDER.search(text) or _BEGINNING.search(text, text.rfind("}") + 1)):
        return True
    if _INSIDE.search(text):
        return True
    if "}" not in text:
        return False
    ends = (base64.urlsafe_b64decode(found[1]) for found in _END.finditer(text))
    return any(_END_OF_JSON.fullmatch(end) for end in ends)
