"""A file as values, each with the line at which it stands."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path as File
from typing import Any, NoReturn

from ..language import DefinitionError, PipelineError
from ..language.files import read_bytes
from ..templates.texts import Path, parse_yaml

FORMATS = (".yaml", ".yml", ".toml")


class Document:
    """What a file holds. ``file``: as it was given; ``folder``: that the paths in it are relative to."""

    def __init__(self, file: str | File) -> None:
        self.file = File(file)
        self.folder = self.file.parent
        if self.file.suffix not in FORMATS:
            raise PipelineError(f"from_file: {str(file)!r} must be a YAML or TOML file")
        try:
            content = read_bytes(self.file)
        except OSError as error:
            raise PipelineError(f"from_file: {str(file)!r} cannot be read: {error.strerror}") from None
        self._lines: Mapping[Path, int] = {}
        try:
            if self.file.suffix == ".toml":
                self.value = _toml(content)
            else:
                self.value, self._lines = parse_yaml(content)
        except DefinitionError as error:
            text = str(error).replace("not YAML that CloudFormation reads: ", "not YAML: ")
            raise PipelineError(f"{self.file}: it is {text}") from None
        if not isinstance(self.value, dict):
            raise PipelineError(f"{self.file}: it must be a mapping with 'steps'")

    def where(self, path: Path) -> str:
        """The file and the line at which a value stands; its path, where the line is not known."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return f"{self.file}:{self._lines[path[:length]]}"
        return f"{self.file}: {'.'.join(map(str, path))}" if path else f"{self.file}"

    def fail(self, path: Path, text: str) -> NoReturn:
        """Raises ``PipelineError`` for what stands at a path."""
        raise PipelineError(f"{self.where(path)}: {text}")


def _toml(content: bytes) -> Any:
    try:
        reader = importlib.import_module("tomllib")
    except ImportError:
        raise DefinitionError("TOML, which needs Python 3.11 or newer; write it in YAML") from None
    try:
        return _plain(reader.loads(content.decode("utf-8")))
    except ValueError as error:  # also of what is not UTF-8
        raise DefinitionError(f"not TOML: {error}") from None


def _plain(value: Any) -> Any:
    """The value with texts in place of dates and times."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, int, float)) else str(value)
