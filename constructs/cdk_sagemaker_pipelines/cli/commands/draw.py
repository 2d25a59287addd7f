"""``smpipe draw``: draws the graphs of pipelines as text, SVG, Mermaid, Graphviz or JSON."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from ... import review
from ...executions.execution import parameters, read
from ...executions.lookup import describe_pipeline, find_execution, is_execution, is_pipeline_arn
from ...executions.picture import drawn_states
from ...language import Definition
from ...review.draw.graph import Graph
from ...review.draw.states import State
from .. import clock, sources
from ..arguments.files import SUFFIXES
from ..errors import CommandError
from ..remote_sources import Account, is_elsewhere

FILE_WIDTH = 100
"""Columns of a text that is written to a file."""


class Drawn(NamedTuple):
    """What is drawn."""

    title: str
    definition: Definition
    states: dict[str, State] | None = None
    """What became of the steps in an execution."""
    values: dict[str, str] | None = None
    """Its parameters."""

    @property
    def graph(self) -> Graph:
        """Its graph, with what became of it."""
        return review.graph(self.definition, title=self.title, states=self.states, values=self.values)


def run(options: argparse.Namespace) -> int:
    """Prints the picture or the graph as JSON, or writes it to a file."""
    if options.json and options.format:
        raise CommandError("--json cannot be used with --format: it is one")
    format = _format(options)
    picture = _picture(_drawn(options), format, options)
    if options.out is None:
        sys.stdout.write(picture)
        return 0
    try:
        Path(options.out).write_text(picture, encoding="utf-8", newline="\n")
    except (OSError, ValueError) as error:
        raise CommandError(f"{options.out} cannot be written: {getattr(error, 'strerror', None) or error}") from error
    return 0


def _format(options: argparse.Namespace) -> str:
    """The format that is asked for, else that of the file's name."""
    if options.json:
        return "json"
    if options.format or options.out is None:
        return options.format or "text"
    suffix = Path(options.out).suffix.lower()
    if suffix not in SUFFIXES:
        raise CommandError(
            f"the name {options.out!r} does not say in which format to draw: end it with "
            f"{', '.join(SUFFIXES)}, or choose one with --format"
        )
    return SUFFIXES[suffix]


def _picture(drawn: list[Drawn], format: str, options: argparse.Namespace) -> str:
    if format == "json":
        told = [{"name": each.title, **review.document(each.definition, each.states, each.values)} for each in drawn]
        return json.dumps({"pipelines": told}, indent=2) + "\n"
    graphs = [each.graph for each in drawn]
    if format == "mermaid":
        return review.mermaid(*graphs, whole=options.whole)
    if format == "svg":
        return review.svg(*graphs, whole=options.whole)
    folded = graphs if options.whole else [review.folded(graph) for graph in graphs]
    if format == "dot":
        return review.dot(*folded)
    if options.out is not None:
        return review.text(*folded, width=options.width or FILE_WIDTH)
    width = options.width or shutil.get_terminal_size().columns
    return review.text(*folded, width=width, unicode=sources.can_show("●│╰"))


def _drawn(options: argparse.Namespace) -> list[Drawn]:
    if options.execution is not None:
        return [_executed(options)]
    return load(options.source, options.pipeline, region=options.region, profile=options.profile)


def _executed(options: argparse.Namespace) -> Drawn:
    """The definition that an execution runs, and what has become of its steps."""
    aws = importlib.import_module("..aws", __package__)
    of = options.execution
    # the name of a pipeline stands before, so that of its execution the ID is enough
    given = of if is_execution(of) else f"{options.source}/{of}"
    with aws.using(options) as sagemaker:
        arn = find_execution(sagemaker, given)
        found, values = read(sagemaker, arn, needed=True), parameters(sagemaker, arn)
    assert found.definition is not None
    return Drawn(found.parts.short, found.definition, drawn_states(found, clock.now()), values)


def load(source: str, name: str | None, *, region: str | None, profile: str | None) -> list[Drawn]:
    """The pipelines of a file, a cdk.out or AWS, each with a title; those with the same graph once."""
    path = Path(source)
    if source == sources.STDIN or (is_elsewhere(source) and not os.path.exists(source)):
        return _choose(sources.found(source, Account(region, profile)), name, source)
    if not os.path.exists(source):
        if not is_pipeline_arn(source) and (path.suffix or len(path.parts) > 1):
            raise CommandError(f"{source} does not exist")
        return [_deployed(source, region, profile)]
    # a folder, perhaps of code, often has the name of the pipeline that is meant
    if path.is_dir() and source == path.name and not path.suffix and sources.is_unreadable(source):
        with suppress(ModuleNotFoundError):  # without the extra, only files are drawn
            return [_deployed(source, region, profile)]
    return _choose(sources.found(source), name, source)


def _choose(pipelines: list[review.Found], name: str | None, source: str) -> list[Drawn]:
    if name:
        pipelines = sources.chosen(pipelines, name, source)
    different: list[tuple[review.Found, Graph]] = []
    for pipeline in pipelines:
        graph = review.graph(pipeline.definition)
        if not any(pipeline.name == other.name and graph == known for other, known in different):
            different.append((pipeline, graph))
    sources.tell_errors(pipeline for pipeline, _ in different)
    names = Counter(pipeline.name for pipeline, _ in different)
    return [
        Drawn(each.name if names[each.name] == 1 else each.path or each.name, each.definition) for each, _ in different
    ]


def _deployed(name: str, region: str | None, profile: str | None) -> Drawn:
    answer = described(name, region, profile)
    return Drawn(str(answer["PipelineName"]), Definition.parse(answer["PipelineDefinition"]))


def described(name: str, region: str | None, profile: str | None) -> Mapping[str, Any]:
    """What the service says of a deployed pipeline."""
    # boto3 comes with the extra `local`; drawing a file does not need it
    aws = importlib.import_module("..aws", __package__)
    with aws.errors():
        return describe_pipeline(aws.client("sagemaker", region=region, profile=profile), name)
