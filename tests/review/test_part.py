"""Which part of a large graph the page of an execution shows."""

from __future__ import annotations

import re
import time

import pytest

from cdk_sagemaker_pipelines import review
from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.review.draw.folding import MANY, count
from cdk_sagemaker_pipelines.review.draw.graph import Box, Graph
from cdk_sagemaker_pipelines.review.draw.part import MOST, part
from cdk_sagemaker_pipelines.review.draw.states import said, tally

from .shapes import SHAPES, job, mixed

DONE, NOW = 150, 155


def executed(definition: Definition, failed: int = DONE + 1) -> Graph:
    """The graph of an execution in which some steps have run, some run, and one has failed."""
    states = {}
    for index, name in enumerate(definition.step_names):
        status = "Succeeded" if index < DONE else "Executing" if index < NOW else "waiting"
        states[name] = said("Failed" if index == failed else status)
    return review.graph(definition, states=states)


def holding(graph: Graph, step: str) -> list[Box]:
    return [box for box in graph.all() if step in box.steps]


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_what_failed_is_in_it(shape: str) -> None:
    definition = SHAPES[shape](300)
    failed = list(definition.step_names)[DONE + 1]
    shown = part(executed(definition))
    assert count(shown) <= MANY
    (box,) = holding(shown, failed)
    assert box.state
    assert box.state.status == "Failed"
    if count(shown) < len(definition.step_names):
        assert shown.left_out


def test_what_has_few_boxes_is_whole() -> None:
    graph = executed(mixed(MANY))
    assert part(graph) is graph


def test_it_grows_ring_by_ring_around_the_chosen_step() -> None:
    definition = mixed(300)
    chosen = list(definition.step_names)[10]
    shown = part(executed(definition), chosen)
    assert count(shown) <= MOST
    assert holding(shown, chosen)
    keys = {box.key for box in shown.all()}
    assert all(link.source in keys and link.target in keys for link in shown.links)
    assert re.match(r"\d+ of \d+ boxes: what failed, what runs, and what is around it", shown.left_out[0])


def test_siblings_are_one_box_that_says_how_many_are_in_each_state() -> None:
    trains = [job(f"Train{number}", "Prepare") for number in range(70)]
    definition = Definition({"Version": "2020-12-01", "Steps": [job("Prepare"), *trains, job("Choose", "Train0")]})
    states = {f"Train{number}": said("Succeeded") for number in range(1, 70)}
    states |= {"Prepare": said("Succeeded"), "Train0": said("waiting"), "Choose": said("waiting")}
    states |= {"Train3": said("Failed"), "Train4": said("Executing"), "Train5": said("Executing")}
    shown = part(review.graph(definition, states=states))
    (box,) = holding(shown, "Train3")
    assert (box.name, box.state and box.state.text) == ("Train ×69", "66 ✓ 2 ● 1 ✗")
    assert tally(["Succeeded", "Succeeded"]).text == "✓ 2 Succeeded"


def test_a_box_is_a_link_and_a_page_has_the_style() -> None:
    graph = review.graph(mixed(5))
    picture = review.svg(graph, styled=False, address=lambda box: f'/s/{box.name}?a&"b')
    assert "<style" not in picture
    assert "style=" not in picture
    assert picture.count("<a href=") == picture.count("</a>") == count(graph)
    assert "?a&amp;&quot;b" in picture
    assert 'role="group"' in picture
    assert 'role="img"' in review.svg(graph)


def test_a_part_is_laid_out_at_once() -> None:
    graph = executed(mixed(300))
    started = time.process_time()
    review.svg(part(graph), whole=True, styled=False)
    assert time.process_time() - started < 0.1
