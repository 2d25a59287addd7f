"""The graph of steps: edges, order, cycles."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_sagemaker_pipelines.language import CycleError, Definition, DefinitionError, Edge, StepGraph

from .support import STEADY, condition, corpus, corpus_document, definition, get, reads, step


def graph(*steps: dict[str, object]) -> StepGraph:
    return StepGraph(definition(*steps))


def test_edges_from_data_dependencies_and_branches() -> None:
    mse = {"Std:JsonGet": {"PropertyFile": get("Steps.Eval.PropertyFiles.R"), "Path": "mse"}}
    tested = {"Type": "LessThan", "LeftValue": mse, "RightValue": get("Parameters.Max")}
    joined = {"Std:Join": {"On": "/", "Values": ["s3:/", get("Steps.Train.ModelArtifacts.S3ModelArtifacts")]}}
    found = graph(
        step("Train", arguments={"InputDataConfig": [{"Uri": get("Steps.Prepare.A['b']")}, get("Steps.Prepare.C")]}),
        step("Prepare", "Processing"),
        step("Eval", "Processing", {"A": joined}, DependsOn=["Train", "Prepare"]),
        condition("Check", tested, if_steps=[reads("Register", "Steps.Train.X", "Steps.Nowhere.X")]),
        step("Quality", "QualityCheck", SuppliedBaselineConstraints=get("Steps.Eval.Y")),
        step("Last", DependsOn=[{"Step": "Register", "Trigger": "Failed"}, "Nowhere"]),
    )
    assert found.edges == (
        Edge("Prepare", "Train", "Arguments.InputDataConfig[0].Uri"),
        Edge("Train", "Eval", "DependsOn"),
        Edge("Prepare", "Eval", "DependsOn"),
        Edge("Eval", "Check", "Arguments.Conditions[0].LeftValue.Std:JsonGet.PropertyFile"),
        Edge("Train", "Register", "Arguments.Environment.v0"),
        Edge("Check", "Register", "branch IfSteps"),
        Edge("Eval", "Quality", "SuppliedBaselineConstraints"),
        Edge("Register", "Last", "DependsOn, trigger Failed"),
    )
    assert found.predecessors("Eval") == ("Train", "Prepare")
    assert found.successors("Eval") == ("Check", "Quality")
    assert found.predecessors("Prepare") == ()
    assert found.order() == ("Prepare", "Train", "Eval", "Check", "Register", "Quality", "Last")
    assert found.cycle() is None


def test_a_for_each_is_before_its_body() -> None:
    body = reads("Body", "ForEach.CurrentItem", "IterationOutput.Body.X")
    found = graph(step("Each", "ForEach", {"ForEachBody": [body], "IterableItems": get("Steps.List.X")}), step("List"))
    assert found.edges == (
        Edge("List", "Each", "Arguments.IterableItems"),
        Edge("Each", "Body", "branch ForEachBody"),
    )


def test_what_waits_for_a_for_each_comes_after_its_body() -> None:
    found = graph(
        step("After", DependsOn=[{"Step": "Each", "Trigger": "Any"}]),
        step("Each", "ForEach", {"ForEachBody": [step("One"), reads("Two", "Steps.One.X")]}),
        step("Free"),
    )
    assert found.edges == (
        Edge("Each", "After", "DependsOn, trigger Any"),
        Edge("Each", "One", "branch ForEachBody"),
        Edge("One", "Two", "Arguments.Environment.v0"),
        Edge("Each", "Two", "branch ForEachBody"),
    )
    assert found.predecessors("After") == ("Each",)
    assert found.order() == ("Each", "One", "Two", "After", "Free")


def test_a_for_each_waits_for_what_its_body_reads_outside() -> None:
    body = [step("One"), reads("Two", "Steps.One.X", "Steps.List.X", "Steps.Made.X")]
    found = graph(
        step("Each", "ForEach", {"ForEachBody": body, "IterableItems": get("Steps.List.X")}),
        step("List"),
        step("Made"),
    )
    assert found._from_outside == {"Each": (Edge("Made", "Each", "its step 'Two', Arguments.Environment.v2"),)}
    assert found.order() == ("List", "Made", "Each", "One", "Two")
    assert found.after("Made") == {"Each", "Two"} | {"One"}
    assert found.why("Made", "Each") == "its step 'Two', Arguments.Environment.v2"


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        (
            [step("Each", "ForEach", {"ForEachBody": [reads("One", "Steps.After.X")]}), reads("After", "Steps.Each.Y")],
            "'After' waits for 'One' (the body of 'Each', Arguments.Environment.v0), "
            "'One' waits for 'After' (Arguments.Environment.v0)",
        ),
        (
            [step("Each", "ForEach", {"ForEachBody": [reads("One", "Steps.Each.Y")]})],
            "'One' waits for 'One' (the body of 'Each', Arguments.Environment.v0)",
        ),
    ],
)
def test_a_body_that_waits_for_the_end_of_its_for_each(steps: list[dict[str, object]], text: str) -> None:
    with pytest.raises(CycleError) as refusal:
        graph(*steps).order()
    assert str(refusal.value) == f"the steps wait for one another: {text}"


def test_steps_that_are_free_stay_in_the_order_of_the_document() -> None:
    assert graph(*(step(name) for name in "CABED")).order() == tuple("CABED")
    assert graph(reads("A", "Steps.D.X"), step("C"), step("D"), step("B")).order() == ("C", "D", "A", "B")


def test_unknown_steps() -> None:
    found = graph(step("Train"))
    for ask in (found.predecessors, found.successors):
        with pytest.raises(DefinitionError) as refusal:
            ask("Trian")
        assert str(refusal.value) == "the pipeline has no step 'Trian'; did you mean 'Train'?"


def test_a_cycle_is_reported_with_its_path_and_its_reasons() -> None:
    found = graph(
        step("Start"),
        reads("A", "Steps.Start.X", "Steps.C.Y"),
        step("B", DependsOn=["A"]),
        reads("C", "Steps.B.Z"),
        reads("End", "Steps.C.X"),
    )
    assert found.cycle() == ("A", "B", "C", "A")
    with pytest.raises(CycleError) as refusal:
        found.order()
    assert refusal.value.path == ("A", "B", "C", "A")
    assert str(refusal.value) == (
        "the steps wait for one another: 'B' waits for 'A' (DependsOn), 'C' waits for 'B' (Arguments.Environment.v0), "
        "'A' waits for 'C' (Arguments.Environment.v1)"
    )


def test_a_step_that_waits_for_itself() -> None:
    found = graph(reads("A", "Steps.A.X"))
    with pytest.raises(CycleError) as refusal:
        found.order()
    assert refusal.value.path == ("A", "A")
    assert str(refusal.value) == ("the steps wait for one another: 'A' waits for 'A' (Arguments.Environment.v0)")


def test_a_condition_that_waits_for_its_own_branch() -> None:
    found = graph(condition("Check", get("Steps.Inner.X"), if_steps=[step("Inner")]))
    with pytest.raises(CycleError) as refusal:
        found.order()
    assert str(refusal.value) == (
        "the steps wait for one another: 'Inner' waits for 'Check' (branch IfSteps), "
        "'Check' waits for 'Inner' (Arguments.Conditions[0])"
    )


@pytest.mark.parametrize("name", corpus())
def test_the_corpus_can_be_ordered(name: str) -> None:
    found = StepGraph(Definition(corpus_document(name)))
    respected(found)


def test_the_edges_of_the_abalone_pipeline() -> None:
    found = StepGraph(Definition(corpus_document("abalone")))
    assert {(edge.source, edge.target) for edge in found.edges} == {
        ("AbaloneProcess", "AbaloneTrain"),
        ("AbaloneProcess", "AbaloneEval"),
        ("AbaloneTrain", "AbaloneEval"),
        ("AbaloneEval", "AbaloneMSECond"),
        ("AbaloneEval", "AbaloneRegisterModel-RegisterModel"),
        ("AbaloneTrain", "AbaloneRegisterModel-RegisterModel"),
        ("AbaloneTrain", "AbaloneCreateModel-CreateModel"),
        ("AbaloneCreateModel-CreateModel", "AbaloneTransform"),
        ("AbaloneMSECond", "AbaloneRegisterModel-RegisterModel"),
        ("AbaloneMSECond", "AbaloneCreateModel-CreateModel"),
        ("AbaloneMSECond", "AbaloneTransform"),
        ("AbaloneMSECond", "AbaloneMSEFail"),
    }


def respected(found: StepGraph) -> None:
    order = found.order()
    assert sorted(order) == sorted(found.names)
    position = {name: index for index, name in enumerate(order)}
    assert all(position[edge.source] < position[edge.target] for edge in found.edges)


pairs = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), max_size=40)


@STEADY
@given(pairs, st.integers())
def test_any_graph_without_cycle_is_ordered(pairs: list[tuple[int, int]], seed: int) -> None:
    waits: dict[int, list[int]] = {index: [] for index in range(15)}
    for one, other in pairs:
        if one != other:
            waits[max(one, other)].append(min(one, other))
    steps = [reads(f"S{index}", *(f"Steps.S{earlier}.X" for earlier in waits[index])) for index in waits]
    random.Random(seed).shuffle(steps)
    respected(graph(*steps))


@STEADY
@given(pairs)
def test_any_graph_is_ordered_or_has_a_cycle_of_its_edges(pairs: list[tuple[int, int]]) -> None:
    steps = [step(f"S{index}", DependsOn=[f"S{b}" for a, b in pairs if a == index]) for index in range(15)]
    found = graph(*steps)
    cycle = found.cycle()
    if cycle is None:
        respected(found)
        return
    edges = {(edge.source, edge.target) for edge in found.edges}
    assert cycle[0] == cycle[-1]
    assert all(pair in edges for pair in itertools.pairwise(cycle))
    assert len(set(cycle)) == len(cycle) - 1
    with pytest.raises(CycleError):
        found.order()


def test_a_long_chain_and_a_long_cycle() -> None:
    chain = [reads(f"S{index}", f"Steps.S{index - 1}.X") for index in range(5000)]
    respected(graph(*chain))
    chain[0] = reads("S0", "Steps.S4999.X")
    cycle = graph(*chain).cycle()
    assert cycle is not None
    assert len(cycle) == 5001


def test_large_bodies_that_much_waits_for() -> None:
    body = step("Each", "ForEach", {"ForEachBody": [step(f"B{index}") for index in range(2000)]})
    found = graph(body, *(step(f"A{index}", DependsOn=["Each"]) for index in range(2000)))
    respected(found)
    assert found.order()[0] == "Each"
    assert found.order()[2001] == "A0"


def test_duplicate_names_do_not_break_the_report_of_a_cycle() -> None:
    inner = step("Each", "ForEach", {"ForEachBody": [reads("A", "Steps.Each.X")]})
    found = graph(reads("A", "Steps.B.X"), step("B"), inner)
    assert found.cycle() == ("A", "A")
    assert found.describe_cycle(("A", "A")) == (
        "the steps wait for one another: 'A' waits for 'A' (the end of a for-each)"
    )
