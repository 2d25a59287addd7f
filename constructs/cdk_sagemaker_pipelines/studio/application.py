"""The application: pages of an account behind the gate."""

from __future__ import annotations

import hmac
import re
from typing import Any

from flask import Flask, abort, render_template, request
from werkzeug.exceptions import HTTPException

from . import changes, compare, current, execution, pipeline, pipelines, start, step, step_log
from .account import Account
from .gate import TOKEN, Gate, Options
from .templating import OPTIONS, equip
from .trouble import Troubled, broken

PAGES = (
    *(pipelines.pages, pipeline.pages, start.pages, compare.pages),
    *(execution.pages, changes.pages, step.pages, step_log.pages),
)
"""A blueprint of each module with pages."""
PIPELINE, LONGEST = re.compile("[A-Za-z0-9](?:-*[A-Za-z0-9])*"), 256
"""What pipelines are called: the pattern and the length of ``PipelineName``."""
LARGEST = 1024 * 1024
"""Bytes of a form."""


def application(account: Account, options: Options) -> Flask:
    """The application for an account."""
    made = Flask(__name__, static_folder="static", template_folder="templates")
    made.extensions[current.NAME] = current.Served(account, options)
    made.config.update(MAX_CONTENT_LENGTH=LARGEST, TRAP_HTTP_EXCEPTIONS=False)
    made.jinja_options = OPTIONS
    equip(made.jinja_env)
    made.jinja_env.globals.update(account=account, options=options, TOKEN=TOKEN)
    for pages in PAGES:
        made.register_blueprint(pages)
    made.before_request(_check_token)
    made.before_request(_check_name)
    made.register_error_handler(Troubled, _troubled)
    made.register_error_handler(HTTPException, _failed)
    made.register_error_handler(Exception, _broken)
    made.wsgi_app = Gate(made.wsgi_app, options)  # type: ignore[method-assign]
    return made


def _check_token() -> None:
    if request.method == "POST" and not hmac.compare_digest(
        request.form.get(TOKEN, "").encode("utf-8", "replace"), current.options().token.encode()
    ):
        abort(403, "this form is not of this console as it runs now; load the page again")


def _check_name() -> None:
    name = (request.view_args or {}).get("name")
    if name is not None and not (PIPELINE.fullmatch(name) and len(name) <= LONGEST):
        abort(
            404,
            f"no pipeline can be called {name[:LONGEST]!r}: names have letters, digits and hyphens, at most {LONGEST}",
        )


def _troubled(error: Troubled) -> Any:
    return render_template("trouble.html", title="Not answered", trouble=error.trouble), error.trouble.status


def _failed(error: HTTPException) -> Any:
    return render_template("failed.html", title=error.name, text=error.description), error.code or 500


def _broken(error: Exception) -> Any:
    found = broken(error)
    return render_template("failed.html", title="Broken", text=found.text), found.status
