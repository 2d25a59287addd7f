"""What moto holds, whatever its API tells of it."""

from __future__ import annotations

import logging
import re
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum
from types import ModuleType
from typing import Any

from moto.core.base_backend import BackendDict
from moto.core.models import DEFAULT_ACCOUNT_ID

_NO_DATA = (ModuleType, logging.Logger, threading.Thread)
_LEFT_OUT = re.compile(r"backend$|^amis$|^managed_policies$|^_tick$|^_time_progressed$")
"""Attributes that lead to other backends or to what is the same at every start, or count how often they were read."""


ENDED = {"INACTIVE", "deleted", "terminated", "PENDING_DELETION", "PendingDeletion", "cancelled_terminating"}
"""States of what is gone, and described for a while."""


def _backends() -> list[Any]:
    return list(BackendDict._instances)  # type: ignore[misc]


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from value
    else:
        yield from getattr(value, "__dict__", {}).values()


def status(value: Any) -> str:
    """That of a resource, in whichever form moto has it."""
    told = getattr(value, "state", None) or getattr(value, "status", None) or getattr(value, "_state", None)
    told = getattr(told, "name", None) or getattr(told, "code", None) or told
    return str(told["Code"] if isinstance(told, Mapping) and "Code" in told else told)


def reachable() -> set[int]:
    """The ids of all objects that moto's backends hold, without those that only what has ended leads to."""
    seen: set[int] = set()
    waiting: list[Any] = [list(regions.values()) for backend in _backends() for regions in backend.values()]
    while waiting:
        value = waiting.pop()
        if id(value) in seen or isinstance(value, (str, bytes, int, float, type(None), type)):
            continue
        seen.add(id(value))
        if not hasattr(value, "__dict__") or status(value) not in ENDED:
            waiting.extend(_parts(value))
    return seen


def everything() -> dict[str, Any]:
    """All that moto's backends hold, by where it is: plain values, and which objects are the same."""
    found: dict[str, Any] = {}
    seen: dict[int, str] = {}
    held: list[Any] = []  # so that no id is used twice
    for backend in sorted(_backends(), key=lambda one: one.service_name):
        for account, regions in backend.items():
            if account == DEFAULT_ACCOUNT_ID:
                continue  # moto's own, for which nothing is made here
            for region, state in regions.items():
                _add(found, seen, held, f"{backend.service_name} {account} {region}", state)
    return found


def _add(found: dict[str, Any], seen: dict[int, str], held: list[Any], path: str, value: Any) -> None:
    if value is None or isinstance(value, (str, bytes, int, float, datetime, Enum)):
        found[path] = value
    elif id(value) in seen:
        found[path] = f"as {seen[id(value)]}"
    elif not isinstance(value, _NO_DATA) and not callable(value):
        seen[id(value)] = path
        held.append(value)
        if hasattr(value, "seek"):
            value.seek(0)
            found[path] = value.read()
            return
        items = _items(value)
        found[path] = type(value).__name__
        for name, item in items:
            _add(found, seen, held, f"{path}.{name}", item)


def _items(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return [(str(name), item) for name, item in value.items()]
    if isinstance(value, (set, frozenset)):
        return [(str(number), item) for number, item in enumerate(sorted(value, key=str))]
    if isinstance(value, (list, tuple, deque)):
        return [(str(number), item) for number, item in enumerate(value)]
    return [(name, item) for name, item in getattr(value, "__dict__", {}).items() if not _LEFT_OUT.search(name)]
