"""At which lines the values of JSON and TOML texts are, for texts that have been read without an error."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ..templates.documents import Path

_JSON = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:\n]|[^\s{}\[\],:"]+')
_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]")
_PAIR = re.compile(rf"\s*({_DOTTED})\s*=(.*)")
_LONG = re.compile(r'"""|' r"'''")


def json_lines(text: str) -> dict[Path, int]:
    """The line of each key and element, by the path to it."""
    found: dict[Path, int] = {}
    path: list[str | int] = []  # one part for each container that is open: the key or the index at hand
    line, is_key = 1, False
    for match in _JSON.finditer(text):
        token = match[0]
        if token == "\n":
            line += 1
        elif token in "}]":
            path.pop()
        elif token == ",":
            last = path[-1]
            path[-1], is_key = (last + 1, False) if isinstance(last, int) else ("", True)
        elif token != ":":
            if is_key:
                path[-1], is_key = json.loads(token), False
            found.setdefault(tuple(path), line)
            if token in "{[":
                path.append("" if token == "{" else 0)
                is_key = token == "{"
    return found


def toml_lines(text: str) -> dict[Path, int]:
    """The line of each table and key; of what is inside of a value only that of the value."""
    found: dict[Path, int] = {}
    table: Path = ()
    counted: dict[Path, int] = {}
    closing = ""  # the quotes that end the long text in which the line is
    for number, line in enumerate(text.split("\n"), 1):
        if closing:
            closing = "" if closing in line else closing
        elif header := _HEADER.match(line):
            table = _below(header[2], counted)
            if header[1] == "[[":
                counted[table] = counted.get(table, -1) + 1
                table = (*table, counted[table])
            found.setdefault(table, number)
        elif pair := _PAIR.match(line):
            keys = (*table, *_keys(pair[1]))
            for length in range(len(table) + 1, len(keys) + 1):
                found.setdefault(keys[:length], number)
            quotes = _LONG.findall(pair[2])
            closing = quotes[0] if len(quotes) % 2 else ""
    return found


def _keys(dotted: str) -> Iterator[str]:
    for key in re.findall(_KEY, dotted):
        yield _unescaped(key) if key.startswith('"') else key.strip("'")


def _unescaped(key: str) -> str:
    try:
        return str(json.loads(key))
    except ValueError:  # an escape that only TOML has
        return key[1:-1]


def _below(dotted: str, counted: dict[Path, int]) -> Path:
    """The path of a table, inside the last of each list of tables."""
    path: Path = ()
    for position, key in enumerate(keys := list(_keys(dotted)), 1):
        path = (*path, key)
        if position < len(keys) and path in counted:
            path = (*path, counted[path])
    return path
