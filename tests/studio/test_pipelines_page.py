"""The list of pipelines."""

from __future__ import annotations

from datetime import datetime, timezone

from tests.cli.service import PIPELINE, ROLE
from tests.studio.console import Console, Scripted

WHEN = datetime(2030, 1, 1, 12, tzinfo=timezone.utc)


def summary(name: str, description: str = "") -> dict[str, object]:
    return {
        "PipelineArn": PIPELINE, "PipelineName": name, "PipelineDescription": description, "RoleArn": ROLE,
        "CreationTime": WHEN, "LastModifiedTime": WHEN,
    }  # fmt: skip


def test_the_page_lists_pipelines() -> None:
    told = {"PipelineSummaries": [summary("Abalone", "<script>\u202e")], "NextToken": "two"}
    page = Console(Scripted(ListPipelines=told).account).get("/")
    assert "Abalone" in page
    assert "&lt;script&gt;\\u202e" in page
    assert 'href="/?after=two"' in page
