"""JSON texts, read strictly: what other parsers silently accept is an error or is reported."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import DefinitionError

DEPTH_LIMIT = 200
"""How deeply objects and lists may be nested; a condition in a condition adds four."""

_SCALARS = (str, int, float, type(None))  # checked first, since most values are scalars and Mapping is slow

TOO_DEEP = f"nested too deeply: at most {DEPTH_LIMIT} objects and lists inside one another"


@dataclass(frozen=True)
class Repetition:
    """An object that has a key more than once, of which JSON parsers keep the last."""

    holder: Mapping[str, Any]
    """The object as it was read, identical to the one in the document."""
    key: str


@dataclass(frozen=True)
class Parsed:
    """The content of a text."""

    document: Any
    repetitions: tuple[Repetition, ...]


def parse(text: str | bytes) -> Parsed:
    """Reads a JSON text; raises a ``DefinitionError`` whose message continues "it is", with line and column.

    Bytes are UTF-8, or UTF-16 and UTF-32 as some shells write them; a byte order mark is not part of the text.
    """
    repetitions: list[Repetition] = []

    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        built = dict(pairs)
        if len(built) < len(pairs):
            count = Counter(key for key, _ in pairs)
            repetitions.extend(Repetition(built, key) for key in built if count[key] > 1)
        return built

    try:
        decoded = text.decode(json.detect_encoding(text)) if isinstance(text, bytes) else text
        document = json.loads(decoded, object_pairs_hook=build, parse_constant=_refuse_constant, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise DefinitionError(f"not {error.encoding.upper()} text: {error.reason} at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise DefinitionError(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise DefinitionError(TOO_DEEP) from None
    except DefinitionError:
        raise
    except ValueError as error:  # a whole number of more digits than Python reads
        raise DefinitionError(f"not JSON: {error}") from None
    return Parsed(document, tuple(repetitions))


def check_depth(document: Any) -> None:
    """Refuses a document that is too deep: its readers recurse, so its depth must stay far below Python's limit."""
    level: list[Any] = [document]
    for _ in range(DEPTH_LIMIT):
        level = [
            item
            for value in level
            for item in (value.values() if isinstance(value, Mapping) else value)
            if not isinstance(item, _SCALARS) and isinstance(item, (Mapping, list, tuple))
        ]
        if not level:
            return
    raise DefinitionError(TOO_DEEP)


def _refuse_constant(name: str) -> Any:
    raise DefinitionError(f"not JSON: {name} is not a JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise DefinitionError(f"not JSON: {text} is too large for a number")
    return value
