"""Each role may make the calls that its job is known to make, on the very resource, and none of its neighbours."""

from __future__ import annotations

from tests.permissions.conftest import Pipeline
from tests.permissions.evaluator import allowed
from tests.permissions.questions import Question


def _answers(pipeline: Pipeline, questions: list[Question]) -> list[bool]:
    return allowed([q.request(pipeline.policies(q.role), pipeline.on(q.resource)) for q in questions])


def test_every_needed_call_is_allowed(pipelines: dict[str, Pipeline]) -> None:
    refused = []
    for pipeline in pipelines.values():
        questions = [one.question() for one in pipeline.needed]
        answers = _answers(pipeline, questions)
        refused += [q.told for q, answer in zip(questions, answers, strict=True) if not answer]
    assert not refused, "\n".join(refused)


def test_every_neighbour_is_denied(pipelines: dict[str, Pipeline]) -> None:
    taken = []
    for pipeline in pipelines.values():
        known = {one.question().key for one in pipeline.needed}
        asked = {q.key: q for one in pipeline.needed for _, q in one.neighbours() if q.key not in known}
        answers = _answers(pipeline, list(asked.values()))
        taken += [q.told for q, answer in zip(asked.values(), answers, strict=True) if answer]
    assert not taken, "\n".join(taken)
