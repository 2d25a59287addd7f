"""Calls that can be repeated: within one, what is random derives from its seed, and the time is that of its beginning.

That way moto gives everything the same id, key and time again (``restart.patching``). It holds for the thread of the
call only. Outside of a call the time is that of the clock of the local AWS, of which a process has one.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from random import Random

from ..engine.clock import REAL_CLOCK, RealClock


class _Now(threading.local):
    """The call that the thread carries out, if it does."""

    seed: bytes | None = None
    random: Random | None = None
    drawn = 0
    moment = 0.0
    began: float | None = None
    again = False


_now = _Now()
_clock = REAL_CLOCK


@contextmanager
def timed(clock: RealClock) -> Iterator[None]:
    """Within the block, it is as late as this clock says."""
    global _clock
    before, _clock = _clock, clock
    try:
        yield
    finally:
        _clock = before


def clock() -> RealClock:
    """The clock of the local AWS."""
    return _clock


@contextmanager
def repeatable(seed: bytes, moment: float, *, again: bool = False, waits: bool = False) -> Iterator[None]:
    """A call with this seed that began at this moment; ``again`` if it is not the first time.

    Its time stands still unless it ``waits`` for something.
    """
    outer = dict(_now.__dict__)
    _now.seed, _now.random, _now.drawn = seed, Random(seed), 0
    _now.moment, _now.began, _now.again = moment, _clock.now().timestamp() if waits else None, again
    try:
        yield
    finally:
        _now.__dict__.clear()
        _now.__dict__.update(outer)


def again() -> bool:
    """Whether the thread repeats a call: what the call set off elsewhere was recorded by itself."""
    return _now.again


def moment() -> datetime:
    """The moment at which the call began, or the present one; with its time zone."""
    return _clock.now() if _now.seed is None else datetime.fromtimestamp(_now.moment, timezone.utc)


def present() -> float:
    """The time within the call, in seconds since 1970."""
    if _now.seed is None:
        return _clock.now().timestamp()
    return _now.moment if _now.began is None else _now.moment + _clock.now().timestamp() - _now.began


def present_here() -> float:
    """The same by the clock of the machine, for what others wait for with their own clocks."""
    return _clock.of_machine(present())


def generator() -> Random | None:
    """What the random values of the call come from; None outside of one."""
    return _now.random


def drawn(size: int) -> bytes:
    """So many random bytes. Those of one call tell nothing about those of another."""
    if _now.seed is None:
        return os.urandom(size)
    content = b""
    while len(content) < size:
        _now.drawn += 1
        content += hmac.new(_now.seed, _now.drawn.to_bytes(8, "big"), hashlib.sha256).digest()
    return content[:size]


def drawn_text(length: int, alphabet: str) -> str:
    """So many random characters, each as likely as the others."""
    limit = 256 - 256 % len(alphabet)
    text = ""
    while len(text) < length:
        text += "".join(alphabet[byte % len(alphabet)] for byte in drawn(length) if byte < limit)
    return text[:length]
