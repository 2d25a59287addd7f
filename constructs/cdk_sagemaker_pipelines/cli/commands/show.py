"""``smpipe show``: a pipeline, or an execution."""

from __future__ import annotations

import argparse
import sys

from ...executions.lookup import describe_pipeline, find_execution, is_execution
from ...executions.overview import as_json as pipeline_json
from ...executions.overview import overview
from ...executions.report import as_json, report
from ...executions.why import why_of
from ...studio.document import document
from .. import aws, clock
from ..errors import CommandError
from ..output import write_json
from ..overviews import show_execution, show_pipeline
from ..terminal import busy, terminal

LINES = 10
"""How many lines of the log of a step that failed are in the page of its execution."""


def run(options: argparse.Namespace) -> int:
    """Returns 0."""
    if options.format == "html":
        return _page(options)
    with aws.using(options) as sagemaker, busy("reading"):
        now = clock.asked(sagemaker)
        if is_execution(options.name):
            told = report(sagemaker, find_execution(sagemaker, options.name), now)
        else:
            described = describe_pipeline(sagemaker, options.name)
            services = {
                name: aws.client(name, region=options.region, profile=options.profile)
                for name in ("events", "scheduler")
            }
            pipeline = overview(sagemaker, services["events"], services["scheduler"], described)
    if is_execution(options.name):
        write_json(as_json(told)) if options.json else show_execution(terminal(), told, now)
    else:
        write_json(pipeline_json(pipeline)) if options.json else show_pipeline(terminal(), pipeline, now)
    return 0


def _page(options: argparse.Namespace) -> int:
    if options.json:
        raise CommandError("--json cannot be used with --format")
    if not is_execution(options.name):
        raise CommandError(f"only an execution can be shown as HTML: {options.name}/ is the latest of the pipeline")
    with aws.reading(options) as (sagemaker, logs, s3), busy("reading"):
        now = clock.asked(sagemaker)
        told = report(sagemaker, find_execution(sagemaker, options.name), now)
        reasons = why_of(sagemaker, logs, s3, told.execution, LINES)
    sys.stdout.write(document(told, reasons, now))
    return 0
