"""What others wrote, as pages show it: Jinja escapes the markup, and here is the rest.

``finalize`` is called for every ``{{ ... }}`` of a template, so that no template can forget it.
"""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup, escape

from ..language.errors import escaped_lines

MOST = 2 * 1024 * 1024
"""Characters of a document with indentation."""


def finalize(value: Any) -> Any:
    """A value as a page shows it: control characters and those that turn the direction of text are visible.

    Nothing is shown for None. What is markup already is left alone.
    """
    if value is None:
        return ""
    return value if hasattr(value, "__html__") else escaped_lines(str(value))


def file_name(text: str) -> str:
    """A text as a part of the name of a file, whatever the file system and the header of a response can have."""
    return "".join(each if each.isascii() and (each.isalnum() or each in "-._") else "-" for each in text)


def exact(value: object) -> Markup:
    """A text for an attribute that has to come back as it is, such as the value of a field: only markup is escaped.

    (Half of a surrogate pair cannot be sent.)
    """
    return escape(str(value).encode("utf-8", "replace").decode())


def indented(document: Any) -> str | None:
    """A document as JSON with indentation; None if that has more than ``MOST`` characters.

    Each item of an array gets a line, which begins with as many spaces as the array is deep: the text can be a thousand
    times as long as the document was. Raises ``RecursionError`` for one that is too deep.
    """
    found: list[str] = []
    left = MOST
    for part in json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(document):
        found.append(part)
        left -= len(part)
        if left < 0:
            return None
    return "".join(found)
