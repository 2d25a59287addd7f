"""``smpipe resume``: runs the rest of an execution that failed or was stopped."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from ...executions.answers import pages
from ...executions.control import resume
from ...executions.execution import Execution
from ...executions.lookup import find_execution
from .. import aws, watching
from ..output import write_json
from ..terminal import terminal


def run(options: argparse.Namespace) -> int:
    """Returns 0 when it goes on, or with ``--watch`` when it succeeded."""
    with aws.using(options) as sagemaker:
        arn = find_execution(sagemaker, options.execution)
        before = resume(sagemaker, arn, options.parallel)
        if options.json:
            write_json({"PipelineExecutionArn": arn})
        else:
            terminal().print(arn, soft_wrap=True)
            _say_version(sagemaker, before)
        if not options.watch:
            return 0
        watching.until_it_goes_on(sagemaker, before, options.interval)
        return watching.follow(sagemaker, arn, interval=options.interval, quiet=options.json)


def _say_version(client: Any, before: Execution) -> None:
    """Says on standard error that an older version goes on, if there is a newer one."""
    own = before.described.get("PipelineVersionId")
    listed = aws.unless_denied(
        lambda: list(
            pages(
                client, "list_pipeline_versions", "PipelineVersionSummaries", limit=1,
                PipelineName=before.parts.pipeline, SortOrder="Descending",
            )
        )
    )  # fmt: skip
    newest = listed[0]["PipelineVersionId"] if listed else None
    if own is not None and newest not in (None, own):
        start = f"'smpipe start {before.parts.name}' runs that"
        sys.stderr.write(f"it runs version {own}; the newest is {newest}: {start}\n")
