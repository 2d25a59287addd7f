"""``/p/NAME``: a pipeline. Each part has its address, ``?tab=``, so that none waits for another."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from flask import Blueprint, Response, abort, render_template, request
from markupsafe import Markup

from ..executions import overview, starting
from ..executions.answers import who
from ..executions.forecast import readers
from ..executions.lookup import describe_pipeline
from ..executions.search import as_text
from ..language import Definition, StepGraph, StepView
from ..language.definition import ParameterDeclaration
from ..review import graph, svg
from . import addresses, listing, roles, versions
from .account import Account
from .current import account
from .limits import Allowance
from .text import file_name, indented

pages = Blueprint("pipeline", __name__)
SCHEDULES, SECONDS = 1000, 2.0
"""How many schedules of the account are looked at, and for how long: each may take a call."""


class Read(NamedTuple):
    """A pipeline as the service describes it."""

    described: Mapping[str, Any]

    @property
    def name(self) -> str:
        """As its owner writes it."""
        return str(self.described["PipelineName"])

    @property
    def arn(self) -> str:
        """Its ARN."""
        return str(self.described["PipelineArn"])

    @property
    def definition(self) -> Definition:
        """What it runs. Raises ``PipelineError`` for what is not a definition."""
        return Definition.parse(self.described["PipelineDefinition"])


class Parameter(NamedTuple):
    """A parameter, and the fields of steps that read it."""

    declared: ParameterDeclaration
    fields: Sequence[tuple[str, str]]

    @property
    def default(self) -> str:
        """As a start would give it."""
        return as_text(self.declared.default)


class Step(NamedTuple):
    """A step in the table below the graph."""

    name: str
    type: str
    inside: str
    """The branch or the body that it is in."""
    waits_for: Sequence[str]


class Graph(NamedTuple):
    """The picture, and the same as a table."""

    picture: Markup
    steps: Sequence[Step]


@pages.get("/p/<name>")
def shown(name: str) -> str:
    """The page, with one of its parts."""
    tab = request.args.get("tab", "executions")
    if tab not in TABS:
        abort(404, f"a pipeline has no part {tab!r}")
    read = of_name(name)
    label, part = TABS[tab]
    return render_template(
        f"pipeline_{tab}.html",
        title=read.name,
        part=label,
        pipeline=read,
        start=addresses.pipeline(read.name, "start"),
        compare=addresses.pipeline(read.name, "compare"),
        tab=tab,
        tabs={each: told for each, (told, _) in TABS.items()},
        found=account().panel(lambda: part(read)),
    )


@pages.get("/p/<name>/definition.json")
def downloaded(name: str) -> Response:
    """The definition as a file."""
    version = request.args.get("version")
    read = of_name(name, version)
    file = f"{read.name}.v{version}.json" if version else f"{read.name}.json"
    text = account().ask(lambda: _pretty(read.definition.json))
    return Response(
        f"{text}\n",
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="{file_name(file)}"'},
    )


def of_name(name: str, version: str | None = None) -> Read:
    """The pipeline of a name. Raises ``Troubled`` where it cannot be read."""
    asked = starting.version(version or None)
    return Read(account().ask(lambda: describe_pipeline(account().sagemaker, name, **asked)))


def _graph(read: Read) -> Graph:
    """The picture is folded where it is large; its texts are escaped where it is written."""
    definition, waits = read.definition, StepGraph(read.definition)
    steps = [
        Step(each.name, each.type, _inside(each), sorted(waits.predecessors(each.name)))
        for each in definition.all_steps()
    ]
    return Graph(Markup(svg(graph(definition), styled=False)), steps)


def _inside(step: StepView) -> str:
    return "" if step.parent is None else f"{step.branch} of {step.parent.name}"


def _parameters(read: Read) -> list[Parameter]:
    by_name = readers(read.definition)
    return [Parameter(each, by_name.get(name, [])) for name, each in read.definition.parameters.items()]


def _definition(read: Read) -> list[tuple[str, str]]:
    """The definition as texts: what is not a step, then each step by its name."""
    document = read.definition.json
    head = {key: value for key, value in document.items() if key != "Steps"}
    return [
        ("Version, parameters and the rest", _pretty(head)),
        *((f"{step.name} ({step.type})", _pretty(step.json)) for step in read.definition.steps),
    ]


def _pretty(value: Any) -> str:
    return indented(value) or json.dumps(value, ensure_ascii=False)


class Schedules(NamedTuple):
    """The schedules that start a pipeline. ``more``: the account has more schedules than were looked at."""

    found: Sequence[overview.Trigger]
    more: bool


class About(NamedTuple):
    """What the service keeps besides the definition. Each may fail alone."""

    described: Mapping[str, Any]
    facts: Sequence[tuple[str, Any]]
    tags: Any
    rules: Any
    schedules: Any


def _about(read: Read) -> About:
    here = account()
    return About(
        read.described,
        _facts(read.described),
        here.panel(lambda: overview.tags(here.sagemaker, read.arn)),
        here.panel(lambda: list(overview.rules(here.client("events"), read.arn))),
        here.panel(lambda: _schedules(here, read)),
    )


def _schedules(here: Account, read: Read) -> Schedules:
    allowance = Allowance(SCHEDULES, SECONDS, here.clock)
    found = list(overview.schedules(here.client("scheduler"), read.arn, allowance.take))
    return Schedules(found, allowance.exceeded)


def _facts(described: Mapping[str, Any]) -> list[tuple[str, Any]]:
    parallel = (described.get("ParallelismConfiguration") or {}).get("MaxParallelExecutionSteps")
    return [
        ("ARN", described["PipelineArn"]),
        ("Role", described.get("RoleArn")),
        ("Display name", described.get("PipelineDisplayName")),
        ("Version", described.get("PipelineVersionId")),
        ("Steps at once, at most", parallel),
        ("State", described.get("PipelineStatus")),
        ("Created by", who(described.get("CreatedBy"))),
        ("Changed by", who(described.get("LastModifiedBy"))),
    ]


TABS: dict[str, tuple[str, Callable[[Read], Any]]] = {
    "executions": ("Executions", lambda read: listing.listed(account(), read.described, request.args)),
    "graph": ("Graph", _graph),
    "parameters": ("Parameters", _parameters),
    "definition": ("Definition", _definition),
    "versions": ("Versions", lambda read: versions.listed(account(), read.name, request.args)),
    "roles": ("Roles", lambda read: roles.explained(read.name, read.definition)),
    "about": ("Starts and tags", _about),
}
"""The parts of the page, by what addresses call them: their titles, and what reads them."""
