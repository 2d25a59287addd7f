"""The tests of calls can fail: no part of a policy can be removed or widened without one of them noticing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.permissions.conftest import Pipeline
from tests.permissions.evaluator import allowed, known
from tests.permissions.questions import Question
from tests.permissions.units import Unit, units

Pipelines = dict[str, Pipeline]
Part = tuple[Pipeline, str, Unit]
"""A part of what a role may do, with the role's ARN."""


def _parts(pipelines: Pipelines) -> Iterator[Part]:
    for pipeline in pipelines.values():
        for role in pipeline.roles:
            for unit in units(pipeline.policies(role)):
                yield pipeline, role, unit


def _by_action(questions: dict[str, list[Question]]) -> dict[tuple[str, str, str], list[Question]]:
    """By pipeline, role and action."""
    found: dict[tuple[str, str, str], list[Question]] = defaultdict(list)
    for name, asked in questions.items():
        for question in asked:
            found[name, question.role, question.action].append(question)
    return found


@pytest.fixture(scope="module")
def parts(pipelines: Pipelines) -> tuple[list[Part], list[Part]]:
    """The parts that alone allow some needed call, and the others."""
    found = list(_parts(pipelines))
    needed = _by_action({name: pipeline.questions() for name, pipeline in pipelines.items()})
    pairs = [
        (place, question)
        for place, (pipeline, role, unit) in enumerate(found)
        for question in needed[pipeline.name, role, unit.action]
    ]
    answers = allowed([found[place][0].asks(question, found[place][2].document()) for place, question in pairs])
    allowing: dict[tuple[str, Question], set[int]] = defaultdict(set)
    for (place, question), answer in zip(pairs, answers, strict=True):
        if answer:
            allowing[found[place][0].name, question].add(place)
    alone = {place for places in allowing.values() if len(places) == 1 for place in places}
    return [found[place] for place in sorted(alone)], [part for place, part in enumerate(found) if place not in alone]


def test_no_part_can_be_removed(parts: tuple[list[Part], list[Part]]) -> None:
    """Without it, some needed call is denied."""
    alone, others = parts
    assert len(alone) > 900
    # actions and resources that share a statement make pairs that mean nothing
    meant = known([(unit.action, re.sub(r"(?<=.)\*", "x", unit.resource)) for _, _, unit in others])
    surplus = [f"{p.name}: {role}: {unit}" for (p, role, unit), means in zip(others, meant, strict=True) if means]
    assert not surplus, "\n".join(surplus)


def test_no_part_can_be_widened(pipelines: Pipelines, parts: tuple[list[Part], list[Part]]) -> None:
    """Slightly widened, it allows a neighbor."""
    near = _by_action({name: pipeline.neighbours() for name, pipeline in pipelines.items()})
    wider = [
        (f"{pipeline.name}: {role}: {unit} {what}", pipeline, role, wide)
        for pipeline, role, unit in parts[0]
        for what, wide in unit.wider()
    ]
    pairs = [
        (told, pipeline.asks(question, wide.document()))
        for told, pipeline, role, wide in wider
        for question in near[pipeline.name, role, wide.action]
    ]
    answers = allowed([request for _, request in pairs])
    noticed = {told for (told, _), answer in zip(pairs, answers, strict=True) if answer}
    unnoticed = [told for told, *_ in wider if told not in noticed]
    assert len(wider) > 3000
    assert not unnoticed, "\n".join(unnoticed)
