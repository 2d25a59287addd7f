"""Rules over every text of a definition: nothing is in it that does not belong there."""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding
from ..later import later_pattern
from ..misplaced import LIST, problem
from .subject import Subject

_SURROGATE = later_pattern("[\ud800-\udfff]")
_CONTROL = later_pattern(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def misplaced_texts(subject: Subject) -> Iterator[Finding]:
    """No list token, part of a placeholder or Python object is left."""
    problems = {text: found for text in subject.values.distinct if (found := problem(text)) is not None}
    for one in subject.values.texts if problems else ():
        found = problems.get(one.text)
        if found is not None:
            whole = one.around if found is LIST and isinstance(one.part, int) else None
            yield Finding(*found, one.step, (whole or one.location).where)


def characters(subject: Subject) -> Iterator[Finding]:
    """Texts can be encoded as UTF-8, and contain no characters that can only be a mistake."""
    for one in subject.values.texts:
        if one.text.isprintable():
            continue
        if found := _SURROGATE.search(one.text):
            told = (
                f"it contains U+{ord(found[0]):04X}, half a character, which UTF-8 cannot encode; write the whole one"
            )
            yield Finding("no-unicode", told, one.step, one.location.where)
        elif found := _CONTROL.search(one.text):
            told = (
                f"it contains the control character U+{ord(found[0]):04X}, which shells and environments do not accept"
            )
            yield Finding("control-character", told, one.step, one.location.where, "warning")
