"""``smpipe draw``: draws a pipeline's graph as text, Mermaid or Graphviz."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

from ... import review
from ...executions.execution import parameters, read
from ...executions.lookup import describe_pipeline, find_execution, is_execution, is_pipeline_arn
from ...executions.picture import drawn_states
from ...language import Definition, choices
from ...review.draw.document import document
from ...review.draw.states import State
from .. import sources
from ..errors import CommandError


class Drawn(NamedTuple):
    """What is drawn."""

    name: str
    definition: Definition
    states: dict[str, State] | None = None
    """What became of the steps in an execution."""
    values: dict[str, str] | None = None
    """Its parameters."""


def run(options: argparse.Namespace) -> int:
    """Prints the picture, or the graph as JSON."""
    if options.json and options.format:
        raise CommandError("--json cannot be used with --format: it is one")
    if options.execution is not None:
        told = _executed(options)
    else:
        told = Drawn(*load(options.source, options.pipeline, region=options.region, profile=options.profile))
    sys.stdout.write(_picture(told, options))
    return 0


def _picture(told: Drawn, options: argparse.Namespace) -> str:
    if options.json:
        graph = {"pipeline": told.name, **document(told.definition, told.states, told.values)}
        return json.dumps(graph, indent=2) + "\n"
    if options.format == "mermaid":
        return review.mermaid(told.definition, told.states)
    if options.format == "dot":
        return review.dot(told.definition, title=told.name, states=told.states)
    return review.text(
        told.definition,
        title=told.name,
        width=options.width or shutil.get_terminal_size().columns,
        unicode=sources.can_show("●│╰"),
        states=told.states,
        values=told.values,
    )


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
    return Drawn(found.parts.short, found.definition, drawn_states(found, datetime.now(timezone.utc)), values)


def load(source: str, name: str | None, *, region: str | None, profile: str | None) -> tuple[str, Definition]:
    """A pipeline's name and definition from a file, a cdk.out or a deployed pipeline."""
    path = Path(source)
    if source == sources.STDIN:
        return _choose(sources.found(source), name, source)
    if not os.path.exists(source):
        if not is_pipeline_arn(source) and (path.suffix or len(path.parts) > 1):
            raise CommandError(f"{source} does not exist")
        return _deployed(source, region, profile)
    # a folder, perhaps of code, often has the name of the pipeline that is meant
    if path.is_dir() and source == path.name and not path.suffix and sources.is_unreadable(source):
        with suppress(ModuleNotFoundError):  # without the extra, only files are drawn
            return _deployed(source, region, profile)
    return _choose(sources.found(source), name, source)


def _choose(pipelines: list[review.Found], name: str | None, source: str) -> tuple[str, Definition]:
    if name:
        pipelines = sources.chosen(pipelines, name, source)
    if len(pipelines) > 1 and len({review.mermaid(pipeline.definition) for pipeline in pipelines}) > 1:
        paths = choices(pipeline.path or pipeline.name for pipeline in pipelines)
        raise CommandError(f"{source} holds {paths}; choose one with --pipeline")
    sources.tell_errors(pipelines[:1])
    return pipelines[0].name, pipelines[0].definition


def _deployed(name: str, region: str | None, profile: str | None) -> tuple[str, Definition]:
    answer = described(name, region, profile)
    return str(answer["PipelineName"]), Definition.parse(answer["PipelineDefinition"])


def described(name: str, region: str | None, profile: str | None) -> Mapping[str, Any]:
    """What the service says of a deployed pipeline."""
    # boto3 comes with the extra `local`; drawing a file does not need it
    aws = importlib.import_module("..aws", __package__)
    with aws.errors():
        return describe_pipeline(aws.client("sagemaker", region=region, profile=profile), name)
