"""Large graphs are folded, and every picture says so."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest

from cdk_sagemaker_pipelines import review
from cdk_sagemaker_pipelines.language import Definition, PipelineError
from cdk_sagemaker_pipelines.review.draw.folding import MANY, count, foldings
from cdk_sagemaker_pipelines.review.draw.graph import Graph
from cdk_sagemaker_pipelines.review.draw.mermaid import ARROWS, LONGEST
from cdk_sagemaker_pipelines.review.draw.order import ranks
from cdk_sagemaker_pipelines.review.draw.states import said

from .definitions import definition, step
from .shapes import SHAPES, chain, fan, job, loops, mixed, nested


def folded(drawn: Definition) -> Graph:
    return review.folded(review.graph(drawn))


def names(graph: Graph) -> list[str]:
    return [box.name for box in graph.boxes]


@pytest.mark.parametrize("shape", SHAPES)
def test_what_can_be_read_is_not_folded(shape: str) -> None:
    whole = review.graph(SHAPES[shape](MANY))
    assert review.folded(whole) == whole


def test_steps_that_wait_for_the_same_and_are_awaited_by_the_same_are_one_box() -> None:
    graph = folded(fan(100))
    assert names(graph)[:4] == ["Start", "Part0 ×10", "Join0", "Part1 ×10"]
    box = graph.boxes[1]
    assert (box.type, box.folded, len(box.steps)) == ("Processing", "Part0-0 … Part0-9", 10)
    assert [link.data for link in graph.links[:2]] == [("out",), ("out",)]
    assert graph.left_out == ("100 steps in 19 boxes: what is alike, in a row or inside others is folded",)


def test_steps_in_a_row_are_one_box() -> None:
    graph = folded(chain(100))
    assert names(graph) == ["Step ×100"]
    assert graph.boxes[0].folded == "one after another: Step0 … Step99"
    assert graph.boxes[0].steps == tuple(f"Step{i}" for i in range(100))


def test_a_row_of_several_types_names_its_ends() -> None:
    branches = [job(f"{name}{i}", *reads) for i in range(25) for name, *reads in (("Prepare", "Start"),)]
    branches += [step(f"Train{i}", "Training", [f"Prepare{i}"]) for i in range(25)]
    branches += [step(f"Check{i}", "QualityCheck", [f"Train{i}"]) for i in range(25)]
    graph = folded(definition(job("Start"), *branches))
    assert names(graph)[:2] == ["Start", "Prepare0 → Train0 → Check0"]
    assert graph.boxes[1].type == "Processing, Training, QualityCheck"
    assert count(graph) == 26


def test_names_that_only_begin_alike_are_not_cut_inside_a_word() -> None:
    rest = [job(f"Sum{i}", f"Sum{i - 1}" if i else "Start") for i in range(70)]
    fan_out = [job(name, "Start") for name in ("TrainEurope", "TrainEurasia", "TrainAfrica")]
    assert "Train ×3" in names(folded(definition(job("Start"), *fan_out, *rest)))


def test_bodies_of_loops_are_folded() -> None:
    graph = folded(loops(300))
    assert count(graph) == 50
    assert (graph.boxes[0].name, graph.boxes[0].folded) == ("Each0", "5 steps in its body")
    assert not any(box.branches for box in graph.boxes)


def test_what_is_deep_in_conditions_is_folded() -> None:
    graph = folded(nested(300))
    assert count(graph) == 3 * 7 + 2, "eight levels"
    deepest = list(graph.all())[-1]
    assert re.fullmatch(r"Check7", deepest.name)
    assert deepest.folded == "277 steps in its branches"


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("steps", [100, 300])
def test_each_folding_has_all_steps_and_keeps_their_order(shape: str, steps: int) -> None:
    whole = review.graph(SHAPES[shape](steps))
    stood_for = sorted(name for box in whole.all() for name in box.steps)
    counts = []
    for graph in foldings(whole):
        counts.append(count(graph))
        keys = [box.key for box in graph.all()]
        assert len(set(keys)) == len(keys)
        assert sorted(name for box in graph.all() for name in box.steps) == stood_for
        rank = ranks(keys, graph.links)
        assert all(rank[link.source] < rank[link.target] for link in graph.links)
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == 1


@pytest.mark.parametrize("shape", SHAPES)
def test_what_was_connected_still_is(shape: str) -> None:
    """Each link leads from the box of its source to the box of its target, or is implied by others."""
    whole = review.graph(SHAPES[shape](100))
    graph = review.folded(whole)
    box_of = {name: box.key for box in graph.all() for name in box.steps}
    step_of = {box.key: box.name for box in whole.all()}
    reached: dict[str, set[str]] = {}
    for key in reversed([box.key for box in sorted(graph.all(), key=lambda box: _rank(graph)[box.key])]):
        following = {link.target for link in graph.links if link.source == key}
        reached[key] = following.union(*(reached[target] for target in following))
    for link in whole.links:
        source, target = box_of[step_of[link.source]], box_of[step_of[link.target]]
        assert source == target or target in reached[source]


def _rank(graph: Graph) -> dict[str, int]:
    return ranks([box.key for box in graph.all()], graph.links)


def test_links_of_mere_order_that_others_imply_go_and_are_counted() -> None:
    steps = [f"S{i}" for i in range(70)]
    dense = definition(*(step(name, depends_on=steps[:index]) for index, name in enumerate(steps)))
    graph = folded(dense)
    assert [box.name for box in graph.boxes] != ["S ×70"], "rows are looked for first"
    assert len(graph.links) == 69
    assert graph.left_out == ("left out: 2346 arrows of mere order that others imply",)


def test_a_failed_step_stands_apart() -> None:
    drawn = fan(100)
    states = {name: said("Failed" if name == "Part0-3" else "Succeeded", "1.0 s") for name in drawn.step_names}
    graph = review.folded(review.graph(drawn, states=states))
    shown = {box.name: box.state.text for box in graph.boxes if box.state}
    assert shown["Part0-3"] == "✗ Failed 1.0 s"
    assert shown["Part0 ×9"] == "✓ 9 Succeeded"


def test_a_row_ends_where_the_state_changes() -> None:
    drawn = chain(100)
    states = {f"Step{i}": said("Succeeded" if i < 40 else "Failed" if i == 40 else "not run") for i in range(100)}
    graph = review.folded(review.graph(drawn, states=states))
    shown = [(box.name, box.state.text) for box in graph.boxes if box.state]
    assert shown == [("Step ×40", "✓ 40 Succeeded"), ("Step40", "✗ Failed"), ("Step ×59", "59 not run")]


def test_a_link_with_a_trigger_stays_and_implies_nothing() -> None:
    steps = [step(f"S{i}", depends_on=[f"S{i - 1}"] if i else None) for i in range(60)]
    steps += [step(f"Tell{i}", "Lambda", [{"Step": f"S{i}", "Trigger": "Failed"}, "S0"]) for i in range(1, 9)]
    steps += [step(f"Clean{i}", "Lambda", [{"Step": f"S{i}", "Trigger": "Any"}, "S50"]) for i in range(10, 14)]
    graph = folded(definition(*steps))
    assert Counter(link.trigger for link in graph.links)["Failed"] == 8
    assert Counter(link.trigger for link in graph.links)["Any"] == 4
    assert not any("imply" in words for words in graph.left_out), "S0 may succeed although another fails"


@pytest.mark.parametrize("shape", SHAPES)
def test_every_format_says_what_it_folded(shape: str) -> None:
    graph = folded(SHAPES[shape](300))
    said = graph.left_out[0]
    assert " steps in " in said or "mere order" in said
    assert said in review.text(graph, width=120)
    assert said in review.dot(graph)
    assert said in " ".join(re.findall(r">([^<]*)</text>", review.svg(review.graph(SHAPES[shape](300)))))
    assert " is folded" in review.mermaid(review.graph(SHAPES[shape](300)))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("steps", [30, 300, 1000])
def test_mermaid_takes_all_shapes(shape: str, steps: int) -> None:
    if shape == "nested" and steps > 300:
        steps = 315  # what a definition may hold
    drawn = review.mermaid(review.graph(SHAPES[shape](steps)))
    assert sum(1 for line in drawn.splitlines() if re.search(r"-->|-\.->|\.->", line)) <= ARROWS
    assert len(drawn) <= LONGEST


def test_mermaid_refuses_the_whole_of_what_is_too_much() -> None:
    with pytest.raises(
        PipelineError, match=r"546 arrows|\d+ arrows and \d+ characters, of at most 450 and 45000; fold"
    ):
        review.mermaid(review.graph(mixed(300)), whole=True)


def test_mermaid_draws_many_pipelines_or_says_why_not() -> None:
    graphs = [review.graph(mixed(60), title=f"Pipeline{i}") for i in range(12)]
    drawn = review.mermaid(*graphs)
    assert drawn.count("  subgraph p") == 12
    assert len(drawn) <= LONGEST
    with pytest.raises(PipelineError, match="choose one with --pipeline"):
        review.mermaid(*(review.graph(chain(2), title="x" * 50) for _ in range(400)))


def test_what_is_folded_harder_says_how() -> None:
    drawn = review.mermaid(review.graph(mixed(300)))
    assert "what is alike, in a row, inside others or able to run at the same time is folded" in drawn


@pytest.mark.parametrize("draw", [review.dot, review.text, partial(review.mermaid, whole=True)], ids=range(3))
def test_a_hundred_nested_conditions_are_drawn_whole(draw: Callable[[Graph], str]) -> None:
    assert "Check99" in draw(review.graph(nested(300)))
