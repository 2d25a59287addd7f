"""The parameters that a start gives to a pipeline: literals, and what is read from the event."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

from ..language import Expression, Parameter, PipelineError, did_you_mean
from ..language.errors import choices, shown
from ..language.expressions import has_placeholder
from ..language.later import later_pattern
from ..language.no_value import NoValue
from ..language.start_values import MAX_START_VALUES, MAX_VALUE_LENGTH
from ..language.tokens import has_string_token, is_list_token

CONTEXT = later_pattern(r"<aws\.scheduler\.[a-z-]+>")
"""What EventBridge Scheduler replaces in the request of a universal target: ``scheduler.ContextAttribute``."""
_PART = r"""(?:\.[^.\[\]'"\s*?@()<>]+|\[(?:\d+|'[^'<>]+')\])"""
_PATH = later_pattern(rf"\${_PART}+")
_ENVELOPE = ("account", "detail", "detail-type", "id", "region", "resources", "source", "time", "version")
_RULE_NAME = later_pattern(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")
"""EventBridge's shape ``SageMakerPipelineParameterName``."""


class EventValue(NoValue):
    """A value that EventBridge reads from the event, made by ``from_event``."""

    _instead = "give it alone, as the value of a parameter: EventBridge joins no texts here"

    def __init__(self, path: str) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"from_event({self.path!r})"


Value = str | int | float | bool | EventValue
Given = Mapping[Any, Value]
"""By parameters or their names; a union of both as the key would keep type checkers from understanding a dict."""


def from_event(path: str) -> EventValue:
    """A value that a rule reads from the event that starts the pipeline.

    ```python
    pipeline = Pipeline(self, "Orders", parameters=[Parameter.string("Key")])
    pipeline.start_on_object_created("New", bucket=data, parameters={"Key": from_event("$.detail.object.key")})
    ```

    Where the event has nothing at the path, nothing is started, and the event goes to the dead-letter queue.

    Args:
        path: The path to the value: names, and numbers of elements, such as ``$.detail.items[0].name``.

    Raises:
        PipelineError: A path that no event has.
    """
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        raise PipelineError(f"from_event: {shown(path)} is not a path; write $.detail.object.key or $.detail.items[0]")
    first = re.split(r"[.\[\]']+", path)[1]
    if first not in _ENVELOPE:
        hint = did_you_mean(first, _ENVELOPE) or f"; it has {choices(_ENVELOPE, len(_ENVELOPE))}"
        raise PipelineError(f"from_event: {path!r}: an event has no {first!r}{hint}")
    return EventValue(path)


class StartValue(NamedTuple):
    """A parameter as EventBridge passes it on."""

    name: str
    text: str
    """The value, or the path to it in the event."""
    is_literal: bool
    """Whether the pipeline gets the text as it is, and it is known now."""


def of_rule(given: Given | None) -> list[StartValue]:
    """The parameters that a rule passes. Raises ``PipelineError`` for what EventBridge does not take."""
    found = []
    for name, value in _named(given):
        if not has_string_token(name) and not _RULE_NAME.fullmatch(name):
            close = re.sub(r"[^a-zA-Z0-9]+", "-", name).strip("-")
            raise PipelineError(
                f"parameters: an EventBridge rule cannot pass {name!r}: names have letters, digits and '-' "
                f"between them; rename it in the pipeline{f', such as {close!r}' if close else ''}"
            )
        if isinstance(value, EventValue):
            found.append(StartValue(name, value.path, False))
            continue
        text = _text(name, value)
        if text.startswith(("$.", "$[")):
            raise PipelineError(
                f"parameters: EventBridge reads {text!r}, the value of {name!r}, as a path; write from_event({text!r})"
            )
        if CONTEXT.search(text):
            raise PipelineError(
                f"parameters: {text!r}, the value of {name!r}, is known to schedules only; write from_event('$.time') "
                "for the time of the event"
            )
        found.append(StartValue(name, text, not has_string_token(text)))
    return found


def of_schedule(given: Given | None) -> list[StartValue]:
    """The parameters that a schedule passes. Raises ``PipelineError`` for what EventBridge Scheduler does not take."""
    found = []
    for name, value in _named(given):
        if isinstance(value, EventValue):
            raise PipelineError(
                f"parameters: {value!r}, the value of {name!r}: a schedule has no event; for its time write "
                "scheduler.ContextAttribute.scheduled_time"
            )
        text = _text(name, value)
        if not text:
            raise PipelineError(f"parameters: EventBridge Scheduler does not pass empty values, and {name!r} is empty")
        found.append(StartValue(name, text, not has_string_token(text) and not CONTEXT.search(text)))
    return found


def of_state_machine(given: Given | None) -> list[StartValue]:
    """The parameters that a state machine passes. Raises ``PipelineError`` for what the service does not take."""
    found = []
    for name, value in _named(given):
        if isinstance(value, EventValue):
            raise PipelineError(
                f"parameters: {value!r}, the value of {name!r}: a state machine reads its input, not an event; write "
                "stepfunctions.JsonPath.string_at('$.key')"
            )
        text = _text(name, value)
        found.append(StartValue(name, text, not has_string_token(text)))
    return found


def _named(given: Given | None) -> list[tuple[str, Any]]:
    if given is None:
        return []
    if not isinstance(given, Mapping):
        raise PipelineError(f"parameters must be a dict by name, not {shown(given)}")
    if len(given) > MAX_START_VALUES:
        raise PipelineError(f"parameters: {len(given)} are given, at most {MAX_START_VALUES} are allowed")
    named: list[tuple[str, Any]] = []
    for key, value in given.items():
        name = key.name if isinstance(key, Parameter) else key
        if not isinstance(name, str) or has_placeholder(name):
            raise PipelineError(f"parameters: {shown(key)} is neither a parameter nor the name of one")
        if name in [before for before, _ in named]:
            raise PipelineError(f"parameters: {name!r} is given twice")
        named.append((name, value))
    return named


def _text(name: str, value: Any) -> str:
    value = value.value if isinstance(value, Enum) else value
    if isinstance(value, Expression) or (isinstance(value, str) and has_placeholder(value)):
        raise PipelineError(
            f"parameters: {shown(value)}, the value of {name!r}, is only known in an execution, which this starts"
        )
    if not isinstance(value, (str, int, float)) or is_list_token(value):
        raise PipelineError(f"parameters: {name!r} takes a text, a number, True or False, not {shown(value)}")
    text = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    if len(text) > MAX_VALUE_LENGTH and not has_string_token(text):
        raise PipelineError(f"parameters: {name!r} has {len(text)} characters, at most {MAX_VALUE_LENGTH} are allowed")
    return text
