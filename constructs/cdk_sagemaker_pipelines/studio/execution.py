"""``/p/NAME/e/ID``: an execution, as it is and as it goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from flask import Blueprint, Response, make_response, render_template, request
from markupsafe import Markup

from ..executions import control, report
from ..executions.execution import Execution
from ..executions.picture import picture
from ..executions.progress import progress
from ..executions.usage import Used
from ..executions.why import Why, why_of
from ..language.errors import escaped
from ..review import svg
from ..review.draw.graph import Box
from ..review.draw.states import SIGNS
from ..review.draw.svg_style import style
from . import addresses
from .current import account
from .lines import lines
from .times import absolute
from .trouble import Trouble
from .watching import Seen, Watched, watched

pages = Blueprint("execution", __name__)
CAUSES, LINES = 5, 10
"""How many failed steps are looked into, and how many lines of each log are shown."""
COUNTED = 100
"""Jobs that are described for a page, if their hours are asked for."""
DONE = {
    "stopped": "The execution is being stopped.",
    "resumed": "The execution goes on.",
    "renamed": "The changes are saved.",
    "answered": "The step has its answer.",
}
"""What a page says after a change."""
_WHILE_IT_RUNS = ("stopped", "resumed")


class Hours(NamedTuple):
    """How long instances and GPUs ran. ``gpus``: None if that is not known. ``without``: steps not all known of."""

    instances: float
    gpus: float | None
    without: list[str]


@pages.get("/p/<name>/e/<id>")
def shown(name: str, id: str) -> str:
    """The page."""
    return page(watched(account(), name, id))


@pages.get("/p/<name>/e/<id>/state")
def state(name: str, id: str) -> Any:
    """What changes, for the script of the page."""
    seen = watched(account(), name, id).look()
    body = json.dumps({**progress(seen.execution), "trouble": old(seen)}, separators=(",", ":"))
    answer = make_response(body, {"Content-Type": "application/json"})
    answer.set_etag(hashlib.sha256(body.encode()).hexdigest()[:16])
    answer.headers["Smpipe-Time"] = str(int(account().now().timestamp() * 1000))
    return answer.make_conditional(request)


@pages.get("/p/<name>/e/<id>/graph")
def graph(name: str, id: str) -> str:
    """The picture alone, for the script of the page."""
    found = watched(account(), name, id)
    return render_template("graph.html", graph=drawn(found, found.look().execution))


@pages.get("/graph.css")
def style_sheet() -> Response:
    """The style of pictures, which a page may not have in itself."""
    return Response(style(), mimetype="text/css")


def old(seen: Seen) -> str | None:
    """Why what is shown is not how things are now; None if it is."""
    if seen.trouble is None:
        return None
    found = seen.trouble
    parts = [
        f"This is how things were at {absolute(seen.at)}.",
        found.action and f"{found.action}:",
        found.text,
        found.advice,
    ]
    return escaped(" ".join(part for part in parts if part))


def page(found: Watched, *, notice: Trouble | None = None, fields: Mapping[str, str] | None = None) -> str:
    """The page of an execution, with what kept a change from being made, and what was written into its form."""
    seen, now = found.look(), account().now()
    execution = seen.execution
    return render_template(
        "execution.html",
        title=f"{found.pipeline}/{found.id}",
        here=addresses.execution(found.pipeline, found.id),
        watched=found,
        old=old(seen),
        glyphs=SIGNS,
        execution=execution,
        described=execution.described,
        progress=progress(execution),
        seconds=execution.seconds(now),
        notice=notice,
        done=_done(execution),
        fields=fields or {},
        why=account().panel(lambda: _why(found, execution)),
        graph=drawn(found, execution),
        lines=lines(execution, now, lambda step: step_address(found, step)),
        parameters=account().panel(lambda: report.parameters(execution, found.given())),
        given=account().panel(found.given),
        hours=account().panel(lambda: _hours(found, execution, now)) if "hours" in request.args else None,
        address=lambda step: step_address(found, step),
        source=_source(execution),
        more_failed=[row.name for row in execution.rows if row.status == "Failed"][CAUSES:],
        waiting=_waiting(execution),
        not_resumable=control.not_resumable(execution),
        stoppable=execution.status == "Executing",
    )


def _done(execution: Execution) -> str | None:
    """What was done, if it still is so."""
    asked = request.args.get("done", "")
    return None if execution.over and asked in _WHILE_IT_RUNS else DONE.get(asked)


def drawn(found: Watched, execution: Execution) -> Markup | None:
    """The picture of an execution; None without a definition. Its texts are escaped where it is written."""
    shown = picture(execution, request.args.get("step"))
    if shown is None:
        return None
    chosen = request.args.get("step")
    return Markup(svg(shown, whole=True, styled=False, address=lambda box: _address(found, box), chosen=chosen))


def _address(found: Watched, box: Box) -> str | None:
    return step_address(found, box.steps[0]) if len(box.steps) == 1 else None


def step_address(found: Watched, step: str) -> str:
    """The address of the page of a step."""
    return addresses.execution(found.pipeline, found.id, "s", step)


def _source(execution: Execution) -> addresses.Linked | None:
    """The execution whose results one of a part has."""
    config = execution.described.get("SelectiveExecutionConfig") or {}
    return addresses.linked(str(config.get("SourcePipelineExecutionArn", "")))


def _waiting(execution: Execution) -> dict[str, list[str]]:
    """The steps that wait for an answer, with the names of what the answer has to say."""
    asking = [str(record["StepName"]) for record in execution.steps if control.asks(record)]
    return {name: control.outputs(execution.definition, name) for name in asking}


def _why(found: Watched, execution: Execution) -> Why:
    clients, s3 = account().logs, account().client("s3")
    key = ("why", found.arn, progress(execution)["shape"])
    return account().shared(key, 60, lambda: why_of(account().sagemaker, clients, s3, execution, LINES, CAUSES))


def _hours(found: Watched, execution: Execution, now: datetime) -> Hours:
    resolution = found.resolution(execution)
    used: list[tuple[str, Used]] = []
    without: list[str] = []
    for row in execution.rows:
        if row.started is None:
            continue
        if len(resolution.described) - len(found.described) >= COUNTED:
            without.append(row.name)
            continue
        told = report.of_step(resolution, row, now).used
        used += [(row.name, told)] if told else []
    found.keep(resolution)
    gpus = [each.gpu_hours for _, each in used]
    return Hours(
        sum((each.instance_hours for _, each in used), 0.0),
        None if None in gpus else sum((each for each in gpus if each), 0.0),
        [*(name for name, each in used if not each.complete), *without],
    )
