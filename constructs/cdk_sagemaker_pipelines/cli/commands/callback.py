"""``smpipe callback``: answers a callback step."""

from __future__ import annotations

import argparse

from ...executions.control import answer
from ...executions.lookup import find_execution
from .. import aws
from ..errors import CommandError
from ..named_values import pairs
from ..output import write_json
from ..terminal import terminal


def run(options: argparse.Namespace) -> int:
    """Returns 0 when the step has its answer."""
    outputs = pairs(options.outputs, "--output")
    if options.fail is not None and outputs:
        raise CommandError("--fail goes without --output: a step that fails has no outputs")
    with aws.using(options) as sagemaker:
        arn = find_execution(sagemaker, options.execution)
        answer(sagemaker, arn, options.step, outputs, options.fail)
    if options.json:
        write_json({"PipelineExecutionArn": arn, "StepName": options.step, "OutputParameters": outputs})
    else:
        terminal().print("failed" if options.fail is not None else "succeeded")
    return 0
