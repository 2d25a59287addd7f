"""``/p/NAME/compare?e=A&e=B``: two to four executions side by side; at first only what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from flask import Blueprint, Response, make_response, render_template, request

from ..executions import report
from ..executions.compare import MOST, Comparison, compared
from ..executions.differing import RESULTS, Values
from ..executions.logs import shortened
from ..executions.report import Report
from ..executions.resolved import Resolution, reading
from ..language.expressions import MISSING
from ..review.diff.entries import of_definition
from ..review.diff.entries import value as shown_value
from ..review.diff.entry import Entry
from ..review.diff.text import shown_path
from . import addresses
from .current import account
from .trouble import Trouble
from .watching import Watched, watched

pages = Blueprint("compare", __name__)
DESCRIBED = 200
"""Jobs of an execution that are described for one page at most; the next time, it goes on from there."""
MOST_ARGUMENTS = 1000
"""Arguments that are shown."""
SIGNS = {"+": "new", "-": "gone", "~": "changed", ">": "moved or renamed"}
"""What happened to something in a definition, by the sign of an entry."""


class Metric(NamedTuple):
    """A metric of a step."""

    step: str
    name: str
    values: Values

    @property
    def change(self) -> str:
        """Of two, by how much the second is more."""
        known = len(self.values) == 2 and None not in self.values
        return f"{self.values[1] - self.values[0]:+g}" if known else ""


class Change(NamedTuple):
    """What differs between two definitions."""

    entry: Entry
    word: str
    path: str


@dataclass
class Limited(Resolution):
    """Describes so many jobs and no more."""

    left: set[str] = field(default_factory=set)
    """Jobs that were not described."""
    budget: int = 0

    def job(self, step: str) -> Mapping[str, Any] | None:
        """The description; None also where no more are asked for."""
        arn = self.arn(step)
        if arn is not None and arn not in self.described:
            if self.budget == 0:
                self.left.add(arn)
                return None
            self.budget -= 1
        return super().job(step)


class Side(NamedTuple):
    """An execution that is compared."""

    letter: str
    watched: Watched
    report: Report
    address: str
    seconds: float | None
    left: int
    """Of how many jobs nothing was read yet."""


@pages.get("/p/<name>/compare")
def shown(name: str) -> Response:
    """The page."""
    given, everything = request.args.getlist("e"), "all" in request.args
    if not 2 <= len(given) <= MOST:
        problem = f"Choose 2 to {MOST} executions to compare, not {len(given)}."
        page = render_template("compare.html", title="Compare executions", name=name, problem=problem)
        return make_response(page, 400)
    found, now = [_find(name, each) for each in given], account().now()
    parameters = [account().panel(each.given) for each in found]
    sides = [
        _side(letter, each, {} if isinstance(values, Trouble) else values, now)
        for letter, each, values in zip("ABCD", found, parameters, strict=False)
    ]
    told = account().ask(lambda: compared([side.report for side in sides], now))
    arguments = [(step.name, each) for step in told.steps for each in (step.arguments if everything else step.changed)]
    page = render_template(
        "compare.html",
        title="Compare executions",
        name=found[0].pipeline,
        all=everything,
        other=_address(name, given, not everything),
        sides=sides,
        parameters=next((each for each in parameters if isinstance(each, Trouble)), told.parameters),
        definitions=_definitions(told),
        told=told,
        metrics=[
            Metric(step.name, metric, values)
            for step in told.steps
            for metric, values in step.metrics.items()
            if everything or values.differs
        ],
        arguments=arguments[:MOST_ARGUMENTS],
        more_arguments=len(arguments[MOST_ARGUMENTS:]),
        hidden=0 if everything else sum(each.because == RESULTS for step in told.steps for each in step.arguments),
        text=text,
        source=addresses.linked,
    )
    return make_response(page)


def _find(name: str, given: str) -> Watched:
    """The execution of a parameter: the ID of one of the pipeline, or ``OTHER/ID``."""
    pipeline, _, id = given.rpartition("/")
    return watched(account(), pipeline or name, id)


def _address(name: str, given: Sequence[str], everything: bool) -> str:
    path, chosen = addresses.pipeline(name, "compare"), {"e": given, "all": "1" if everything else ""}
    return addresses.with_arguments(path, chosen)


def _side(letter: str, found: Watched, given: Mapping[str, str], now: datetime) -> Side:
    execution = found.look().execution
    until = execution.described.get("LastModifiedTime") if execution.over else None
    resolution = Limited(
        account().sagemaker, execution, given, found.pipeline, reading(account().client("s3"), until),
        dict(found.described), budget=DESCRIBED,
    )  # fmt: skip

    def read() -> Report:
        steps = [report.of_step(resolution, row, now) for row in execution.rows]
        return Report(execution, steps, report.parameters(execution, given), resolution)

    told = account().ask(read)
    found.keep(resolution)
    address = addresses.execution(found.pipeline, found.id)
    return Side(letter, found, told, address, execution.seconds(now), len(resolution.left))


def _definitions(told: Comparison) -> list[list[Change] | None]:
    """What differs in the definition of each but the first; None where one cannot be read."""
    return [
        None
        if difference is None
        else [Change(entry, SIGNS[entry.sign], shown_path(entry)) for entry in of_definition(difference)]
        for difference in told.differences
    ]


def text(value: Any) -> str | None:
    """A value in words; None if there is none."""
    if value is None or value is MISSING:
        return None
    return shortened(value if isinstance(value, str) else shown_value(value))
