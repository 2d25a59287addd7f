"""The versions of a pipeline, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from werkzeug.datastructures import MultiDict

from ..executions import starting
from ..executions.lookup import describe_pipeline
from ..language import Definition, PipelineError
from ..review.diff.definitions import diff
from ..review.diff.text import definition_lines
from . import addresses
from .account import Account
from .trouble import Trouble

SIZE = 100
"""Rows of a page."""


class Version(NamedTuple):
    """A version of the list."""

    summary: Mapping[str, Any]
    last: addresses.Linked | None
    """Its last execution."""
    start: str
    """The address of the form that starts it."""


class Listed(NamedTuple):
    """A page of the list, and the difference that was asked for."""

    versions: Sequence[Version]
    first: str | None
    """The address of the first page; None on it."""
    next: str | None
    chosen: tuple[str, str] | None
    difference: Sequence[str] | Trouble | None
    """In lines; empty if nothing differs."""

    @property
    def marked(self) -> tuple[str, str]:
        """The versions that are marked in the form: those that were asked for, or the newest two."""
        numbers = [str(each.summary["PipelineVersionId"]) for each in self.versions[:2]] or [""]
        return self.chosen or (numbers[-1], numbers[0])


def listed(account: Account, pipeline: str, asked: MultiDict[str, str]) -> Listed:
    """The page of the list that the address ``asked`` for."""
    token = asked.get("after")
    answer = account.sagemaker.list_pipeline_versions(
        PipelineName=pipeline, SortOrder="Descending", MaxResults=SIZE, **({"NextToken": token} if token else {})
    )
    found = [_version(pipeline, each) for each in answer["PipelineVersionSummaries"]]
    following = answer.get("NextToken")
    old, new = asked.get("old", ""), asked.get("new", "")
    return Listed(
        found,
        addresses.pipeline(pipeline, tab="versions") if token else None,
        addresses.pipeline(pipeline, tab="versions", after=following) if following else None,
        (old, new) if old and new else None,
        account.panel(lambda: _difference(account, pipeline, old, new)) if old and new else None,
    )


def _version(pipeline: str, summary: Mapping[str, Any]) -> Version:
    return Version(
        summary,
        addresses.linked(str(summary.get("LastExecutionPipelineExecutionArn", ""))),
        addresses.pipeline(pipeline, "start", version=str(summary["PipelineVersionId"])),
    )


def _difference(account: Account, pipeline: str, old: str, new: str) -> list[str]:
    before, after = (_definition(account, pipeline, each) for each in (old, new))
    return list(definition_lines(diff(before, after)))


def _definition(account: Account, pipeline: str, version: str) -> Definition:
    if not version.isdecimal():
        raise PipelineError(f"{version!r} is not the number of a version")
    answer = describe_pipeline(account.sagemaker, pipeline, **starting.version(version))
    return Definition.parse(answer["PipelineDefinition"])
