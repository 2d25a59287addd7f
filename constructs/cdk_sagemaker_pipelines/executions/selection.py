"""Which steps an execution of a part runs, and whose results it takes from another one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..language import Definition, PipelineError, StepGraph, choices

MOST = 50
"""``SelectiveExecutionConfig.SelectedSteps``."""


class Selection(NamedTuple):
    """A part of a pipeline."""

    steps: tuple[str, ...]
    """The steps that run, in the order of the document."""
    reused: tuple[str, ...]
    """The others that they wait for directly: their results come from another execution."""


def select(definition: Definition, wanted: Sequence[str]) -> Selection:
    """The part with these steps. Raises ``PipelineError`` for an unknown step, or for a part with a hole in it.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-selective-ex.html: every step between two that are
    selected is selected as well.
    """
    graph = StepGraph(definition)
    chosen = {definition.step(name).name for name in wanted}
    if len(chosen) > MOST:
        raise PipelineError(f"{len(chosen)} steps are selected; at most {MOST} can be")
    chosen |= {inner.name for name in chosen for child in definition.step(name).body for inner in child.descendants()}
    behind = {later for name in chosen for later in graph.after(name)}
    between = [name for name in graph.names if name in behind - chosen and graph.after(name) & chosen]
    steps = tuple(name for name in graph.names if name in chosen)
    if between:
        whole = " ".join(name for name in graph.names if name in chosen or name in between)
        raise PipelineError(
            f"the selected steps have {choices(between)} between them, which must be selected as well: --only {whole}"
        )
    before = {earlier for name in steps for earlier in graph.predecessors(name)}
    return Selection(steps, tuple(name for name in graph.names if name in before - chosen))
