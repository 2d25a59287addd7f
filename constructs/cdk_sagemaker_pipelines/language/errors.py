"""What goes wrong when a definition is written or read, and suggestions for misspelled names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from .later import Later, later_pattern

if TYPE_CHECKING:
    import difflib
else:
    difflib = Later("difflib")


class PipelineError(ValueError):
    """An invalid pipeline: the message says what was found, what is allowed and what to change.

    ```python
    try:
        CacheConfig(Duration.seconds(0))
    except PipelineError as error:
        print(error)
    ```

    It is a ``ValueError``. Constructors raise it as early as possible; what only shows in the whole pipeline is
    reported when the app is synthesized.
    """

    def __str__(self) -> str:
        return escaped_lines(_TOKEN.sub(_named, super().__str__()))


_TOKEN = later_pattern(r"[$#]\{Token\[([^\[\]]*?)\.\d+\]\}")


def _named(token: re.Match[str]) -> str:
    """What is written in a message for a token of CDK, whose number differs from process to process."""
    return "${...}" if token[1] == "TOKEN" else f"${{{token[1]}}}"


class DefinitionError(PipelineError):
    """A text or document that is not a pipeline definition, or a name that the definition does not contain.

    ```python
    try:
        Definition.parse("[1, 2")
    except DefinitionError as error:
        print(error)
    ```
    """


class CycleError(PipelineError):
    """Steps that wait for one another, so that none of them can start.

    ```python
    steps = [{"Name": "A", "Type": "Fail", "DependsOn": ["B"]}, {"Name": "B", "Type": "Fail", "DependsOn": ["A"]}]
    try:
        StepGraph(Definition({"Version": "2020-12-01", "Steps": steps})).order()
    except CycleError as error:
        assert error.path[0] == error.path[-1]
    ```

    Args:
        path: The names of the steps along the cycle, with the first again at the end.
        text: The message, with what makes each step wait.
    """

    def __init__(self, path: tuple[str, ...], text: str) -> None:
        super().__init__(text)
        self.path = path
        """The names of the steps along the cycle, with the first again at the end."""


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """``"; did you mean 'Train'?"`` for the closest candidate, or an empty text where none is close.

    Of very many candidates, only those with the same beginning are compared, and at most ``_COMPARED`` of them.
    """
    names, lower = list(candidates), word.lower()
    if len(names) > _COMPARED:
        names = [name for name in names if name[:2].lower() == lower[:2]][:_COMPARED]
    folded = {name.lower(): name for name in reversed(names)}
    longer = [name for name in names if word and name.lower().startswith(lower)]
    if longer:
        return f"; did you mean {longer[0]!r}?"
    close = difflib.get_close_matches(lower[:_LONGEST], folded, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {folded[close[0]]!r}?"
    whose = [name for name in names if word and name.lower().endswith(f"_{lower}")]  # such as pipeline_name of name
    return f"; did you mean {whose[0]!r}?" if whose else ""


_COMPARED = 300
_LONGEST = 256
"""Comparing costs the product of the lengths; no name of the service is longer."""


def an(word: str) -> str:
    """The word with its article: ``"a Model"``, ``"an EMR"``."""
    return f"{'an' if word[:1] in 'AEIOaeio' else 'a'} {word}"


def choices(names: Iterable[str], limit: int = 8) -> str:
    """``"'A', 'B' and 3 more"``: the allowed names, cut to a readable number."""
    listed = [repr(name) for name in names]
    if not listed:
        return "none"
    if len(listed) <= limit:
        return ", ".join(listed)
    return ", ".join(listed[:limit]) + f" and {len(listed) - limit} more"


def has_no(kind: str, name: str, names: Collection[str], text: str | None = None) -> str:
    """``"has no output 'trian'; did you mean 'train'?"``, or where no name is close: ``"; it has 'train', 'test'"``.

    ``kind``: of what there are ``names``, such as ``output``. ``text``: how the name is shown; default: in quotes.
    """
    return f"has no {kind} {text or repr(name)}{did_you_mean(name, names) or f'; it has {choices(names)}'}"


def escaped(text: str) -> str:
    """The text as one line that is safe for a terminal and for any file: invisible characters are escaped."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def escaped_lines(text: str) -> str:
    """The text with each of its lines ``escaped``."""
    return "\n".join(map(escaped, text.split("\n")))


def shown(value: object, limit: int = 80) -> str:
    """The value as Python writes it, cut to a readable length."""
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def shown_json(value: object, limit: int = 80) -> str:
    """As ``shown``, with the words of JSON: ``null``, ``true`` and ``false``."""
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else shown(value, limit)
