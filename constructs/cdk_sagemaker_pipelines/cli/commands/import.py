"""``smpipe import``: writes a pipeline that was made elsewhere as code with typed steps."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from ...language import Definition, choices
from ...migration.code.file import yaml
from ...migration.code.source import source
from ...migration.importing import imported
from ...migration.program import Program
from ...review.words import printable
from .. import sources
from ..errors import CommandError
from .draw import described, load

DEPLOYED = "aws:"
"""What stands before the name of a deployed pipeline."""


def run(options: argparse.Namespace) -> int:
    """Writes the code. Returns 0."""
    if options.out is not None and options.out.exists():
        raise CommandError(f"{options.out} exists already; name another file, or delete it")
    name, definition, more = _read(options)
    program = imported(definition, name, printable(options.source), more)
    if options.format == "yaml" and program.names:
        told = choices(name.token for name in program.names.values())
        raise CommandError(f"{told}: only known at deployment, which a file cannot say; import it as Python")
    text = yaml(program) if options.format == "yaml" else source(program)
    if options.out is None:
        sys.stdout.write(text)
    else:
        try:
            options.out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{options.out} cannot be written: {error.strerror}") from None
    sys.stderr.write(f"smpipe: {_told(program)}\n")
    return 0


def _read(options: argparse.Namespace) -> tuple[str, Definition, Mapping[str, Any]]:
    if options.source.startswith(DEPLOYED):
        answer = described(options.source.removeprefix(DEPLOYED), options.region, options.profile)
        more = {
            "display_name": answer.get("PipelineDisplayName"),
            "description": answer.get("PipelineDescription"),
            "parallelism": (answer.get("ParallelismConfiguration") or {}).get("MaxParallelExecutionSteps"),
        }
        if more["display_name"] == answer["PipelineName"]:  # which the service takes where none is given
            del more["display_name"]
        given = {key: value for key, value in more.items() if value is not None}
        return str(answer["PipelineName"]), Definition.parse(answer["PipelineDefinition"]), given
    name, definition = load(options.source, options.pipeline, region=options.region, profile=options.profile)
    return ("Imported" if options.source == sources.STDIN else name), definition, {}


def _told(program: Program) -> str:
    raw = [step.name for step in program.steps if step.class_name == "RawStep"]
    steps = "1 step" if len(program.steps) == 1 else f"{len(program.steps)} steps"
    left = f", of which {', '.join(raw)} as RawStep" if raw else ""
    return printable(f"{steps}{left}; it means the same as the definition")
