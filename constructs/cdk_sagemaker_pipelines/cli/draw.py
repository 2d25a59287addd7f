"""``smpipe draw``: a pipeline's graph as text, Mermaid or Graphviz."""

from __future__ import annotations

import argparse
import importlib
import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import review
from ..language import Definition, choices, did_you_mean
from .errors import CommandError


def run(options: argparse.Namespace) -> int:
    """Prints the picture."""
    name, definition = load(options.source, options.pipeline, region=options.region, profile=options.profile)
    if options.format == "text":
        width = options.width or shutil.get_terminal_size().columns
        picture = review.text(definition, title=name, width=width, unicode=_unicode())
    elif options.format == "mermaid":
        picture = review.mermaid(definition)
    else:
        picture = review.dot(definition, title=name)
    sys.stdout.write(picture)
    return 0


def load(source: str, name: str | None, *, region: str | None, profile: str | None) -> tuple[str, Definition]:
    """A pipeline's name and definition from a file, a cdk.out or a deployed pipeline."""
    path = Path(source)
    if path.is_dir():
        return _choose(review.from_directory(path), name, source)
    if path.is_file():
        return _from_file(path, name)
    if path.suffix or len(path.parts) > 1:
        raise CommandError(f"{source} does not exist")
    return _deployed(source, region, profile)


def _from_file(path: Path, name: str | None) -> tuple[str, Definition]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error
    document = _json(path, text)
    if isinstance(document, Mapping) and "Resources" in document:
        return _choose(list(review.from_template(document)), name, str(path))
    definition = Definition(document)
    if "Steps" not in definition.json:
        raise CommandError(f"{path} is no pipeline definition: it has no 'Steps'")
    return path.stem, definition


def _json(path: Path, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise CommandError(f"{path} is no JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error


def _choose(found: list[review.SynthesizedPipeline], name: str | None, source: str) -> tuple[str, Definition]:
    if not found:
        raise CommandError(f"{source} holds no pipeline; run 'cdk synth' first")
    if name:
        wanted = [pipeline for pipeline in found if name in (pipeline.name, pipeline.path)]
        if not wanted:
            known = [pipeline.path for pipeline in found]
            raise CommandError(f"{source} holds no pipeline {name!r}, but {choices(known)}{did_you_mean(name, known)}")
        found = wanted
    pictures = {review.mermaid(pipeline.definition) for pipeline in found}
    if len(pictures) > 1:
        raise CommandError(f"{source} holds {choices(p.path for p in found)}; choose one with --pipeline")
    return found[0].name, found[0].definition


def _deployed(name: str, region: str | None, profile: str | None) -> tuple[str, Definition]:
    # boto3 is of the extra `local`; drawing a file does without it
    aws = importlib.import_module(".aws", __package__)
    with aws.errors():
        answer = aws.client("sagemaker", region=region, profile=profile).describe_pipeline(PipelineName=name)
    return str(answer["PipelineName"]), Definition.parse(answer["PipelineDefinition"])


def _unicode() -> bool:
    try:
        "●│╰".encode(sys.stdout.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True
