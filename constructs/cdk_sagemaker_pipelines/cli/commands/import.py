"""``smpipe import``: writes a pipeline that was made elsewhere as code with typed steps."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...executions.lookup import is_pipeline_arn
from ...executions.overview import rules as rules_of
from ...executions.overview import schedules as schedules_of
from ...executions.overview import tags as tags_of
from ...language import Definition, choices
from ...migration.code.file import yaml
from ...migration.code.source import source
from ...migration.importing import imported
from ...migration.program import Program
from ...review.words import printable
from .. import sources
from ..errors import CommandError
from ..output import write_json
from ..remote_sources import Account, is_elsewhere
from .draw import described

DEPLOYED = "aws:"
"""What comes before the name of a deployed pipeline."""
_ASKED = ("sagemaker", "events", "scheduler")


def run(options: argparse.Namespace) -> int:
    """Writes the code. Returns 0."""
    if options.out is not None and options.out.exists():
        raise CommandError(f"{options.out} exists already; name another file, or delete it")
    name, definition, more, notes = _read(options)
    source_shown = "standard input" if options.source == sources.STDIN else printable(options.source)
    program = imported(definition, name, source_shown, more, notes)
    if options.format == "yaml" and program.names:
        told = choices(name.token for name in program.names.values())
        raise CommandError(f"{told}: only known at deployment, which a file cannot say; import it as Python")
    text = yaml(program) if options.format == "yaml" else source(program)
    if options.out is not None:
        try:
            options.out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{options.out} cannot be written: {error.strerror}") from None
    if options.json:
        steps = [{"name": each.name, "class": each.class_name, "reason": each.reason} for each in program.steps]
        write_json({"pipeline": name, "steps": steps, "text": text if options.out is None else None})
        return 0
    if options.out is None:
        sys.stdout.write(text)
    sys.stderr.write(f"smpipe: {_told(program)}\n")
    return 0


def _read(options: argparse.Namespace) -> tuple[str, Definition, Mapping[str, Any], list[str]]:
    """The name, the definition, options of the pipeline, and what is not taken over."""
    source, path = options.source, Path(options.source)
    is_name = not path.suffix and len(path.parts) == 1 and source != sources.STDIN and not os.path.exists(source)
    if source.startswith(DEPLOYED) or is_pipeline_arn(source) or (is_name and not is_elsewhere(source)):
        account = Account.of(options)
        answer = described(source.removeprefix(DEPLOYED), *account)
        return _deployed(answer, list(_not_taken_over(answer, account)))
    if not os.path.exists(source) and source != sources.STDIN and not is_elsewhere(source):
        raise CommandError(f"{source} does not exist")
    found = sources.found(source, Account(options.region, options.profile))
    if options.pipeline:
        found = sources.chosen(found, options.pipeline, source)
    if any(each.definition.json != found[0].definition.json for each in found):
        names = choices(each.path or each.name for each in found)
        raise CommandError(f"{source} holds {names}; choose one with --pipeline")
    return ("Imported" if source == sources.STDIN else found[0].name), found[0].definition, {}, []


def _deployed(answer: Mapping[str, Any], notes: list[str]) -> tuple[str, Definition, Mapping[str, Any], list[str]]:
    more = {
        "display_name": answer.get("PipelineDisplayName"),
        "description": answer.get("PipelineDescription"),
        "parallelism": (answer.get("ParallelismConfiguration") or {}).get("MaxParallelExecutionSteps"),
    }
    if more["display_name"] == answer["PipelineName"]:  # which the service takes where none is given
        del more["display_name"]
    given = {key: value for key, value in more.items() if value is not None}
    return str(answer["PipelineName"]), Definition.parse(answer["PipelineDefinition"]), given, notes


def _not_taken_over(answer: Mapping[str, Any], account: Account) -> Iterator[str]:
    """What a deployed pipeline has besides its definition and options, as sentences."""
    # boto3 comes with the extra `local`; importing a file does not need it
    aws = importlib.import_module("..aws", __package__)
    arn = str(answer["PipelineArn"])
    if answer.get("RoleArn"):
        yield (
            f"Not taken over: the role {answer['RoleArn']}. This pipeline gets a role of its own; "
            "role=Role.from_role_arn(...) keeps that one."
        )
    with aws.errors():
        sagemaker, events, scheduler = (aws.client(name, **account._asdict()) for name in _ASKED)
        tags = aws.unless_denied(lambda: tags_of(sagemaker, arn))
        rules = aws.unless_denied(lambda: list(rules_of(events, arn)))
        schedules = aws.unless_denied(lambda: list(schedules_of(scheduler, arn)))
    own = [f"{key}={value}" for key, value in (tags or {}).items() if not key.startswith("aws:")]
    if own:
        yield f"Not taken over: the tags {', '.join(own)}. Tags.of(pipeline).add(...) tags its jobs, too."
    for trigger in (*(rules or ()), *(schedules or ())):
        yield f"Not taken over: the {trigger.kind} {trigger.name} that starts it, {trigger.when} ({trigger.state})."
    unknown = [what for what, found in (("tags", tags), ("rules", rules), ("schedules", schedules)) if found is None]
    if unknown:
        yield f"Not known: its {' and '.join(unknown)}, which may not be read."


def _told(program: Program) -> str:
    raw = [step.name for step in program.steps if step.class_name == "RawStep"]
    steps = "1 step" if len(program.steps) == 1 else f"{len(program.steps)} steps"
    left = f", of which {', '.join(raw)} as RawStep" if raw else ""
    return printable(f"{steps}{left}; it means the same as the definition")
