"""What the page of an execution changes: stop, resume, rename, answers to callbacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request

from ..executions import control, starting
from ..language import PipelineError
from . import addresses
from .current import account
from .execution import page
from .trouble import Troubled
from .watching import Watched, watched

pages = Blueprint("changes", __name__)
DIGITS = 10
"""Of a number that the API does not take any more."""


@pages.post("/p/<name>/e/<id>/stop")
def stop(name: str, id: str) -> Any:
    """Stops the execution."""
    return _change(name, id, "stopped", lambda found: control.stop(account().sagemaker, found.arn))


@pages.post("/p/<name>/e/<id>/resume")
def resume(name: str, id: str) -> Any:
    """Lets it go on."""
    return _change(name, id, "resumed", lambda found: control.resume(account().sagemaker, found.arn, _at_once()))


@pages.post("/p/<name>/e/<id>/rename")
def rename(name: str, id: str) -> Any:
    """Gives it another name, description and number of steps at once."""

    def change(found: Watched) -> None:
        given = {
            "PipelineExecutionDisplayName": starting.display_name(request.form.get("name", "").strip()),
            "PipelineExecutionDescription": request.form.get("description", ""),
        }
        at_once = _at_once()
        more = {} if at_once is None else {"ParallelismConfiguration": {"MaxParallelExecutionSteps": at_once}}
        account().sagemaker.update_pipeline_execution(PipelineExecutionArn=found.arn, **given, **more)

    return _change(name, id, "renamed", change)


@pages.post("/p/<name>/e/<id>/answer")
def answer(name: str, id: str) -> Any:
    """Answers a callback step."""

    def change(found: Watched) -> None:
        step, failed = request.form.get("step", ""), "fail" in request.form
        outputs = {
            key.removeprefix("output-"): value for key, value in request.form.items() if key.startswith("output-")
        }
        reason = request.form.get("reason", "").strip()
        if failed and not reason:
            raise PipelineError(f"say why step {step!r} fails")
        control.answer(account().sagemaker, found.arn, step, {} if failed else outputs, reason if failed else None)

    return _change(name, id, "answered", change)


def _change(name: str, id: str, done: str, change: Callable[[Watched], object]) -> Any:
    """Makes a change and leads to the page, or shows the page with what is in the way."""
    found = watched(account(), name, id)
    try:
        account().ask(lambda: change(found))
    except Troubled as error:
        account().forget()
        status = 409 if error.trouble.kind == "missing" else error.trouble.status
        return page(found, notice=error.trouble, fields=request.form), status
    account().forget()
    return redirect(addresses.execution(found.pipeline, found.id, done=done), 303)


def _at_once() -> int | None:
    """How many steps run at once, as the form has it. Raises ``PipelineError``."""
    text = request.form.get("parallel", "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < DIGITS and int(text)):
        raise PipelineError(f"{text!r} is not a number of steps: write 1 or more")
    return int(text)
