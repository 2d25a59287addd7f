"""The JSON document of a job of which the service has the code, as far as it is known here."""

from __future__ import annotations

import json
from dataclasses import replace

from ..language import Definition, StepView
from ..language.field import Field
from ..language.later import later_pattern
from .escaping import marked_json
from .patterns import pattern

_BARE = later_pattern(r"([\[:,]\s*)\*(?=\s*[,\]}])")
"""A value without quotes that is only known at run time."""


def document(definition: Definition, step: StepView) -> Field:
    """The document with '*' for what is only known at run time; of a text that is no JSON then nothing.

    Its literal texts are marked, as of ``escaping``.
    """
    given = Field.of_arguments(step).at("JobConfigDocument")
    text = marked_json(pattern(definition, given.value))
    for readable in (text, _BARE.sub(r'\1"*"', text)):
        try:
            return replace(given, value=json.loads(readable))
        except (ValueError, RecursionError):
            continue
    return replace(given, value=None)
