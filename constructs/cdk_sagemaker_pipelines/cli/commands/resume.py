"""``smpipe resume``: runs the rest of an execution that failed or was stopped."""

from __future__ import annotations

import argparse

from ...executions.control import resume
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
        if not options.watch:
            return 0
        watching.until_it_goes_on(sagemaker, before, options.interval)
        return watching.follow(sagemaker, arn, interval=options.interval, quiet=options.json)
