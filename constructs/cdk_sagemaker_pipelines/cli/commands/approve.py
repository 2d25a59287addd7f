"""``smpipe approve``: approves a model package, or rejects it."""

from __future__ import annotations

import argparse

from ...executions.packages import find_package
from .. import aws
from ..output import write_json
from ..terminal import terminal


def run(options: argparse.Namespace) -> int:
    """Returns 0."""
    status = "Rejected" if options.reject else "Approved"
    because = {} if options.because is None else {"ApprovalDescription": options.because}
    with aws.using(options) as sagemaker:
        arn = find_package(sagemaker, options.package)
        sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status, **because)
    if options.json:
        write_json({"ModelPackageArn": arn, "ModelApprovalStatus": status, **because})
    else:
        terminal().print(f"{status.lower()} {arn}", soft_wrap=True)
    return 0
