"""Each role may make the calls that its job is known to make, on exactly that resource and none of its neighbors."""

from __future__ import annotations

import re
from pathlib import Path

import cdk_sagemaker_pipelines
from cdk_sagemaker_pipelines.language.step_types import STEP_TYPES
from tests.permissions.calls import CALLS, CHOSEN, TABLE
from tests.permissions.conftest import Pipeline
from tests.permissions.evaluator import allowed

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "permissions.md"
Pipelines = dict[str, Pipeline]


def test_the_table_has_all_step_types_and_a_source_for_each_call() -> None:
    assert CALLS.keys() == STEP_TYPES.keys()
    assert {source for row in TABLE["calls"] for source in row["source"]} == TABLE["sources"].keys()
    assert {row["certainty"] for row in TABLE["calls"]} == TABLE["certainty"].keys()
    assert all(row["source"] for row in TABLE["calls"])


def test_no_call_is_listed_twice() -> None:
    for kind, calls in CALLS.items():
        told = [(c.role, c.action, c.resource, tuple(c.context.items()), tuple(c.given.items()), c.when) for c in calls]
        assert len(set(told)) == len(told), (kind, [one for one in told if told.count(one) > 1])


def test_what_derives_permissions_does_not_read_the_table() -> None:
    """Otherwise the derivation would be checked against itself."""
    library = Path(cdk_sagemaker_pipelines.__file__).parent
    readers = [file for file in library.rglob("*.py") if "calls.json" in file.read_text("utf-8")]
    assert not [file for file in readers if file.relative_to(library).parts[0] != "local"]


def test_the_page_lists_the_calls_in_doubt() -> None:
    told = DOCUMENT.read_text("utf-8").partition("stay in doubt")[2].partition("\n## ")[0]
    names = set(re.findall(r"`(?:[a-z0-9-]+:)?(\w+)`", told))
    doubtful = {call.action.partition(":")[2] for calls in CALLS.values() for call in calls if call.in_doubt}
    assert doubtful == names


def test_every_call_of_the_table_is_made_by_some_pipeline(pipelines: Pipelines) -> None:
    made = {(one.use.type, id(one.call)) for pipeline in pipelines.values() for one in pipeline.needed}
    assert {use.type for pipeline in pipelines.values() for use in pipeline.uses} == CALLS.keys()
    never = [
        f"{kind}: {call.role}: {call.action} on {call.resource} {call.when}"
        for kind, calls in CALLS.items()
        for call in calls
        if (kind, id(call)) not in made
    ]
    assert not never, "\n".join(never)


def test_every_needed_call_is_allowed(pipelines: Pipelines) -> None:
    asked = [(pipeline, question) for pipeline in pipelines.values() for question in pipeline.questions()]
    answers = allowed([pipeline.asks(question) for pipeline, question in asked])
    refused = [f"{pipeline.name}: {q.told}" for (pipeline, q), answer in zip(asked, answers, strict=True) if not answer]
    assert not refused, "\n".join(refused)


def test_every_neighbor_is_denied(pipelines: Pipelines) -> None:
    asked = [(pipeline, question) for pipeline in pipelines.values() for question in pipeline.neighbours()]
    answers = allowed([pipeline.asks(question) for pipeline, question in asked])
    taken = [f"{pipeline.name}: {q.told}" for (pipeline, q), answer in zip(asked, answers, strict=True) if answer]
    assert not taken, "\n".join(taken)


def test_what_the_table_calls_free_is_allowed(pipelines: Pipelines) -> None:
    """What can be restricted after all must not stay in the table as if it could not."""
    asked = [
        (name, pipeline, question)
        for pipeline in pipelines.values()
        for one in pipeline.needed
        for name in one.call.free
        for question in list(one.others(name))[:1]
    ]
    answers = allowed([pipeline.asks(question) for _, pipeline, question in asked])
    narrow = [f"{name}: {q.told}" for (name, _, q), answer in zip(asked, answers, strict=True) if not answer]
    assert not narrow, "\n".join(narrow)
    assert not [name for calls in CALLS.values() for call in calls for name in call.free if name in CHOSEN]
