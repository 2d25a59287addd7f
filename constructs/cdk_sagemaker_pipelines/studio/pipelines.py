"""``/``: the pipelines of the account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flask import Blueprint, render_template, request, url_for

from .current import account

pages = Blueprint("pipelines", __name__)
SIZE = 100
"""Rows of a page."""


class Row(NamedTuple):
    """A pipeline of the list."""

    name: str
    description: str
    last_run: datetime | None
    changed: datetime | None
    address: str


class Page(NamedTuple):
    """A page of the list. ``next``: the address of the next one."""

    rows: Sequence[Row]
    next: str | None


@pages.get("/")
def listed() -> str:
    """The list."""
    return render_template("pipelines.html", title="Pipelines", found=account().panel(_page))


def _page() -> Page:
    token = request.args.get("after")
    more = {"NextToken": token} if token else {}
    answer = account().sagemaker.list_pipelines(MaxResults=SIZE, SortBy="Name", SortOrder="Ascending", **more)
    following = answer.get("NextToken")
    return Page(
        [_row(each) for each in answer["PipelineSummaries"]],
        url_for("pipelines.listed", after=following) if following else None,
    )


def _row(summary: Mapping[str, Any]) -> Row:
    name = str(summary["PipelineName"])
    return Row(
        name,
        str(summary.get("PipelineDescription") or ""),
        summary.get("LastExecutionTime"),
        summary.get("LastModifiedTime"),
        url_for("pipelines.listed", q=name),
    )
