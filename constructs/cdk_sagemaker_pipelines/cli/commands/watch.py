"""``smpipe watch``: shows an execution until it ends."""

from __future__ import annotations

import argparse

from ...executions.lookup import find_execution, latest_execution
from ...executions.report import as_json, report
from .. import aws, clock, watching
from ..output import write_json


def run(options: argparse.Namespace) -> int:
    """Watches an execution; 0 when it succeeded, else 1."""
    with aws.using(options) as sagemaker:
        if options.pipeline:
            arn = latest_execution(sagemaker, options.pipeline)
        else:
            arn = find_execution(sagemaker, options.execution)
        exit_code = watching.follow(sagemaker, arn, interval=options.interval, quiet=options.json)
        if options.json:
            write_json(as_json(report(sagemaker, arn, clock.asked(sagemaker))))
        return exit_code
