"""The tests of calls can fail: no part of a policy can go, and none can be widened, without one of them saying so."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from tests.permissions.conftest import Pipeline
from tests.permissions.evaluator import allowed, known
from tests.permissions.questions import Question, Unit, units

Pipelines = dict[str, Pipeline]


def _parts(pipelines: Pipelines) -> Iterator[tuple[Pipeline, str, Unit]]:
    """Each part of what each role may do, with the role's ARN."""
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


def test_no_part_can_go(pipelines: Pipelines) -> None:
    """Each part is the only one that allows some needed call."""
    parts = list(_parts(pipelines))
    needed = _by_action({name: pipeline.questions() for name, pipeline in pipelines.items()})
    pairs = [
        (place, question)
        for place, (pipeline, role, unit) in enumerate(parts)
        for question in needed[pipeline.name, role, unit.action]
    ]
    answers = allowed([parts[place][0].asks(question, parts[place][2].document()) for place, question in pairs])
    allowing: dict[tuple[str, Question], set[int]] = defaultdict(set)
    for (place, question), answer in zip(pairs, answers, strict=True):
        if answer:
            allowing[parts[place][0].name, question].add(place)
    alone = {place for places in allowing.values() if len(places) == 1 for place in places}
    others = [part for place, part in enumerate(parts) if place not in alone]
    # actions and resources that share a statement make pairs that mean nothing
    meant = known([(unit.action, re.sub(r"(?<=.)\*", "x", unit.resource)) for _, _, unit in others])
    surplus = [f"{p.name}: {role}: {unit}" for (p, role, unit), means in zip(others, meant, strict=True) if means]
    assert not surplus, "\n".join(surplus)


def test_no_part_can_be_widened(pipelines: Pipelines) -> None:
    """Each part, a bit wider, takes in a neighbour."""
    near = _by_action({name: pipeline.neighbours() for name, pipeline in pipelines.items()})
    wider = [
        (f"{pipeline.name}: {role}: {unit} {what}", pipeline, role, wide)
        for pipeline, role, unit in _parts(pipelines)
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
    assert len(wider) > 1000
    assert not unnoticed, "\n".join(unnoticed)
