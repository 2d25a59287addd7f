"""``smpipe why``: says why an execution failed."""

from __future__ import annotations

import argparse
import sys

from ...executions.lookup import find_execution
from ...executions.why import as_json, why
from .. import aws
from ..output import text_width, write_json
from ..reasons import lines
from ..terminal import busy


def run(options: argparse.Namespace) -> int:
    """Returns 1 when something failed, else 0."""
    with aws.reading(options) as (sagemaker, logs, s3), busy("reading"):
        told = why(sagemaker, logs, s3, find_execution(sagemaker, options.execution), options.lines)
    if options.json:
        write_json(as_json(told))
    else:
        width = text_width(options.width)
        sys.stdout.writelines(f"{line}\n" for line in lines(told, width))
    return 1 if told.causes else 0
