"""``smpipe logs``: the log of a step's job."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from typing import Any

from ...executions import execution
from ...executions.execution import Execution
from ...executions.logs import Event, Place, Reader, place_of, tail
from ...executions.lookup import NotFound, find_execution
from ...executions.rows import RUNNING
from ...language import did_you_mean
from ...language.errors import escaped
from .. import aws
from ..output import write_json_line


def run(options: argparse.Namespace) -> int:
    """Returns 0; without a log of the step 2."""
    with (
        aws.using(options) as sagemaker,
        aws.using(options, "logs") as client,
        aws.using(options, "lambda") as functions,
    ):
        arn = find_execution(sagemaker, options.execution)
        found = execution.read(sagemaker, arn)
        place = _place(found, options.step, functions)
        try:
            if not _print(_events(client, sagemaker, arn, place, options), options.json):
                sys.stderr.write(escaped(f"the log {place.where} is empty or does not exist") + "\n")
        except KeyboardInterrupt:
            sys.stderr.write(escaped(f"follow it again with: smpipe logs {arn} {options.step} --follow") + "\n")
            raise
    return 0


def _place(found: Execution, step: str, functions: Any) -> Place:
    record = found.step(step)
    if record is None:
        known = [str(each["StepName"]) for each in found.steps]
        row = next((row for row in found.rows if row.name == step), None)
        hint = f": it is {row.status}" if row else did_you_mean(step, known)
        raise NotFound(f"step {step!r} has not started in {found.parts.short}{hint}")
    kind = next((row.type for row in found.rows if row.name == step), "")
    return place_of(record, kind, functions)


def _events(client: Any, sagemaker: Any, arn: str, place: Place, options: argparse.Namespace) -> Iterator[Event]:
    if options.lines is not None and not options.follow:
        yield from tail(client, place, options.lines)
        return
    reader = Reader(client, place)
    if options.lines is None:
        yield from reader.news()
    else:
        yield from list(reader.news())[-options.lines :]
    while options.follow:
        # asked before the log is read: so what came until the end is not missed
        record = execution.look(sagemaker, arn, None).step(options.step)
        yield from reader.news()
        if record is None or record["StepStatus"] not in RUNNING:
            return
        time.sleep(options.interval)


def _print(events: Iterable[Event], as_json: bool) -> bool:
    """Whether there was anything to print."""
    any_event = False
    for event in events:
        any_event = True
        if as_json:
            moment = datetime.fromtimestamp(event.time / 1000, timezone.utc)
            write_json_line({"time": moment, "stream": event.stream, "message": event.message})
        else:
            for line in event.message.split("\n"):
                sys.stdout.write(escaped(line.rstrip("\r")) + "\n")
        sys.stdout.flush()
    return any_event
