"""Whatever JSON stands in a definition: it is viewed, ordered and checked, or refused in our own words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_sagemaker_pipelines.language import CycleError, Definition, PipelineError, StepGraph, check, lines
from cdk_sagemaker_pipelines.properties.service_model import Model

from .support import STEADY, condition, corpus, corpus_document, document, json_values, mutated, scalars, step


def look(given: Any) -> None:
    """All that reads a definition; an error of ours is fine, anything else is not."""
    try:
        viewed = Definition(given)
    except PipelineError:
        return
    for seen in viewed.all_steps():
        assert seen.json is not None
        str((seen, seen.display_name, seen.description, seen.depends_on, seen.property_files, seen.branches))
    assert list(viewed.parameters) is not None
    graph = StepGraph(viewed)
    for name in graph.names:
        graph.predecessors(name), graph.successors(name)
    if graph.cycle() is None:
        assert sorted(graph.order()) == sorted(graph.names)
    else:
        with pytest.raises(CycleError):
            graph.order()
    for model in (None, Model()):
        for finding in check(viewed, model):
            assert finding.code
            assert str(finding)
    lines(viewed.json)


@STEADY
@given(json_values)
def test_any_json(value: Any) -> None:
    look(value)


KEYS = st.sampled_from(
    ["Name", "Type", "Arguments", "DependsOn", "CacheConfig", "RetryPolicies", "PropertyFiles", "DisplayName",
     "IfSteps", "ElseSteps", "ForEachBody", "Conditions", "Get", "Std:Join", "Std:JsonGet", "Step", "Trigger",
     "ExceptionType", "OutputName", "PropertyFileName", "ProcessingOutputConfig", "Outputs", "EnumValues",
     "DefaultValue", "x"]
)  # fmt: skip
WORDS = st.sampled_from(
    ["A", "B", "C", "Training", "Processing", "Condition", "Fail", "Steps.A.X", "Steps.B.PropertyFiles.x",
     "Steps.", "Parameters.A", "ForEach.CurrentItem", "Failed", "String", ""]
)  # fmt: skip
odd_values = st.recursive(
    WORDS | scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)
odd_objects = st.lists(st.dictionaries(KEYS, odd_values, max_size=6) | odd_values, max_size=4)
odd_documents = st.fixed_dictionaries(
    {"Version": st.just("2020-12-01"), "Steps": odd_objects},
    optional={"Parameters": odd_objects, "Metadata": odd_values, "PipelineExperimentConfig": odd_values},
)


@STEADY
@given(odd_documents)
def test_documents_of_the_right_words_in_the_wrong_places(value: Any) -> None:
    look(value)


@STEADY
@given(st.sampled_from(corpus()), odd_values, st.integers(0, 10**6))
def test_mutations_of_the_corpus(name: str, value: Any, seed: int) -> None:
    look(mutated(name, value, seed))


@pytest.mark.parametrize("name", corpus())
def test_the_corpus(name: str) -> None:
    look(corpus_document(name))


@pytest.mark.parametrize("name", corpus())
def test_steps_that_occur_twice(name: str) -> None:
    given = corpus_document(name)
    given["Steps"] += given["Steps"]
    look(given)
    assert "duplicate-step" in {finding.code for finding in check(Definition(given))}


@STEADY
@given(st.binary() | st.text())
def test_any_text(text: str | bytes) -> None:
    try:
        look(Definition.parse(text).json)
    except PipelineError:
        return


def test_the_deepest_definition_that_is_taken() -> None:
    inner: Any = 1
    while True:
        deeper = {"Get": inner} if len(str(inner)) % 2 else [inner]
        try:
            Definition(document(step("A", arguments={"Environment": deeper})))
        except PipelineError:
            break
        inner = deeper
    look(document(step("A", arguments={"Environment": inner})))
    look(document(step("A", "Processing", {"ProcessingInputs": inner}, DependsOn=inner, CacheConfig=inner)))


def test_conditions_in_conditions() -> None:
    nested = step("S")
    for index in range(45):
        nested = condition(f"C{index}", if_steps=[nested])
    look(document(nested))
    assert len(Definition(document(nested)).step_names) == 46


def test_long_definitions_are_read_in_time() -> None:
    steps = [step(f"S{index}", arguments={"A": {"Get": f"Steps.S{index - 1}.X"}}) for index in range(1000)]
    look(json.loads(json.dumps(document(*steps))))
