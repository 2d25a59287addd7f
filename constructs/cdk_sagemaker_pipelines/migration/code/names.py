"""Names of variables: valid, none of Python's own, and each once."""

from __future__ import annotations

import builtins
import keyword
import re
from itertools import chain, count

_LONGEST = 26
"""The longest name but for what tells it from others: so that what is assigned fits on its line."""
_OURS = frozenset({"self", "scope", "construct_id", "kwargs", "pipeline", "_", "l"})


class Names:
    """Names that are taken. ``more``: those of imports."""

    def __init__(self, more: set[str]) -> None:
        self._taken = {*_OURS, *more, *keyword.kwlist, *keyword.softkwlist, *dir(builtins)}

    def take(self, text: str, kind: str) -> str:
        """A new name after a text. ``kind``: what it is, for a text that is no name or one that is taken."""
        words = snake(text)[:_LONGEST].rstrip("_")
        if not words or not words[0].isalpha():
            words = f"{kind}_{words}" if words else kind
        numbered = (f"{words}_{number}" for number in count(2))
        name = next(name for name in chain((words, f"{words}_{kind}"), numbered) if name not in self._taken)
        self._taken.add(name)
        return name


def snake(text: str) -> str:
    """A text in lower case, with underscores between its words."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", text)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")


def pascal(text: str) -> str:
    """A text as the name of a class."""
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", text))
