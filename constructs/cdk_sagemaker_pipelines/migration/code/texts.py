"""Texts as Python writes them: no text ends its own literal, and a formatter leaves them as they are."""

from __future__ import annotations

from collections.abc import Sequence

_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def literal(text: str) -> str:
    """The literal of a text, in double quotes unless those would need more escapes."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + "".join(_escaped(letter, quote) for letter in text) + quote


def quoted(text: str) -> str:
    """The text in double quotes, as both Python and YAML read it."""
    return '"' + "".join(_escaped(letter, '"') for letter in text) + '"'


def formatted(parts: Sequence[str | tuple[str]]) -> str | None:
    """An f-string of literal texts and of the code of expressions, each in a tuple; None where there can be none."""
    text = "".join(part for part in parts if isinstance(part, str))
    code = "".join(part[0] for part in parts if not isinstance(part, str))
    if "\\" in code or "\n" in code or "'" in code or "{" in code:
        return None
    if '"' in code:
        if '"' in text or "'" in text:
            return None
        quote, code_quote = '"', "'"
    else:
        quote, code_quote = "'" if text.count('"') > text.count("'") else '"', ""
    found = ""
    for part in parts:
        if isinstance(part, str):
            found += "".join(_escaped(letter, quote) for letter in part.replace("{", "{{").replace("}", "}}"))
        else:
            found += "{" + (part[0].replace('"', code_quote) if code_quote else part[0]) + "}"
    return f"f{quote}{found}{quote}"


def _escaped(letter: str, quote: str) -> str:
    if letter == quote:
        return "\\" + quote
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    if letter.isprintable():
        return letter
    number = ord(letter)
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 65536 else f"\\U{number:08x}"


def comment(text: str) -> str:
    """The text as it may stand in a comment or a docstring: on one line, without what could end it."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return plain.replace("\\", "/").replace('"', "'")
