"""Arbitrary bytes, arbitrary JSON and mutations of valid definitions, through every tool."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.language.meaning import meaning
from cdk_sagemaker_pipelines.review.diff.definitions import diff
from tests.language.support import places
from tests.review.test_templates import template

from .driving import drive, samples

ROOT = Path(__file__).parent.parent
VALID = sorted(file for folder in ("corpus", "goldens") for file in (ROOT / folder).glob("*.json"))
DOCUMENTS = {
    f"{file.parent.name}/{file.stem}": document
    for file in VALID
    if "Steps" in (document := json.loads(file.read_text(encoding="utf-8")))
}


def effort(short: int, long: int = 5000) -> pytest.MarkDecorator:
    """A test of a few samples, and one of many that runs with ``-m long``."""
    cases = [pytest.param(short, id="short"), pytest.param(long, id="long", marks=pytest.mark.long)]
    return pytest.mark.parametrize("count", cases)


texts = st.text(st.characters(), max_size=20) | st.sampled_from(
    ["\ud800", "\x1b[31m", "a\nb", "\u202e", "\x00", "${Token[A]}", "#{Token[A]}", "${SageMaker:AAAA}",
     "${SageMaker:x}", "<<marker:1>>", "é", "\U0001f600", "Steps.A.B", "Steps.A['", "Parameters.A", "IfSteps",
     "__proto__", "A" * 300]
)  # fmt: skip
numbers = st.integers() | st.integers(10**400, 10**401) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | texts
KEYS = st.sampled_from(
    ["Version", "Metadata", "Parameters", "Steps", "PipelineExperimentConfig", "Name", "Type", "Arguments", "DependsOn",
     "CacheConfig", "RetryPolicies", "PropertyFiles", "DisplayName", "Description", "Conditions", "IfSteps",
     "ElseSteps", "ForEachBody", "IterableItems", "Selector", "Field", "Get", "Std:Join", "Std:JsonGet", "On", "Values",
     "Path", "PropertyFile", "S3Uri", "DefaultValue", "EnumValues", "Step", "Trigger", "Condition", "LeftValue",
     "RightValue", "QueryValue", "ExceptionType", "Resources", "Properties", "OutputParameters", "FunctionArn"]
)  # fmt: skip
WORDS = st.sampled_from(
    ["2020-12-01", "A", "B", "Training", "Processing", "Condition", "ForEach", "Fail", "Lambda", "EMR", "Tuning", "Or",
     "Not", "In", "Equals", "Failed", "String", "Float", "Steps.A.B", "Steps.B.PropertyFiles.x", "ForEach.CurrentItem",
     "IterationOutput.A.B", "Parameters.A", "Execution.StartDateTime", "AWS::SageMaker::Pipeline"]
)  # fmt: skip
anything = st.recursive(
    scalars | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | texts, inner, max_size=5),
    max_leaves=30,
)
objects = st.lists(st.dictionaries(KEYS, anything, max_size=6) | anything, max_size=4)
documents = st.fixed_dictionaries(
    {"Version": st.just("2020-12-01"), "Steps": objects}, optional={"Parameters": objects, "Metadata": anything}
)


@st.composite
def mutations(draw: st.DrawFn, name: str | None = None) -> dict[str, Any]:
    """A valid definition in which values are replaced, taken out, doubled, moved or renamed."""
    document: dict[str, Any] = copy.deepcopy(DOCUMENTS[name or draw(st.sampled_from(sorted(DOCUMENTS)))])
    for _ in range(draw(st.integers(1, 4))):
        found = list(places(document))
        if not found:
            break
        holder, key = found[draw(st.integers(0, len(found) - 1))]
        change = draw(st.sampled_from(["replace", "delete", "double", "move", "rename"]))
        if change == "replace":
            holder[key] = draw(anything)
        elif change == "delete":
            del holder[key]
        elif change == "double" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        elif change == "move":
            other, place = found[draw(st.integers(0, len(found) - 1))]
            other[place] = copy.deepcopy(holder[key])
        elif isinstance(holder, dict):
            holder[draw(texts | KEYS)] = holder.pop(key)
    return document


def as_bytes(document: Any) -> bytes:
    return json.dumps(document).encode()


@effort(15)
def test_any_bytes(count: int) -> None:
    samples(st.binary(max_size=200) | st.text(st.characters(codec="utf-8")).map(str.encode), drive, count)


@effort(15)
def test_any_json(count: int) -> None:
    samples(anything.map(as_bytes), drive, count)


@effort(20, 20_000)
def test_the_right_words_in_the_wrong_places(count: int) -> None:
    samples(documents.map(as_bytes), drive, count)


@effort(20, 20_000)
def test_mutations_of_valid_definitions(count: int) -> None:
    samples(mutations().map(as_bytes), drive, count)


@effort(10)
def test_valid_definitions_with_a_piece_cut_out_or_changed(count: int) -> None:
    @st.composite
    def damaged(draw: st.DrawFn) -> bytes:
        content = as_bytes(DOCUMENTS[draw(st.sampled_from(sorted(DOCUMENTS)))])
        start = draw(st.integers(0, len(content)))
        return content[:start] + draw(st.binary(max_size=4)) + content[start + draw(st.integers(0, 40)) :]

    samples(damaged(), drive, count)


@effort(10)
def test_templates(count: int) -> None:
    body = anything | mutations().map(json.dumps) | st.lists(anything).map(lambda parts: {"Fn::Join": ["", parts]})
    whole = anything.map(lambda value: {"Resources": value}) | body.map(template)
    resource = st.fixed_dictionaries({"Type": st.just("AWS::SageMaker::Pipeline"), "Properties": anything})
    odd = st.dictionaries(texts, resource, max_size=3).map(lambda found: {"Resources": found})
    samples((whole | odd).map(as_bytes), drive, count)


ODD: list[Any] = [
    None, True, 0, -1.5, 10**400, "", "\ud800\x1b", [], {}, [[]], [{}], {"Get": 1}, {"Std:Join": None}
]  # fmt: skip


def places_of_every_kind(name: str) -> Iterator[tuple[Any, Any]]:
    """One place for each combination of a member's name and what stands there."""
    seen = set()
    for holder, key in places(DOCUMENTS[name]):
        kind = (key if isinstance(key, str) else "", type(holder[key]).__name__)
        if kind not in seen:
            seen.add(kind)
            yield holder, key


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_wrong_types_at_every_position(name: str) -> None:
    for holder, key in places_of_every_kind(name):
        value = holder[key]
        for odd in ODD:
            holder[key] = odd
            drive(as_bytes(DOCUMENTS[name]))
        holder[key] = value


UNORDERED = ("Steps", "Parameters", "DependsOn", "IfSteps", "ElseSteps", "ForEachBody")


def canonical(value: Any, key: str = "") -> Any:
    """What is equal for documents that mean the same; of these lists neither the order nor emptiness says anything."""
    if isinstance(value, dict):
        if key == "DependsOn" and value.keys() == {"Step", "Trigger"} and value["Trigger"] == "Completed":
            return value["Step"]
        members = {name: canonical(item, name) for name, item in value.items()}
        empty: dict[str, Any] = {name: ([],) if name == "DependsOn" else ([], {}) for name in UNORDERED}
        return {name: item for name, item in members.items() if item not in empty.get(name, ())}
    if isinstance(value, list):
        items = [canonical(item, key) for item in value]
        if key not in UNORDERED:
            return items
        texts = [json.dumps(item, sort_keys=True) for item in items]
        return sorted(set(texts) if key == "DependsOn" else texts)
    return int(value) if isinstance(value, float) and value.is_integer() else value


@effort(100, 20_000)
def test_a_difference_is_reported_if_and_only_if_there_is_one(count: int) -> None:
    def judge(pair: tuple[str, dict[str, Any]]) -> None:
        valid, other = DOCUMENTS[pair[0]], pair[1]
        for left, right in ((valid, other), (other, valid), (other, copy.deepcopy(other))):
            one, two = (canonical(meaning(document)) for document in (left, right))
            assert bool(diff(Definition(left), Definition(right))) == (one != two)

    pairs = st.sampled_from(sorted(DOCUMENTS)).flatmap(lambda name: st.tuples(st.just(name), mutations(name)))
    samples(pairs, judge, count)
