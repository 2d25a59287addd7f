"""Results of earlier executions of a pipeline, for steps with an enabled CacheConfig.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching.html
A hit is the newest run of the same step that succeeded within ExpireAfter, with equal values of the attributes that
are documented for its type. As on AWS, URIs are compared, not their contents, and the outputs are not checked for
existence. A result that was itself a hit is not kept again: the source stays the execution that really ran.
Types whose attributes are not documented (Lambda, Callback, EMRServerless, Endpoint...) always run.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from ...language import StepView
from ...language.options import age_of
from ...language.step_types import row_of
from ..endings import StepFailed, StepResult


@dataclass(frozen=True)
class CachedStep:
    """A step that ran and succeeded."""

    key: str
    result: StepResult
    execution_arn: str
    ended: datetime


class StepCache:
    """The successful steps of one pipeline; thread-safe."""

    def __init__(self) -> None:
        self._steps: dict[str, list[CachedStep]] = {}
        self._lock = threading.Lock()

    def find(self, name: str, key: str, expire_after: str | None, now: datetime) -> CachedStep | None:
        """The newest usable result of the step ``name``. Raises ``StepFailed`` if ``expire_after`` is invalid."""
        since = None if expire_after is None else _before(now, lifetime(expire_after))
        with self._lock:
            newest = reversed(self._steps.get(name, []))
            return next((kept for kept in newest if kept.key == key and (since is None or kept.ended >= since)), None)

    def __iter__(self) -> Iterator[tuple[str, CachedStep]]:
        """Every step that is kept, with its name in the definition; of one name the oldest first."""
        with self._lock:
            return iter([(name, step) for name, steps in self._steps.items() for step in steps])

    def keep(self, name: str, step: CachedStep) -> None:
        with self._lock:
            self._steps.setdefault(name, []).append(step)


def cache_key(step: StepView, evaluate: Callable[[Any], Any]) -> str | None:
    """What must be equal for a hit; None for a step that is never reused. ``evaluate`` resolves expressions."""
    compared = attributes(step, evaluate)
    return json.dumps(list(compared.values()), sort_keys=True, default=str) if compared else None


def attributes(step: StepView, evaluate: Callable[[Any], Any], only: Collection[str] | None = None) -> dict[str, Any]:
    """The attributes that must be equal for a hit, by their paths; none for a step that is never reused.

    ``only``: the paths that are evaluated, if not all.
    """
    paths = {path: path.split(".") for path in (row_of(step.type).cache_keys if only is None else only)}
    document = {**step.json, **step.arguments}
    roots = {names[0]: evaluate(document.get(names[0])) for names in paths.values()}
    return {path: _at(roots, names) for path, names in paths.items()}


def _at(value: Any, path: list[str]) -> Any:
    if not path:
        return value
    if isinstance(value, list):
        return [_at(item, path) for item in value]
    return _at(value.get(path[0]), path[1:]) if isinstance(value, Mapping) else None


def _before(now: datetime, age: timedelta) -> datetime:
    try:
        return now - age
    except OverflowError:  # before the calendar begins
        return datetime.min.replace(tzinfo=timezone.utc)


def lifetime(text: str) -> timedelta:
    """The duration that a text such as ``P30D`` says. Raises ``StepFailed``."""
    age = age_of(text)
    if age is None:
        raise StepFailed(f"CacheConfig.ExpireAfter is {text!r}; write an ISO 8601 duration such as 'P30D' or 'PT1H'")
    return age
