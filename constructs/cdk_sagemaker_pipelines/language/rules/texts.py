"""Rules over every text of a definition: nothing is in it that does not belong there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

from ..errors import choices
from ..findings import Finding
from ..later import later_pattern
from ..misplaced import LIST, problem
from ..tokens import STRING_TOKEN, has_string_token
from .subject import Subject

_SURROGATE = later_pattern("[\ud800-\udfff]")
_SPACE = later_pattern(r"[\t\n\r]")
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
        elif one.text.startswith("s3://") and (found := _SPACE.search(one.text)):
            told = f"it is an S3 URI with the control character U+{ord(found[0]):04X}, which no key is likely to have"
            yield Finding("control-character", told, one.step, one.location.where, "warning")


def unescaped(written: Callable[[str], Iterable[str]]) -> Callable[[Subject], Iterator[Finding]]:
    """What a deployment writes into the definition is written as JSON has it: nothing escapes it there.

    ``written``: the literal texts in the value that a deployment writes in place of a token.
    """

    def rule(subject: Subject) -> Iterator[Finding]:
        texts = [text for text in subject.values.distinct if has_string_token(text)]
        tokens = ((text, token) for text in texts for token in STRING_TOKEN.findall(text))
        faults = {text: token for text, token in tokens if any(map(_marks, written(token)))}
        for one in subject.values.texts if faults else ():
            token = faults.get(one.text)
            if token is not None:
                marks = choices(dict.fromkeys(mark for text in written(token) for mark in _marks(text)))
                told = (
                    f"{token} may contain {marks}, and the deployment writes it into the JSON of the definition as it "
                    "is; write it as JSON has it, with a backslash before each of them"
                )
                yield Finding("unescaped-value", told, one.step, one.location.where)

    return rule


def _marks(text: str) -> list[str]:
    """The characters of a text that end or change it inside of JSON; none of one that is escaped already."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return []
    try:
        means = json.loads(f'"{text}"')
    except ValueError:
        means = ""
    if isinstance(means, str) and means and means.isprintable():
        return []
    return [mark for mark in text if mark in '"\\' or ord(mark) < _FIRST_PLAIN]


_FIRST_PLAIN = 0x20
"""JSON has the characters before it only as escapes."""
