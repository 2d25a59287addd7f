"""The log of a step: its end, what follows, and the whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flask import Blueprint, Response, jsonify, request, stream_with_context

from ..executions.logs import Reader, place_of
from ..executions.rows import RUNNING
from ..language import PipelineError
from ..language.errors import escaped
from . import aws_console
from .current import account
from .step_facts import Step, step_of
from .tails import Tail, matching, tail
from .text import file_name
from .trouble import ERRORS

pages = Blueprint("step_log", __name__)


class Log(NamedTuple):
    """The end of a log."""

    where: str
    lines: Sequence[str]
    of: int
    """How many lines were looked through."""
    next: str
    missed: int
    running: bool
    address: str | None
    """In AWS's own console; None on a local AWS."""


def log_of(step: Step) -> Log | None:
    """The end of a step's log; None for a step without one."""
    try:
        found = _tail(step)
    except PipelineError:
        return None
    news, wanted = found.after(""), request.args.get("find", "")
    lines = matching(news.lines, wanted) if wanted else news.lines
    partition, region = account().sagemaker.meta.partition, account().region
    address = aws_console.of_log(found.place.group, partition, region) if account().is_real else None
    running = step.row.status in RUNNING
    return Log(found.place.where, lines, len(news.lines), news.next, news.missed, running, address)


@pages.get("/p/<name>/e/<id>/s/<step>/log")
def log(name: str, id: str, step: str) -> Response:
    """The lines of its log after those that came with a token, for the script of the page."""
    found = step_of(name, id, step)
    running = found.row.status in RUNNING  # before the log is read: so what came until the end is not missed
    end = account().ask(lambda: _tail(found))
    news = end.after(request.args.get("after", ""))
    wanted = request.args.get("find", "")
    lines = matching(news.lines, wanted) if wanted else news.lines
    return jsonify({"lines": lines, "next": news.next, "missed": news.missed, "running": running or end.is_behind})


@pages.get("/p/<name>/e/<id>/s/<step>/log.txt")
def whole_log(name: str, id: str, step: str) -> Response:
    """Its whole log, as a file."""
    found = step_of(name, id, step)
    place = account().ask(lambda: _tail(found)).place
    events = Reader(account().client("logs"), place).news()
    first = account().ask(lambda: next(events, None))  # what is in the way shows before the file begins

    def lines() -> Iterator[str]:
        for event in () if first is None else (first,):
            yield _text(event.message)
        try:
            for event in events:
                yield _text(event.message)
        except ERRORS as error:  # the answer has begun: nothing else can say that it is not whole
            yield _text(f"\n(The log goes on, but AWS did not answer: {account().judged(error).text})")

    named = {"Content-Disposition": f"attachment; filename={found.watched.id}-{file_name(step)}.log"}
    return Response(stream_with_context(lines()), mimetype="text/plain", headers=named)


def _tail(step: Step) -> Tail:
    """The end of the log of a step. Raises ``PipelineError`` where it has none."""
    if step.record is None:
        raise PipelineError(f"the step is {step.row.status}, so there is no log yet")
    place = place_of(step.record, step.row.type, account().client("lambda"))
    return tail(account(), f"{step.watched.arn} {step.name} {place.where}", place)


def _text(message: str) -> str:
    return "".join(f"{escaped(line)}\n" for line in message.rstrip("\n").split("\n"))
