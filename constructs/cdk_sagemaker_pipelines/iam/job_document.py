"""The JSON document of a job of which the service has the code, as far as it is known here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ..language import Definition, StepView
from .literal import marked_json
from .patterns import pattern

_BARE = re.compile(r"([\[:,]\s*)\*(?=\s*[,\]}])")
"""A number that is known at run time only."""


def document(definition: Definition, step: StepView) -> Any:
    """The document with '*' for what is known at run time only; None for a text that is no JSON then.

    Its literal texts are marked, as of ``literal``.
    """
    text = marked_json(pattern(definition, step.arguments.get("JobConfigDocument")))
    for readable in (text, _BARE.sub(r"\1null", text)):
        try:
            return json.loads(readable)
        except (ValueError, RecursionError):
            continue
    return None


def texts(value: Any, where: str) -> Iterator[tuple[str, str, str]]:
    """Every text under a JSON value: its path, its key and itself."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        here = f"{where}[{key}]" if isinstance(key, int) else f"{where}.{key}"
        if isinstance(item, str):
            yield here, str(key), item
        else:
            yield from texts(item, here)
