"""The texts of policies, with their wildcards and variables, and the regular expressions that they amount to.

Sources: IAM user guide, "IAM JSON policy elements: Resource" (where a wildcard ends), "Variables and tags" and
"IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from ...iam import globs
from ...iam.globs import ANY, ONE, Symbols
from .errors import PolicyError

Resolve = Callable[[str], "str | None"]
"""The value of a condition key; None where the request has none."""
_VARIABLE = re.compile(r"\$\{\s*([^\s,{}'][^,{}']*?)\s*(?:,\s*'([^'{}]*)'\s*)?\}")
_ARN_COLONS = 5


class Text:
    """A text of a policy. ``wildcards``: whether it may have any; ``variables``: whether its policy's version has them.

    Raises:
        PolicyError: A variable that cannot be read.
    """

    def __init__(self, text: str, *, wildcards: bool, variables: bool) -> None:
        if variables:
            self._symbols = globs.symbols(text) if wildcards else globs.plain(text)
        else:
            self._symbols = tuple(_WILD.get(each, each) for each in text) if wildcards else tuple(text)
        self._variables = {each: _read(each) for each in self._symbols if _is_variable(each)}

    @property
    def keys(self) -> list[str]:
        """The condition keys of its variables."""
        return [key for key, _ in self._variables.values()]

    @property
    def constant(self) -> Symbols | None:
        """Its symbols; None where they depend on the request."""
        return None if self._variables else self._symbols

    def resolved(self, value: Resolve) -> Symbols | None:
        """Its symbols with the values of its variables, in which no wildcard counts.

        None where a variable has neither a value nor a default: such a text is like no other.
        """
        found: list[str] = []
        for each in self._symbols:
            if each not in self._variables:
                found.append(each)
                continue
            key, default = self._variables[each]
            text = value(key)
            text = default if text is None else text
            if text is None:
                return None
            found.extend(text)
        return tuple(found)


_WILD = {"*": ANY, "?": ONE}


def _is_variable(symbol: str) -> bool:
    return len(symbol) > len(ANY)


def _read(symbol: str) -> tuple[str, str | None]:
    match = _VARIABLE.fullmatch(symbol)
    if match is None:
        raise PolicyError(f"{symbol} is not a policy variable")
    return match[1], match[2]


@lru_cache(maxsize=8192)
def like(symbols: Symbols) -> re.Pattern[str]:
    """What is like a pattern of plain text, such as the name of an action."""
    pieces = [""]
    for symbol in symbols:
        if symbol == ANY:
            pieces.append("")
        else:
            pieces[-1] += "." if symbol == ONE else re.escape(symbol)
    return _joined(pieces)


@lru_cache(maxsize=8192)
def arn_like(symbols: Symbols, *, runs_on: bool) -> re.Pattern[str]:
    """What is like the pattern of an ARN, of which a wildcard stays within a segment, and the last may have colons.

    ``runs_on``: whether the star at the end of a segment may also stand for more segments, as in resources; else
    only the star that ends the pattern.
    """
    pieces = [""]
    for symbol, within, ends in _placed(symbols):
        if symbol == ANY and (not within or ends == "pattern" or (ends and runs_on)):
            pieces.append("")
        elif symbol in (ANY, ONE):
            pieces[-1] += ("[^:]" if within else ".") + ("*" if symbol == ANY else "")
        else:
            pieces[-1] += re.escape(symbol)
    return _joined(pieces)


def _placed(symbols: Symbols) -> Iterator[tuple[str, bool, str]]:
    """Each symbol, whether it is before the last segment of an ARN, and what ends with it."""
    colons = 0
    for symbol, following in zip(symbols, (*symbols[1:], ""), strict=True):
        colons += symbol == ":"
        yield symbol, colons < _ARN_COLONS, {"": "pattern", ":": "segment"}.get(following, "")


def _joined(pieces: list[str]) -> re.Pattern[str]:
    """The pieces with anything between them. The leftmost place of each is kept, so no text takes long to refuse."""
    first, *others = pieces
    middle = "".join(f"(?=(?P<p{n}>.*?{piece}))(?P=p{n})" for n, piece in enumerate(others[:-1]))
    return re.compile(f"{first}{middle}{'.*' + others[-1] if others else ''}\\Z", re.DOTALL)
