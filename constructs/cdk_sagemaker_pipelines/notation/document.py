"""A file as values, each with the line at which it is."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from pathlib import Path as File
from typing import Any, NoReturn

from ..language import DefinitionError, PipelineError
from ..language.files import read_bytes
from ..language.parsing import TOO_DEEP, check_depth
from ..templates.documents import Path, parse_yaml
from .lines import json_lines, toml_lines

FORMATS = (".yaml", ".yml", ".toml")
"""Of pipelines, by the end of the file's name."""


class Document:
    """What a file holds. ``file``: as it was given; ``folder``: that the paths in it are relative to.

    ``formats``: the ends of names that are taken, of these and ``.json``. ``reader``: who reads it, and ``holds``: what
    must be in it, both for messages. Raises ``PipelineError``.
    """

    def __init__(
        self,
        file: str | File,
        formats: tuple[str, ...] = FORMATS,
        reader: str = "from_file",
        holds: str = "a mapping with 'steps'",
    ) -> None:
        self.file = File(file)
        self.folder = self.file.parent
        if self.file.suffix not in formats:
            words = "JSON, YAML or TOML" if ".json" in formats else "YAML or TOML"
            raise PipelineError(f"{reader}: {str(file)!r} must be a {words} file")
        try:
            content = read_bytes(self.file)
        except OSError as error:
            raise PipelineError(f"{reader}: {str(file)!r} cannot be read: {error.strerror}") from None
        try:
            read = {".toml": _toml, ".json": _json}.get(self.file.suffix, parse_yaml)
            self.value, self._lines = read(content)
        except DefinitionError as error:
            text = str(error).replace("not YAML that CloudFormation reads: ", "not YAML: ")
            raise PipelineError(f"{self.file}: it is {text}") from None
        if not isinstance(self.value, dict):
            raise PipelineError(f"{self.file}: it must be {holds}")

    def where(self, path: Path) -> str:
        """The file and the line at which a value is; its path, where the line is not known."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return f"{self.file}:{self._lines[path[:length]]}"
        return f"{self.file}: {'.'.join(map(str, path))}" if path else f"{self.file}"

    def fail(self, path: Path, text: str) -> NoReturn:
        """Raises ``PipelineError`` for what is at a path."""
        raise PipelineError(f"{self.where(path)}: {text}")


Read = tuple[Any, Mapping[Path, int]]


def _toml(content: bytes) -> Read:
    try:
        reader = importlib.import_module("tomllib")
    except ImportError:
        raise DefinitionError("TOML, which needs Python 3.11 or newer; write it in YAML") from None
    try:
        text = content.decode("utf-8")
        value = reader.loads(text)
    except RecursionError:
        raise DefinitionError(TOO_DEEP) from None
    except ValueError as error:  # also of what is not UTF-8
        raise DefinitionError(f"not TOML: {error}") from None
    check_depth(value)  # before its lines, each with a path as long as it is deep
    return _plain(value), toml_lines(text)


def _json(content: bytes) -> Read:
    try:
        text = content.decode(json.detect_encoding(content))
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        raise DefinitionError(TOO_DEEP) from None
    except ValueError as error:
        raise DefinitionError(f"not JSON: {error}") from None
    check_depth(value)
    return value, json_lines(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} occurs twice")
        found[key] = value
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not a number that JSON has")


def _plain(value: Any) -> Any:
    """The value with texts in place of dates and times."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, int, float)) else str(value)
