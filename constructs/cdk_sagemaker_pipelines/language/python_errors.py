"""Advice on errors that Python itself raises for values that are known when the pipeline runs.

``", ".join([a])``, ``os.path.join("x", a)`` and ``json.dumps({"a": a})`` refuse ``a`` without asking it, and what they
raise names only its class. So the advice is added where Python prints an uncaught error.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

from .later import later_pattern
from .unsupported_operations import KNOWN_LATER, Unknown

Hook = Callable[[type[BaseException], BaseException, "TracebackType | None"], Any]

_REFUSED = later_pattern(r"\b(?=(?:instance,|object,|object of type|not|got) '?(\w+))", re.IGNORECASE)
_LACKING = later_pattern(r"'(\w+)' object has no attribute '(\w+)'")
_PLAIN = (str, int, float, list, dict)


def advice_on(error: BaseException) -> str | None:
    """What to do instead, if Python refused a value that is known when the pipeline runs; None for other errors."""
    told = str(error)
    lacking = _LACKING.match(told) if type(error) is AttributeError else None
    if lacking is not None and any(hasattr(kind, lacking[2]) for kind in _PLAIN):
        names = [lacking[1]]
    elif type(error) is TypeError and KNOWN_LATER not in told:
        names = _REFUSED.findall(told)
    else:
        return None
    known = set(_names(Unknown))
    name = next((name for name in names if name in known), None)
    if name is None:
        return None
    return (
        f"The value of class {name} {KNOWN_LATER}, so Python cannot use it as a text or a number now: write "
        "f\"{a}, {b}\" or Join(', ', [a, b]) for a text, and compute the rest in a job."
    )


def advising(printed_by: Hook) -> Hook:
    """An exception hook that adds the advice and leaves the printing to another one."""

    def hook(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        advice = advice_on(error)
        if advice is not None and sys.version_info >= (3, 11):
            error.add_note(advice)
        printed_by(kind, error, traceback)
        if advice is not None and sys.version_info < (3, 11):
            sys.stderr.write(f"{advice}\n")

    return hook


def _names(kind: type) -> Iterator[str]:
    yield kind.__name__
    each: type
    for each in kind.__subclasses__():
        yield from _names(each)


sys.excepthook = advising(sys.excepthook)
