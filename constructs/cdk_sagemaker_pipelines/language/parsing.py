"""JSON texts, read strictly: what other readers take in silence is an error, or is told."""

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

_SCALARS = (str, int, float, type(None))  # asked first, since most values are one, and asking for a Mapping is slow

TOO_DEEP = f"nested too deeply: at most {DEPTH_LIMIT} objects and lists inside of one another"


@dataclass(frozen=True)
class Repetition:
    """An object that has a key more than once, of which JSON readers keep the last."""

    holder: Mapping[str, Any]
    """The object as it was read; it is one and the same as in the document."""
    key: str


@dataclass(frozen=True)
class Parsed:
    """What a text held."""

    document: Any
    repetitions: tuple[Repetition, ...]


def parse(text: str | bytes) -> Parsed:
    """Reads a JSON text; raises ``DefinitionError`` whose text continues "it is", with the line and the column.

    Bytes are UTF-8, or UTF-16 and UTF-32 as some shells write them; a byte order mark is no part of the text.
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
        raise DefinitionError(f"no {error.encoding.upper()} text: {error.reason} at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise DefinitionError(f"no JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise DefinitionError(TOO_DEEP) from None
    except DefinitionError:
        raise
    except ValueError as error:  # a whole number of more digits than Python reads
        raise DefinitionError(f"no JSON: {error}") from None
    return Parsed(document, tuple(repetitions))


def check_depth(document: Any) -> None:
    """What reads a document goes down into its values, so their depth must stay far below Python's own limit."""
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
    raise DefinitionError(f"no JSON: {name} is no JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise DefinitionError(f"no JSON: {text} is too large for a number")
    return value
