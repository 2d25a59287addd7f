"""How the patterns of IAM relate: whether all that one stands for is covered by another, some of it, or nothing.

In a pattern ``*`` is any text and ``?`` any character; ``${*}``, ``${?}`` and ``${$}`` are these characters themselves.
``${Token[...]}`` is a name that a deployment makes up: no other text is like it, and whether ``abalone-*`` is depends.
``${AWS::AccountId}`` and the like tell where a stack is: no part of a name that is made up.
Any other ``${...}`` may turn out to be whatever it likes. Source: IAM user guide, "IAM JSON policy elements: Resource"
and "Variables and tags"; CloudFormation user guide, "Pseudo parameters reference".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from itertools import takewhile

from ..language.later import later_pattern
from ..language.tokens import STRING_TOKEN


class Share(Enum):
    """How much of what is asked for a pattern, a statement or a condition is about."""

    ALL = "all"
    SOME = "some"
    NONE = "none"
    UNKNOWN = "unknown"
    """What it is about depends on what is not known here."""


Symbols = tuple[str, ...]
ANY, ONE = "**", "??"
"""Any text, and any character: symbols that no single character of a text can be."""
_PARTS = later_pattern(rf"{STRING_TOKEN.pattern}|\$\{{[^{{}}]*\}}|.", re.DOTALL)
_WILD = {"*": ANY, "?": ONE, "${*}": "*", "${?}": "?", "${$}": "$"}
_ARN_FIELDS = 6


@lru_cache(maxsize=65536)
def symbols(text: str) -> Symbols:
    """A pattern, symbol by symbol."""
    return _tidy(_WILD.get(part, part) for part in _PARTS.findall(text))


@lru_cache(maxsize=65536)
def plain(text: str) -> Symbols:
    """A text in which ``*`` and ``?`` are no wildcards."""
    return tuple(part[2] if part in ("${*}", "${?}", "${$}") else part for part in _PARTS.findall(text))


@lru_cache(maxsize=65536)
def starred(text: str) -> Symbols:
    """A text in which ``*`` alone is a wildcard, as in what is known of places in S3 and of names."""
    return _tidy(ANY if part == "*" else part for part in _PARTS.findall(text))


def is_open(pattern: Symbols) -> bool:
    """Whether a part of it may turn out to be any text."""
    return any(map(_open, pattern))


def share(pattern: Symbols, asked: Symbols) -> Share:
    """How much of what ``asked`` stands for the pattern covers."""
    if pattern in (asked, (ANY,)):
        return Share.ALL
    fields, others = _fields(pattern), _fields(asked)
    if fields is None or others is None or len(others) < _ARN_FIELDS:
        return _share(pattern, asked)
    # IAM compares an ARN part by part; what a short pattern leaves out is anything
    fields += [(ANY,)] * (_ARN_FIELDS - len(fields))
    return all_of(_share(one, other) for one, other in zip(fields, others, strict=True))


def meet(one: Symbols, other: Symbols) -> bool:
    """Whether some text is like both."""
    if ANY not in one:
        return _meets(other, one)
    if ANY not in other:
        return _meets(one, other)
    starts = (_start(one), _start(other))
    ends = (_start(one[::-1]), _start(other[::-1]))
    return all(all(map(_same, *pair)) for pair in (starts, ends))


def share_of_any(patterns: Iterable[Symbols], asked: Symbols) -> Share:
    """How much of what is asked the patterns cover, each by itself."""
    found = set()
    for pattern in patterns:
        found.add(share(pattern, asked))
        if Share.ALL in found:
            return Share.ALL
    return next((each for each in (Share.UNKNOWN, Share.SOME) if each in found), Share.NONE)


def all_of(shares: Iterable[Share]) -> Share:
    """How much is left of what is asked when each of several must cover it."""
    found = set()
    for each in shares:
        if each is Share.NONE:
            return each
        found.add(each)
    return next((each for each in (Share.UNKNOWN, Share.SOME) if each in found), Share.ALL)


def inverted(found: Share) -> Share:
    """How much is covered by all that does not match."""
    return {Share.ALL: Share.NONE, Share.NONE: Share.ALL}.get(found, found)


def _share(pattern: Symbols, asked: Symbols) -> Share:
    if _covers(pattern, asked):
        return Share.ALL
    if is_open(pattern) or is_open(asked):
        return Share.UNKNOWN if _may_be_like(*map(_widened, _apart(pattern, asked))) else Share.NONE
    if _may_meet(pattern, asked, whole=True):
        return Share.UNKNOWN
    if meet(pattern, asked):
        return Share.SOME
    return Share.UNKNOWN if _may_meet(pattern, asked) else Share.NONE


def _open(symbol: str) -> bool:
    return len(symbol) > len(ANY) and not _made_up(symbol)


def _made_up(symbol: str) -> bool:
    return symbol.startswith("${Token[")


def _apart(one: Symbols, other: Symbols) -> tuple[Symbols, Symbols]:
    """Both without what they begin and end with alike, which is the same text whatever it turns out to be."""
    for _ in range(2):
        pairs = zip(one, other, strict=False)
        alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1] not in (ANY, ONE), pairs))
        one, other = one[alike:][::-1], other[alike:][::-1]
    return one, other


def _widened(pattern: Symbols) -> Symbols:
    """With what a part may turn out to be in its place."""
    return _tidy(one for symbol in pattern for one in (_PLACE.get(symbol, (ANY,)) if _open(symbol) else (symbol,)))


_DIGIT, _SIGN, _SIGNS = "00", "aa", "a*"
"""A digit, a character of a name, and any number of these: no name that a deployment makes up."""
_SOME_NAME = (_SIGN, _SIGNS)
_PLACE: Mapping[str, Symbols] = {
    "${AWS::AccountId}": (_DIGIT,) * 12,
    **{f"${{AWS::{name}}}": _SOME_NAME for name in ("Region", "StackName", "URLSuffix")},
}
"""What a stack's place may turn out to be."""


def _may_be_like(pattern: Symbols, asked: Symbols) -> bool:
    """Whether some text may be like both, and a name that a deployment makes up like what has a wildcard in it."""
    seen, left = {(0, 0)}, [(0, 0)]
    while left:
        at, to = left.pop()
        if (at, to) == (len(pattern), len(asked)):
            return True
        one, other = pattern[at : at + 1], asked[to : to + 1]
        found = [(at + 1, to + 1)] if one and other and _may_be_same(one[0], other[0]) else []
        if one and one[0] in (ANY, _SIGNS):
            found.append((at + 1, to))
            found += [(at, to + 1)] if other and (one[0] == ANY or _is_sign(other[0])) else []
        if other and other[0] in (ANY, _SIGNS):
            found.append((at, to + 1))
            found += [(at + 1, to)] if one and (other[0] == ANY or _is_sign(one[0])) else []
        if other and _made_up(other[0]):
            found += [(end, to + 1) for end in _ends_of_name(pattern, at)]
        left += [place for place in found if place not in seen]
        seen.update(found)
    return False


def _may_be_same(symbol: str, other: str) -> bool:
    if _same(symbol, other):
        return True
    pair = (symbol, other)
    if not all(map(_is_sign, pair)):
        return False
    return ONE in pair or _SIGN in pair or (_DIGIT in pair and all(one == _DIGIT or one.isdigit() for one in pair))


def _is_sign(symbol: str) -> bool:
    """Whether it may be a character of a name."""
    return not _made_up(symbol) and symbol not in ("/", ":", ANY)


def _tidy(found: Iterable[str]) -> Symbols:
    """The same pattern with the wildcards of each run in one order: so that equal meaning is equal text."""
    tidied: list[str] = []
    for symbol in found:
        if symbol == ONE and tidied and tidied[-1] == ANY:
            tidied.insert(-1, ONE)
        elif symbol != ANY or not tidied or tidied[-1] != ANY:
            tidied.append(symbol)
    return tuple(tidied)


def _fields(text: Symbols) -> list[Symbols] | None:
    """The parts of an ARN, at most six; None of another text."""
    if text[:4] != ("a", "r", "n", ":"):
        return None
    found: list[Symbols] = []
    start = 0
    while len(found) < _ARN_FIELDS - 1 and ":" in text[start:]:
        end = text.index(":", start)
        found.append(text[start:end])
        start = end + 1
    return [*found, text[start:]]


def _covers(pattern: Symbols, asked: Symbols) -> bool:
    """Whether a pattern matches all that another stands for. What ``*`` in that one stands for, only ``*`` matches.

    So ``?*`` is not seen to cover ``*a``, which does no harm: what is granted is rather told to be missing.
    """
    first, *others = _pieces(pattern)
    if not others:
        return _at(first, asked, 0) and len(first) == len(asked)
    *middle, last = others
    end = len(asked) - len(last)
    if len(first) > end or not _at(first, asked, 0) or not _at(last, asked, end):
        return False
    start = len(first)
    for piece in middle:  # the leftmost place leaves the most to the others
        found = next((at for at in range(start, end - len(piece) + 1) if _at(piece, asked, at)), None)
        if found is None:
            return False
        start = found + len(piece)
    return True


def _pieces(pattern: Symbols) -> list[Symbols]:
    """What stands between the stars."""
    found: list[list[str]] = [[]]
    for symbol in pattern:
        if symbol == ANY:
            found.append([])
        else:
            found[-1].append(symbol)
    return [tuple(piece) for piece in found]


def _at(piece: Symbols, asked: Symbols, start: int) -> bool:
    part = asked[start : start + len(piece)]
    return len(part) == len(piece) and all(map(_matches, piece, part))


def _matches(symbol: str, other: str) -> bool:
    return symbol == other or (symbol == ONE and len(other) == 1)


def _meets(pattern: Symbols, text: Symbols) -> bool:
    """As ``_covers`` of a text without stars, in which ``?`` may be what the pattern asks for."""
    reached = {0}  # how much of the text is matched
    for symbol in pattern:
        if symbol == ANY:
            reached = set(range(min(reached), len(text) + 1)) if reached else reached
        else:
            reached = {at + 1 for at in reached if at < len(text) and _same(symbol, text[at])}
    return len(text) in reached


def _may_meet(pattern: Symbols, asked: Symbols, *, whole: bool = False) -> bool:
    """Whether some text is like both where names that a deployment makes up are like what the pattern has wildcards in.

    So ``abalone-*`` may be such a name, and ``abalone`` is none. ``whole``: whether all that is asked is then covered.
    """
    if not any(map(_made_up, asked)) or not (ANY in pattern or ONE in pattern):
        return False
    reached = _past_stars({0}, pattern)
    for symbol in asked:
        if symbol == ANY and not whole:
            reached = set(range(min(reached), len(pattern) + 1)) if reached else reached
            continue
        on = {at for at in reached if at < len(pattern)}
        found = {at + (pattern[at] != ANY) for at in on if pattern[at] == ANY or _same(symbol, pattern[at])}
        if _made_up(symbol):
            found.update(end for at in on for end in _ends_of_name(pattern, at))
        reached = _past_stars(found, pattern)
    return len(pattern) in reached


def _ends_of_name(pattern: Symbols, start: int) -> Iterator[int]:
    """Where a part of a pattern ends that begins there, has a wildcard and is like some name, which has no slash."""
    wild = False
    for at in range(start, len(pattern)):
        symbol = pattern[at]
        if symbol in ("/", ":") or _made_up(symbol):
            return
        wild = wild or symbol in (ANY, ONE)
        if wild:
            yield at if symbol == ANY else at + 1  # what is left of a star is for what follows the name


def _past_stars(places: Iterable[int], pattern: Symbols) -> set[int]:
    found = set(places)
    for place in sorted(found):
        while place < len(pattern) and pattern[place] == ANY:
            place += 1
            found.add(place)
    return found


def _same(symbol: str, other: str) -> bool:
    return _matches(symbol, other) or _matches(other, symbol)


def _start(pattern: Sequence[str]) -> list[str]:
    return list(takewhile(lambda symbol: symbol != ANY, pattern))
