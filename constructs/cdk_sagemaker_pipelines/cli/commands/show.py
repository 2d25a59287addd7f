"""``smpipe show``: a pipeline, or an execution."""

from __future__ import annotations

import argparse

from ...executions.lookup import describe_pipeline, find_execution, is_execution
from ...executions.overview import as_json as pipeline_json
from ...executions.overview import overview
from ...executions.report import as_json, report
from .. import aws, clock
from ..output import write_json
from ..overviews import show_execution, show_pipeline
from ..terminal import busy, terminal


def run(options: argparse.Namespace) -> int:
    """Returns 0."""
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
