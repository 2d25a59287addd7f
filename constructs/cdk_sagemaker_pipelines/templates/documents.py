"""Templates in YAML, if PyYAML is installed, which is part of the extra ``[local]``."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..language import DefinitionError

Path = tuple[str | int, ...]

LONGEST = 1024 * 1024
"""The length of a template that CloudFormation takes from S3."""

_SUFFIXES = (".yaml", ".yml")
_TEMPLATE = re.compile(rb"^(?:Resources|AWSTemplateFormatVersion)[ \t]*:", re.MULTILINE)


class Document(NamedTuple):
    """The content of a text."""

    value: Any
    lines: Mapping[Path, int]
    """The line of a key or an element, by the path to it."""


def is_yaml(content: bytes, file: str) -> bool:
    """Whether text that is not JSON is meant to be a template in YAML, by the file's name or by how templates begin."""
    return file.lower().endswith(_SUFFIXES) or _TEMPLATE.search(content) is not None


def parse_yaml(content: bytes) -> Document:
    """The template in a content; raises a ``DefinitionError`` whose message continues "it is", with line and column."""
    if len(content) > LONGEST:
        raise DefinitionError(f"longer than {LONGEST} characters, which no template is")
    try:
        reader = importlib.import_module(".yaml_text", __package__)
    except ImportError:
        raise DefinitionError("YAML, which needs the extra: pip install 'cdk-sagemaker-pipelines[local]'") from None
    try:
        found: Document = reader.parse(content.decode(json.detect_encoding(content)))
    except UnicodeDecodeError as error:
        raise DefinitionError(f"not {error.encoding.upper()} text: {error.reason} at byte {error.start}") from None
    return found
