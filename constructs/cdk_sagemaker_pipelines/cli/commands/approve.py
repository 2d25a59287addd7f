"""``smpipe approve``: approves a model package, or rejects it."""

from __future__ import annotations

import argparse

from ...executions.packages import approve, find_package
from .. import aws
from ..output import write_json
from ..terminal import terminal


def run(options: argparse.Namespace) -> int:
    """Returns 0."""
    status = "Rejected" if options.reject else "Approved"
    with aws.using(options) as sagemaker:
        arn = find_package(sagemaker, options.package)
        changed = approve(sagemaker, arn, status, options.because)
    if options.json:
        write_json(changed)
    else:
        terminal().print(f"{status.lower()} {arn}", soft_wrap=True)
    return 0
