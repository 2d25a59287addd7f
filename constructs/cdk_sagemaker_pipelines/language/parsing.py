"""JSON texts, read strictly: what other parsers silently accept is an error or is reported."""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from .errors import DefinitionError

DEPTH_LIMIT = 330
"""How deeply objects and lists may be nested: a hundred conditions in one another, of which each adds three, and what
is in them. Readers take up to two frames of Python's stack for each."""

_SCALARS = (str, int, float, type(None))  # checked first, since most values are scalars and Mapping is slow

TOO_DEEP = f"nested too deeply: at most {DEPTH_LIMIT} objects and lists inside one another"


class Repetition(NamedTuple):
    """An object that has a key more than once, of which JSON parsers keep the last."""

    holder: Mapping[str, Any]
    """The object as it was read, identical to the one in the document."""
    key: str


class Parsed(NamedTuple):
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
        what = error.msg.removesuffix(" at")  # as some of Python's messages end
        raise DefinitionError(f"not JSON: {what} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise DefinitionError(TOO_DEEP) from None
    except DefinitionError:
        raise
    except ValueError:  # which nothing else raises
        most = sys.get_int_max_str_digits()
        raise DefinitionError(f"not JSON: a whole number has more than {most} digits") from None
    return Parsed(document, tuple(repetitions))


def check_depth(document: Any) -> bool:
    """Refuses a document that is too deep: its readers recurse, so its depth must stay far below Python's limit.

    Returns whether all of its objects are dicts.
    """
    level: list[Any] = [document]
    plain = True
    for _ in range(DEPTH_LIMIT):
        plain = plain and all(isinstance(value, (dict, list, tuple)) for value in level)
        level = [
            item
            for value in level
            for item in (value if isinstance(value, (list, tuple)) else value.values())
            if not isinstance(item, _SCALARS) and isinstance(item, (dict, list, tuple, Mapping))
        ]
        if not level:
            return plain
    raise DefinitionError(TOO_DEEP)


def with_dicts(value: Any) -> Any:
    """The same JSON value with a dict in place of each other kind of mapping."""
    if isinstance(value, Mapping):
        return {key: with_dicts(item) for key, item in value.items()}
    return [with_dicts(item) for item in value] if isinstance(value, (list, tuple)) else value


def _refuse_constant(name: str) -> Any:
    raise DefinitionError(f"not JSON: {name} is not a JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise DefinitionError(f"not JSON: {text} is too large for a number")
    return value
