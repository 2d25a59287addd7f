"""The addresses of pages that other pages lead to."""

from __future__ import annotations

from urllib.parse import quote, urlencode


def execution(pipeline: str, id: str) -> str:
    """Of an execution. ``id``: the end of its ARN."""
    return f"/p/{quote(pipeline, safe='')}/e/{quote(id, safe='')}"


def comparison(pipeline: str) -> str:
    """Of the comparison of executions, which are its parameters ``e``."""
    return f"/p/{quote(pipeline, safe='')}/compare"


def start(pipeline: str, **given: str) -> str:
    """Of the form that starts a pipeline. ``given``: ``from`` an execution, ``version``."""
    return f"/p/{quote(pipeline, safe='')}/start" + (f"?{urlencode(given)}" if given else "")
