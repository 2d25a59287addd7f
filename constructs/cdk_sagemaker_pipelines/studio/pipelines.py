"""``/``: the pipelines of the account, and ``/runs``: how their latest executions ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import Blueprint, jsonify, render_template, request

from ..executions import pipelines
from ..executions.answers import execution_arn
from ..executions.pipelines import Found, Place, Sought
from . import addresses, states
from .current import account
from .limits import Allowance
from .times import absolute
from .trouble import Trouble, Troubled

pages = Blueprint("pipelines", __name__)
SORTED = {"name": "Name", "changed": "Changed", "run": "Last run", "created": "Created"}
"""The orders to choose from, with their names."""
RUNS = 12
"""How many of the latest executions are shown of each pipeline."""
MOST_CALLS = 40
MOST_SECONDS = 2.0
"""What a page takes at most for what is sought; it then says how far it has looked."""
KEPT = 10.0
"""Seconds for which the latest executions of a pipeline are kept."""
AT_ONCE = 20
"""How many pipelines ``/runs`` answers for."""


class Run(NamedTuple):
    """An execution, in short."""

    state: str
    glyph: str
    style: str
    started: str
    address: str


@pages.get("/")
def listed() -> str:
    """The list, as the address says."""
    given, here = request.args, account()
    text, state, order = given.get("q", ""), given.get("state", ""), given.get("sort", "changed")
    kept = {"q": text, "state": state, "sort": given.get("sort", "")}
    place = Place(given.get("after", ""), addresses.number(given, "skip"), addresses.number(given, "before"))
    found = here.panel(lambda: _find(Sought.parse(text, state), order, place))
    following = None if isinstance(found, Trouble) else found.next
    at_once = Allowance(MOST_CALLS, MOST_SECONDS) if "runs" in given else Allowance(0, 0)
    return render_template(
        "pipelines.html",
        title="Pipelines",
        found=found,
        runs=lambda name: _runs(name) if here.has(_key(name)) or at_once.take() else None,
        untagged=found.untagged and here.judged(found.untagged) if isinstance(found, Found) else None,
        kept=kept,
        narrowed=bool(text.strip() or state),
        before=place.before,
        order=order,
        orders=list(SORTED.items()),
        states=[("", "any"), *((each, each) for each in dict.fromkeys([*states.EXECUTIONS, *filter(None, [state])]))],
        first=addresses.with_arguments("/", kept) if place.before else None,
        next=following and _address(kept, following),
        here_with_runs=_address(kept, place, runs="1"),
    )


@pages.get("/runs")
def runs() -> Any:
    """The latest executions of the pipelines that are named, as JSON; of those left out the page asks again later."""
    told: dict[str, Any] = {}
    here, allowance = account(), Allowance(AT_ONCE, MOST_SECONDS)
    for name in request.args.getlist("p"):
        if not allowance.take() or not (here.has(_key(name)) or here.spare.take()):
            break
        found = _runs(name)
        if isinstance(found, Trouble) and found.passes:
            break
        told[name] = {"trouble": found.text} if isinstance(found, Trouble) else [run._asdict() for run in found]
    return jsonify(runs=told)


def _find(sought: Sought, order: str, place: Place) -> Found:
    allowance = Allowance(MOST_CALLS, MOST_SECONDS)

    def latest(name: str) -> str:
        found = _runs(name)
        if isinstance(found, Trouble):
            raise Troubled(found)
        return found[0].state if found else ""

    return pipelines.find(account().sagemaker, sought, order, place, latest=latest, go_on=allowance.take)


def _runs(name: str) -> Sequence[Run] | Trouble:
    here = account()

    def read() -> list[Run]:
        return [_run(name, each) for each in pipelines.latest_runs(here.sagemaker, name, RUNS)]

    return here.panel(lambda: here.shared(_key(name), KEPT, read))


def _key(name: str) -> tuple[str, str]:
    return "runs", name


def _run(name: str, summary: Mapping[str, Any]) -> Run:
    state = str(summary.get("PipelineExecutionStatus", ""))
    parts = execution_arn(str(summary.get("PipelineExecutionArn", "")))
    address = addresses.execution(name, parts.id) if parts else addresses.pipeline(name)
    return Run(state, states.glyph(state), states.style(state), absolute(summary.get("StartTime")), address)


def _address(kept: Mapping[str, str], place: Place, **more: str) -> str:
    at = {"after": place.token, "skip": place.skip or "", "before": place.before or ""}
    return addresses.with_arguments("/", {**kept, **at, **more})
