"""Which questions the calls of an attempt put to IAM, in the order in which the service puts them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from .attempt import Attempt, Use
from .table import Call, calls

_JOB_NAME = "{prefix}-{execution}-{step}-{token}"
_MODEL_NAME = "{prefix}-{execution}-{model_step}-{token}"


class Asked(NamedTuple):
    """One question: of which role, what, on what, and what IAM is told beside it."""

    kind: str
    """What the role is for: ``pipeline``, ``job``, ``model`` and so on."""
    role: str
    """Its ARN."""
    action: str
    resource: str
    context: tuple[tuple[str, str], ...]
    call: Call
    """The row of the table."""


def asked(attempt: Attempt, used: Iterable[Use]) -> list[Asked]:
    """The questions, each once; those of the pipeline's role first, which creates what the others are asked for."""
    found: dict[tuple[object, ...], Asked] = {}
    for use in used:
        values = attempt.here
        for call in calls()[use.type]:
            for one in _asked(call, use, values):
                found.setdefault((one.role, one.action, one.resource, one.context), one)
    return sorted(found.values(), key=lambda one: one.kind != "pipeline")


def _asked(call: Call, use: Use, here: Mapping[str, str]) -> Iterator[Asked]:
    if call.role not in use.roles or (call.when and call.when not in use.has):
        return
    # the name of a job is known as a whole
    resource = call.resource.replace(_JOB_NAME, "{step}").replace(_MODEL_NAME, "{model_step}")
    values = {**here, **call.given, **use.values}
    try:
        context = {key: text.format_map(values) for key, text in call.context.items()}
        on = resource.format_map(values)
    except KeyError:
        return
    yield Asked(call.role, use.roles[call.role], call.action, on, tuple(sorted(context.items())), call)
