"""For-each steps: their items and their results.

Documented (SageMaker SDK, 3.27): items are a list, or a reference to a string that is a JSON list; each body step runs
once for each item as <body step>-<index>; an item that is a string with a JSON object has fields. Our interpretation:
an empty list succeeds without running anything; a selector that finds several best items takes the first of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...language import PipelineError, Reference, choices
from ..endings import StepFailed, StepResult, StepStopped
from ..json_text import parsed
from .values import element, to_text

MAX_CONCURRENCY = 50
MAX_LITERAL_ITEMS = 100
MAX_ITEM_LENGTH = 12800
PICKS = ("MaxBy", "MinBy")


@dataclass(frozen=True)
class Loop:
    """A for-each with its items."""

    body: Sequence[str]
    """The names of the body's steps."""
    items: list[Any]
    concurrency: int
    selector: Mapping[str, Any] | None

    def result(
        self, made: Mapping[str, Mapping[str, Any]], ended: Mapping[str, int], *, failed: Sequence[str], stopped: bool
    ) -> StepResult:
        """Its result, once its steps have ended.

        ``made``: results of steps, by name. ``ended``: the number of its steps that ended, by status. ``failed``: those
        that failed and are not handled. ``stopped``: whether it was stopped. Raises ``StepFailed`` or ``StepStopped``,
        with the result.
        """
        outputs = [
            {name: made[f"{name}-{index}"] for name in self.body if f"{name}-{index}" in made}
            for index in range(len(self.items))
        ]
        total = len(self.items) * len(self.body)
        summary = {
            "Status": "Failed" if failed else "Stopped" if stopped else "Succeeded",
            "InputItemCount": len(self.items),
            "TotalStepCount": total,
            **{f"{status}StepCount": count for status, count in ended.items()},
        }
        result = StepResult({**summary, "IterationOutputs": outputs}, {"ForEach": dict(summary)})
        if failed:
            raise StepFailed(f"{len(failed)} of {total} steps failed: {', '.join(failed)}"[:1024], None, result)
        if stopped:
            raise StepStopped(result)
        if self.selector:
            name, index = select(self.selector, outputs)
            result.properties["Selected"] = outputs[index][name]
            result.metadata["ForEach"]["Selector"] = {"StepName": f"{name}-{index}", "Index": index}
        return result


def read_loop(arguments: Mapping[str, Any], body: Sequence[str], items: Any) -> Loop:
    """The for-each with ``arguments`` as written and ``items``, the value of IterableItems. Raises ``StepFailed``."""
    if not body:
        raise StepFailed("the for-each has no step in its ForEachBody")
    literal = isinstance(items, list)
    if isinstance(items, str):
        try:
            items = parsed(items)
        except ValueError as error:
            raise StepFailed(f"IterableItems is {items[:200]!r}, which is not a JSON list: {error}") from error
    if not isinstance(items, list):
        raise StepFailed(f"IterableItems is {json.dumps(items, default=str)[:200]}; it must be a list")
    if literal and not 1 <= len(items) <= MAX_LITERAL_ITEMS:
        raise StepFailed(f"IterableItems has {len(items)} items; 1 to {MAX_LITERAL_ITEMS} are allowed")
    for index, item in enumerate(items):
        if len(to_text(item)) > MAX_ITEM_LENGTH:
            raise StepFailed(f"item {index} has {len(to_text(item))} characters, at most {MAX_ITEM_LENGTH} are allowed")
    concurrency = arguments.get("MaxConcurrency")
    if not isinstance(concurrency, int) or isinstance(concurrency, bool) or not 1 <= concurrency <= MAX_CONCURRENCY:
        raise StepFailed(f"MaxConcurrency is {concurrency!r}; it must be a whole number from 1 to {MAX_CONCURRENCY}")
    selector = arguments.get("Selector")
    if selector and selector.get("Pick") not in PICKS:
        raise StepFailed(f"the Selector's Pick is {selector.get('Pick')!r}; allowed are {choices(PICKS)}")
    return Loop(body, [_item(item) for item in items], concurrency, selector or None)


def _item(item: Any) -> Any:
    # The value of the whole item: a string for an object, as in the API's IterationContext.
    return json.dumps(item) if isinstance(item, (dict, list)) or item is None else item


def select(selector: Mapping[str, Any], outputs: Sequence[Mapping[str, Any]]) -> tuple[str, int]:
    """Body step and index of the best item; ``outputs`` are the items' properties by body step.

    Raises ``StepFailed`` if nothing can be compared.
    """
    get = selector.get("Field", {}).get("Get") if isinstance(selector.get("Field"), Mapping) else None
    try:
        field = Reference.parse(get)
    except PipelineError as error:
        raise StepFailed(f"the Selector's Field is not readable: {error}") from error
    if field.kind != "IterationOutput" or not field.path:
        raise StepFailed(f"the Selector's Field is {get!r}; write IterationOutput.<body step>.<path>")
    found: list[tuple[float, int]] = []
    for index, output in enumerate(outputs):
        value: Any = output.get(field.name)
        for part in field.path:
            value = element(value, part)
        try:
            found.append((float(value), index))
        except (TypeError, ValueError):
            raise StepFailed(f"the Selector's Field {get} of item {index} is not a number: {value!r}") from None
    if not found:
        raise StepFailed("the Selector has no item to choose from")
    best = min(found) if selector["Pick"] == "MinBy" else min((-value, index) for value, index in found)
    return field.name, best[1]
