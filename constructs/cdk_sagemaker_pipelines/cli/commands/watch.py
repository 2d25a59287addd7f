"""``smpipe watch``: shows an execution until it ends."""

from __future__ import annotations

import argparse

from ...executions.lookup import find_execution, latest_execution
from .. import aws, live


def run(options: argparse.Namespace) -> int:
    """Watches an execution; 0 when it succeeded, else 1."""
    with aws.using(options) as sagemaker:
        if options.pipeline:
            arn = latest_execution(sagemaker, options.pipeline)
        else:
            arn = find_execution(sagemaker, options.execution)
        return live.follow(sagemaker, arn, interval=options.interval)
