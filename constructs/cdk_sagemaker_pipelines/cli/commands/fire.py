"""``smpipe fire``: lets a schedule start now, on the local AWS."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from ...executions.firing import Firing, as_json, fire
from ...language.errors import escaped
from ...local.firing import Fired
from .. import aws
from ..output import write_json
from ..terminal import terminal


def run(options: argparse.Namespace) -> int:
    """Returns 0 when every target was reached, else 1."""
    with aws.using(options, "scheduler") as scheduler, aws.using(options, "events") as events:
        told = fire(scheduler, events, options.schedule)
    if options.json:
        write_json(as_json(told))
    else:
        for line in _lines(told):
            terminal().print(line, soft_wrap=True)
    return 1 if told.failed else 0


def _lines(told: Firing) -> Iterator[str]:
    if told.schedule.state == "DISABLED":
        yield f"the {told.schedule.kind} {told.schedule.named} is disabled; by itself it starts nothing"
    for target in told.targets:
        yield from _of(target)


def _of(target: Fired) -> Iterator[str]:
    if target.error is None:
        yield f"started {target.execution}" if target.execution else f"reached {target.target}"
        return
    yield f"{target.target} was not reached: {escaped(target.error)}"  # in one line: others may have written it
    if target.next_try:
        yield f"it is tried again at {target.next_try}"
    if target.dead_letter_queue:
        yield f"its event is in {target.dead_letter_queue}"
