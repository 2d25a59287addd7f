"""``smpipe draw``: draws a pipeline's graph as text, Mermaid or Graphviz."""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import sys
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path

from ... import review
from ...executions.execution import read
from ...executions.lookup import find_execution, is_execution
from ...executions.picture import drawn_states
from ...language import Definition, choices
from ...review.draw.states import State
from .. import sources
from ..errors import CommandError


def run(options: argparse.Namespace) -> int:
    """Prints the picture."""
    states: dict[str, State] | None = None
    if options.execution is not None:
        name, definition, states = _executed(options)
    else:
        name, definition = load(options.source, options.pipeline, region=options.region, profile=options.profile)
    if options.format == "text":
        width = options.width or shutil.get_terminal_size().columns
        picture = review.text(definition, title=name, width=width, unicode=sources.can_show("●│╰"), states=states)
    elif options.format == "mermaid":
        picture = review.mermaid(definition, states)
    else:
        picture = review.dot(definition, title=name, states=states)
    sys.stdout.write(picture)
    return 0


def _executed(options: argparse.Namespace) -> tuple[str, Definition, dict[str, State]]:
    """The definition that an execution runs, and what has become of its steps."""
    aws = importlib.import_module("..aws", __package__)
    of = options.execution
    # the name of a pipeline stands before, so that of its execution the ID is enough
    given = of if is_execution(of) else f"{options.source}/{of}"
    with aws.using(options) as sagemaker:
        found = read(sagemaker, find_execution(sagemaker, given))
    if found.definition is None:
        raise CommandError(f"the definition of {found.parts.short} cannot be read")
    return found.parts.short, found.definition, drawn_states(found, datetime.now(timezone.utc))


def load(source: str, name: str | None, *, region: str | None, profile: str | None) -> tuple[str, Definition]:
    """A pipeline's name and definition from a file, a cdk.out or a deployed pipeline."""
    path = Path(source)
    if source == sources.STDIN:
        return _choose(sources.found(source), name, source)
    if not os.path.exists(source):
        if path.suffix or len(path.parts) > 1:
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
    # boto3 comes with the extra `local`; drawing a file does not need it
    aws = importlib.import_module("..aws", __package__)
    with aws.errors():
        answer = aws.client("sagemaker", region=region, profile=profile).describe_pipeline(PipelineName=name)
    return str(answer["PipelineName"]), Definition.parse(answer["PipelineDefinition"])
