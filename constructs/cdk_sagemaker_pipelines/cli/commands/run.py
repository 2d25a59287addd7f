"""``smpipe run``: plays a pipeline through in the engine alone, without any AWS."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rich.text import Text

from ...executions.rows import duration
from ...language.files import read_text
from ...local.engine.outcomes import OutcomesError
from ...local.errors import StartError
from ...local.json_text import parsed
from ...testing import Result
from ...testing import run as play
from .. import sources
from ..errors import CommandError
from ..named_values import pairs
from ..output import write_json
from ..states import glyph, state
from ..tables import Cell, Column, print_table
from ..terminal import Terminal, terminal


def run(options: argparse.Namespace) -> int:
    """Returns 0 when the execution succeeds, else 1."""
    found = sources.found(options.source)
    if options.pipeline:
        found = sources.chosen(found, options.pipeline, options.source)
    if len(found) > 1:
        raise CommandError(f"{options.source} holds several pipelines; choose one with --pipeline")
    outcomes = {} if options.outcomes is None else _outcomes(options.outcomes)
    try:
        result = play(found[0].definition, outcomes, parameters=pairs(options.parameters))
    except StartError as error:
        where = f"{options.outcomes}: " if isinstance(error, OutcomesError) else ""
        raise CommandError(f"{where}{error}") from error
    if options.json:
        write_json(as_json(result))
    else:
        _show(terminal(), result)
    return 0 if result.status == "Succeeded" else 1


def _outcomes(file: Path) -> dict[str, object]:
    try:
        document = parsed(read_text(file))
    except OSError as error:
        raise CommandError(f"the outcomes {file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise CommandError(f"the outcomes {file} are not JSON: {error}") from error
    if not isinstance(document, dict):
        raise CommandError(f'the outcomes {file} must be an object by step name, such as {{"Train": {{"fail": "x"}}}}')
    return document


def _show(console: Terminal, result: Result) -> None:
    ran = [*result.steps.values()]
    rows: list[list[Cell]] = [
        [each.name, Text(each.type, style="dim"), state(each.state), duration(each.seconds), each.reason]
        for each in ran
    ]
    types = {step.name: step.type for step in result.definition.all_steps()}
    rows += [[name, Text(types[name], style="dim"), state("not run"), "", ""] for name in result.not_run]
    columns = [
        Column("Step"), Column("Type"), Column("State", whole=True), Column("Time", right=True),
        Column("Reason", folds=True),
    ]  # fmt: skip
    print_table(console, columns, rows)
    sign, style = glyph(result.status)
    console.print(Text.assemble("\n", (f"{sign} {result.status}", style), f" in {duration(result.seconds)}, played"))
    if result.failure_reason:
        console.print(Text(result.failure_reason, style="red"))


def as_json(result: Result) -> dict[str, Any]:
    """What ``smpipe run --json`` prints; docs/executions.md lists the members."""
    return {
        "state": result.status,
        "reason": result.failure_reason or None,
        "seconds": result.seconds,
        "steps": [
            {
                "name": each.name,
                "type": each.type,
                "state": each.state,
                "reason": each.reason or None,
                "attempts": each.attempts,
                "seconds": each.seconds,
                "arguments": dict(each.arguments),
            }
            for each in result.steps.values()
        ],
        "notRun": list(result.not_run),
    }
