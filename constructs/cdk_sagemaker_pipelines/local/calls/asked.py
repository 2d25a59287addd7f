"""Which questions the calls of an attempt put to IAM, in the order in which the service puts them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import NamedTuple

from . import moments
from .attempt import Attempt, Use
from .table import Call, calls, variables_in

_JOB_NAME = "{prefix}-{execution}-{step}-{token}"
_MODEL_NAME = "{prefix}-{execution}-{model_step}-{token}"


class Asked(NamedTuple):
    """One question: of which role, what, on what, and what IAM knows besides."""

    kind: str
    """What the role is for: ``pipeline``, ``job``, ``model`` and so on."""
    role: str
    """Its ARN."""
    action: str
    resource: str
    context: tuple[tuple[str, str], ...]
    call: Call
    """The row of the table."""

    @property
    def in_doubt(self) -> bool:
        """Whether a refusal may not fail the step: AWS may not ask, or not for this form of the name."""
        call = self.call
        doubts = (moments.is_in_lower_case, moments.is_done_without, moments.is_for_restricted_versions)
        return call.in_doubt or any(doubt(call) for doubt in doubts)


def questions(attempt: Attempt, uses: Iterable[Use]) -> list[Asked]:
    """All questions, each once; of two that only differ in the row the more certain one.

    First come those of the pipeline's role, which creates what the others are asked for.
    """
    found: dict[tuple[object, ...], Asked] = {}
    here = attempt.here
    for use in uses:
        for one in _asked(use, here):
            key = (one.role, one.action, one.resource, one.context)
            if key not in found or found[key].in_doubt:
                found[key] = one
    return sorted(found.values(), key=lambda one: one.kind != "pipeline")


def before(attempt: Attempt, uses: Iterable[Use], *, transfers: bool) -> list[Asked]:
    """The questions before a step runs. ``transfers``: whether its runner makes the transfers of its job."""
    listed = list(uses)
    users = [replace(use, type="Model") for use in listed if "model" in use.roles] if attempt.type != "Model" else []
    of_models = [one for one in questions(attempt, users) if moments.used_by(one.call) == attempt.type]
    return [one for one in (*questions(attempt, listed), *of_models) if _is_asked(attempt, one, transfers)]


def to_stop(attempt: Attempt, uses: Iterable[Use]) -> list[Asked]:
    """The questions when a step is stopped."""
    return [one for one in questions(attempt, uses) if moments.is_stop(one.call)]


def _is_asked(attempt: Attempt, one: Asked, transfers: bool) -> bool:
    if one.kind in moments.RUN_AS_THEMSELVES or one.action in moments.AFTER_A_FAILURE or moments.is_stop(one.call):
        return False
    if moments.is_bare_group(one.call):
        return False
    if transfers and one.action in moments.TRANSFERS and attempt.type in moments.TRANSFERRING:
        return False
    return attempt.type != "Model" or moments.used_by(one.call) is None


class _Row(NamedTuple):
    """A row of the table as it is filled in. ``needed``: the variables that an attempt must have a value of."""

    call: Call
    resource: str
    needed: frozenset[str]


@cache
def _rows(of_type: str) -> tuple[_Row, ...]:
    return tuple(map(_row, calls()[of_type]))


def _row(call: Call) -> _Row:
    # the name of a job is known as a whole
    resource = call.resource.replace(_JOB_NAME, "{step}").replace(_MODEL_NAME, "{model_step}")
    return _Row(call, resource, frozenset(variables_in(resource, *call.context.values())).difference(call.given))


def _asked(use: Use, here: Mapping[str, str]) -> Iterator[Asked]:
    known = {**here, **use.values}
    for call, resource, needed in _rows(use.type):
        if call.role in use.roles and (not call.when or call.when in use.has) and needed <= known.keys():
            values = {**here, **call.given, **use.values}
            context = {key: text.format_map(values) for key, text in call.context.items()}
            on = resource.format_map(values)
            yield Asked(call.role, use.roles[call.role], call.action, on, tuple(sorted(context.items())), call)
