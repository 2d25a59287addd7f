"""``/p/NAME/start``: the form that starts a pipeline, next to what that would do."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import MutableMapping
from typing import Any, NamedTuple

from flask import Blueprint, redirect, render_template, request

from ..executions import starting
from ..executions.forecast import Forecast, forecast, in_words, readers
from ..executions.forecast_steps import SIGNS
from ..executions.lookup import find_execution
from ..executions.resolved import Resolution, reading
from ..executions.rows import hours
from ..executions.selection import Selection, select
from ..language import Definition, PipelineError
from ..language.definition import BODY
from . import addresses
from .current import account, options
from .pipeline import Read, of_name
from .start_form import Form
from .trouble import Trouble, Troubled

pages = Blueprint("start", __name__)
KEPT = 600.0
"""Seconds for which earlier executions that have succeeded are remembered."""


class Prepared(NamedTuple):
    """What a form asks for."""

    read: Read
    definition: Definition
    form: Form
    request: dict[str, Any] | None = None
    """Of ``StartPipelineExecution``; None where something is wrong."""
    selection: Selection | None = None


@pages.get("/p/<name>/start")
def form(name: str) -> str:
    """The form; with what it would do, if it has been filled in."""
    return _page(_prepared(name))


@pages.post("/p/<name>/start")
def started(name: str) -> Any:
    """Starts an execution, or shows what that would do."""
    prepared = _prepared(name)
    if prepared.request is None:
        return _page(prepared), 422
    if request.form.get("do") != "start":
        return _page(prepared)
    if prepared.form.seen != _mark(prepared.definition):
        prepared.form.errors[""] = "the pipeline has changed since this form was loaded; look at it again, then start"
        return _page(prepared), 409
    try:
        answer = account().ask(lambda: account().sagemaker.start_pipeline_execution(**_once(prepared)))
    except Troubled as troubled:
        return _page(prepared, troubled.trouble), troubled.trouble.status
    account().forget()
    id = str(answer["PipelineExecutionArn"]).rpartition("/")[2]
    return redirect(addresses.execution(prepared.read.name, id), 303)


@pages.route("/p/<name>/start/forecast", methods=["GET", "POST"])
def forecasted(name: str) -> str:
    """What a start would do, alone, for the script of the page."""
    prepared = _prepared(name)
    return render_template("forecast.html", form=prepared.form, alone=True, **_beside(prepared))


def _prepared(name: str) -> Prepared:
    """What the request asks for. What is wrong with it is in the form."""
    asked = request.values
    read = of_name(name, asked.get("version", "").strip())
    definition = account().ask(lambda: read.definition)
    source = asked.get("from", "").strip()
    inherited = account().panel(lambda: _inherited(read, definition, source))
    wrong = inherited if isinstance(inherited, Trouble) else None
    made = Form(definition, asked, {} if isinstance(inherited, Trouble) else inherited)
    prepared = Prepared(read, definition, made)
    if made.filled_in:
        made.check()
    if wrong is not None:
        made.errors["from"] = wrong.text
    if not made.filled_in or made.errors:
        return prepared
    try:
        return account().ask(lambda: _requested(prepared))
    except Troubled as troubled:
        made.errors["only" if made.only else ""] = troubled.trouble.text
        return prepared


def _inherited(read: Read, definition: Definition, source: str) -> dict[str, str]:
    if not source:
        return {}
    return starting.inherited(account().sagemaker, definition, _execution(read, source))


def _execution(read: Read, given: str) -> str:
    """The ARN of an execution of this pipeline."""
    arn = find_execution(account().sagemaker, given if given.startswith("arn:") else f"{read.name}/{given}")
    if not arn.lower().startswith(f"{read.arn.lower()}/execution/"):
        raise PipelineError(f"{given!r} is an execution of another pipeline")
    return arn


def _requested(prepared: Prepared) -> Prepared:
    read, definition, made = prepared.read, prepared.definition, prepared.form
    given = made.given
    starting.checked(definition, given)
    asked: dict[str, Any] = {"PipelineName": read.name, **starting.version(made.version or None)}
    if given:
        asked["PipelineParameters"] = [{"Name": name, "Value": value} for name, value in given.items()]
    if made.display_name:
        asked["PipelineExecutionDisplayName"] = made.display_name
    if made.description:
        asked["PipelineExecutionDescription"] = made.description
    if made.parallel:
        asked["ParallelismConfiguration"] = {"MaxParallelExecutionSteps": int(made.parallel)}
    if not made.only:
        return prepared._replace(request=asked)
    selection = select(definition, made.only)
    source = _execution(read, made.source) if made.source else None
    client = account().sagemaker
    asked["SelectiveExecutionConfig"] = starting.selected(client, read.name, definition, selection, source)
    return prepared._replace(request=asked, selection=selection)


def _once(prepared: Prepared) -> dict[str, Any]:
    """The request with a token: the same form that is sent twice starts one execution, a changed one another."""
    text = json.dumps([prepared.form.nonce, prepared.request], sort_keys=True)
    return {**(prepared.request or {}), "ClientRequestToken": hashlib.sha256(text.encode()).hexdigest()}


def _told(prepared: Prepared) -> Forecast | Trouble | None:
    """What the start would do; None where something is wrong."""
    if prepared.request is None:
        return None
    return account().panel(lambda: _forecast(prepared))


def _forecast(prepared: Prepared) -> Forecast:
    asked, definition, here = prepared.request or {}, prepared.definition, account()
    source = asked.get("SelectiveExecutionConfig", {}).get("SourcePipelineExecutionArn")
    given = prepared.form.given
    kept: MutableMapping[str, Resolution] = here.shared(("succeeded", prepared.read.arn), KEPT, dict)
    values = starting.checked(definition, given)
    return forecast(
        here.sagemaker,
        prepared.read.name,
        definition,
        given,
        values,
        here.now(),
        prepared.selection,
        source,
        kept,
        read_object=lambda uri, what: reading(here.client("s3"), None)(uri, what),
    )


def _mark(definition: Definition) -> str:
    return hashlib.sha256(json.dumps(definition.json, sort_keys=True).encode()).hexdigest()[:16]


def _page(prepared: Prepared, refused: Trouble | None = None) -> str:
    read, made = prepared.read, prepared.form
    return render_template(
        "start.html",
        title=f"Start {read.name}",
        pipeline=read,
        form=made,
        fields=made.fields(readers(prepared.definition)),
        steps=[each for each in prepared.definition.all_steps() if each.branch != BODY],
        nonce=made.nonce or secrets.token_hex(16),
        mark=_mark(prepared.definition),
        method="get" if options().read_only else "post",
        refused=refused,
        **_beside(prepared),
    )


def _beside(prepared: Prepared) -> dict[str, Any]:
    """What the template of the forecast takes."""

    def source(arn: str) -> str:
        return addresses.execution(prepared.read.name, arn.rpartition("/")[2])

    return {"told": _told(prepared), "in_words": in_words, "outcomes": SIGNS, "source": source, "hours": hours}
