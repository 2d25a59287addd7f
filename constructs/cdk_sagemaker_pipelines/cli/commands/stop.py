"""``smpipe stop``: stops an execution."""

from __future__ import annotations

import argparse

from ...executions.control import stop, waiting
from ...executions.lookup import find_execution
from .. import aws, watching
from ..output import write_json
from ..terminal import terminal


def run(options: argparse.Namespace) -> int:
    """Returns 0 when it is stopping; with ``--watch`` when it has stopped, or has ended otherwise."""
    with aws.using(options) as sagemaker:
        arn = find_execution(sagemaker, options.execution)
        stop(sagemaker, arn)
        asked = waiting(sagemaker, arn)
        if options.json:
            write_json({"PipelineExecutionArn": arn, "Waiting": asked})
        else:
            terminal().print(f"stopping {arn}", soft_wrap=True)
            for step in asked:
                told = f"{step} waits for an answer; end it with: smpipe callback {arn} {step} --fail stopped"
                terminal().print(told, soft_wrap=True)
        if options.watch:
            watching.follow(sagemaker, arn, interval=options.interval, quiet=options.json)
    return 0
