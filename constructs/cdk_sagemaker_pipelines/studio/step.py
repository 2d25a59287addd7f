"""``/p/NAME/e/ID/s/STEP``: a step of an execution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import Blueprint, redirect, render_template, request

from ..executions import control, jobs, packages
from ..executions.answers import execution_arn
from ..executions.places import Place
from ..executions.progress import progress
from ..language import PipelineError, choices
from ..language.step_types import row_of
from ..review.draw.states import SIGNS
from . import addresses
from .current import account
from .execution import old, step_address
from .preview import Listing, Preview, listing, preview
from .step_facts import MOST, Job, Step, step_of
from .step_log import log_of
from .tails import LAST
from .trouble import Trouble, Troubled

pages = Blueprint("step", __name__)
STATUSES = ("Approved", "Rejected")


class Looked(NamedTuple):
    """A place that is looked into."""

    place: Place
    key: str
    found: Listing | Preview | Trouble


@pages.get("/p/<name>/e/<id>/s/<step>")
def shown(name: str, id: str, step: str) -> str:
    """The page."""
    return page(step_of(name, id, step))


@pages.post("/p/<name>/e/<id>/s/<step>/approve")
def approve(name: str, id: str, step: str) -> Any:
    """Approves or rejects the model package that it made."""
    found = step_of(name, id, step)
    status, because = request.form.get("status", ""), request.form.get("because", "").strip()

    def change() -> None:
        arn = found.resolution.arn(step)
        if arn is None or jobs.kind_of(arn) != "model-package":
            raise PipelineError(f"step {step!r} has made no model package")
        if status not in STATUSES:
            raise PipelineError(f"a model package can be {choices(STATUSES)}, not {status!r}")
        packages.approve(account().sagemaker, arn, status, because or None)

    try:
        account().ask(change)
    except Troubled as error:
        return page(found, error.trouble), error.trouble.status
    account().forget()
    return redirect(f"{step_address(found.watched, step)}#package", 303)


def page(step: Step, notice: Trouble | None = None) -> str:
    """The page of a step, with what kept a change from being made."""
    panel = account().panel
    job, told = panel(step.job), progress(step.execution)
    text = render_template(
        "step.html",
        title=step.name,
        here=step_address(step.watched, step.name),
        run=addresses.execution(step.watched.pipeline, step.watched.id),
        step=step,
        old=old(step.seen),
        glyphs=SIGNS,
        own=_own(told, step.name),
        logs=bool(row_of(step.row.type).logs),
        address=lambda other: step_address(step.watched, other),
        record=step.record or {},
        source=_source(job, step.name),
        progress=told,
        notice=notice,
        cause=panel(step.cause),
        decision=panel(step.decision),
        log=panel(lambda: log_of(step)),
        arguments=panel(step.arguments),
        job=job,
        role=panel(step.role),
        looked=_looked(job),
        package=_package(job),
        seconds=step.row.seconds(account().now()),
        asks=bool(step.record and control.asks(step.record)),
        outputs=control.outputs(step.execution.definition, step.name),
        last=LAST,
        most=MOST,
    )
    step.keep()
    return text


def _own(told: Mapping[str, Any], step: str) -> str:
    """What the script of the page compares: the step's part of ``progress``."""
    found: Sequence[Any] = next((each[1:] for each in told["steps"] if each[0] == step), [])
    return ",".join("" if part is None else str(part) for part in found)


def _looked(job: Job | Trouble) -> Looked | None:
    """The place of the step that the address asks to look into; no other place is."""
    wanted, key = request.args.get("in"), request.args.get("object")
    found = {} if isinstance(job, Trouble) else {place.uri: place for place in (*job.read, *job.written)}
    if wanted not in found:
        return None
    s3, place = account().client("s3"), found[wanted]
    if key is None:
        inside = account().panel(lambda: listing(s3, place.uri))
        if isinstance(inside, Trouble) or [each.key for each in inside.objects] != [""]:
            return Looked(place, "", inside)
    return Looked(place, key or "", account().panel(lambda: preview(s3, place.uri, key or "")))


def _package(job: Job | Trouble) -> Mapping[str, Any] | None:
    described = None if isinstance(job, Trouble) else job.described
    return described if described and described.get("ModelPackageArn") else None


def _source(job: Job | Trouble, step: str) -> str | None:
    """The address of the step whose result this one has."""
    source = None if isinstance(job, Trouble) else job.report.source
    parts = execution_arn(source or "")
    return None if parts is None else addresses.execution(parts.name, parts.id, "s", step)
