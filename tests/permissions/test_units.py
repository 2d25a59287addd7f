"""The tests of calls can fail: no part of a policy can go, and none can be widened, without one of them saying so."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from tests.permissions.cases.table import CASES
from tests.permissions.conftest import Pipeline
from tests.permissions.evaluator import allowed, known
from tests.permissions.questions import Question, Unit, units

CASE = pytest.mark.parametrize("name", [case.name for case in CASES])


def _asked_of(questions: list[Question]) -> dict[tuple[str, str], list[Question]]:
    """By role and action."""
    found: dict[tuple[str, str], list[Question]] = defaultdict(list)
    for question in questions:
        found[question.role, question.action].append(question)
    return found


def _parts(pipeline: Pipeline) -> list[tuple[str, Unit]]:
    """Each part of what each role may do, with the role's ARN."""
    return [(role, unit) for role in pipeline.synthesized.template.roles() for unit in units(pipeline.policies(role))]


@CASE
def test_each_part_is_needed_by_some_call(pipelines: dict[str, Pipeline], name: str) -> None:
    pipeline = pipelines[name]
    parts = _parts(pipeline)
    needed = _asked_of([one.question() for one in pipeline.needed])
    pairs = [(place, q) for place, (role, unit) in enumerate(parts) for q in needed[role, unit.action]]
    answers = allowed([q.request([parts[place][1].document()], pipeline.on(q.resource)) for place, q in pairs])
    by: dict[Question, set[int]] = defaultdict(set)
    for (place, question), answer in zip(pairs, answers, strict=True):
        if answer:
            by[question].add(place)
    alone = {place for places in by.values() if len(places) == 1 for place in places}
    others = [(role, unit) for place, (role, unit) in enumerate(parts) if place not in alone]
    # actions and resources that share a statement make pairs that mean nothing
    meant = known([(unit.action, re.sub(r"(?<=.)\*", "x", unit.resource)) for _, unit in others])
    surplus = [f"{role}: {unit}" for (role, unit), means in zip(others, meant, strict=True) if means]
    assert not surplus, "\n".join(surplus)


@CASE
def test_each_part_that_gets_wider_takes_in_a_neighbour(pipelines: dict[str, Pipeline], name: str) -> None:
    pipeline = pipelines[name]
    known = {one.question().key for one in pipeline.needed}
    near = _asked_of([q for one in pipeline.needed for _, q in one.neighbours() if q.key not in known])
    wider = [(f"{role}: {unit} {what}", role, wide) for role, unit in _parts(pipeline) for what, wide in unit.wider()]
    pairs = [(told, wide, q) for told, role, wide in wider for q in near[role, wide.action]]
    answers = allowed([q.request([wide.document()], pipeline.on(q.resource)) for _, wide, q in pairs])
    noticed = {told for (told, _, _), answer in zip(pairs, answers, strict=True) if answer}
    unnoticed = [told for told, _, _ in wider if told not in noticed]
    assert not unnoticed, "\n".join(unnoticed)
