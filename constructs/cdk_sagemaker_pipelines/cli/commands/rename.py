"""``smpipe rename``: gives an execution another display name, description or parallelism."""

from __future__ import annotations

import argparse
from typing import Any

from ...executions.lookup import find_execution
from ...executions.starting import display_name
from .. import aws
from ..errors import CommandError
from ..output import write_json
from ..terminal import terminal


def run(options: argparse.Namespace) -> int:
    """Returns 0."""
    changes: dict[str, Any] = {}
    if options.display_name is not None:
        changes["PipelineExecutionDisplayName"] = display_name(options.display_name)
    if options.description is not None:
        changes["PipelineExecutionDescription"] = options.description
    if options.parallel is not None:
        changes["ParallelismConfiguration"] = {"MaxParallelExecutionSteps": options.parallel}
    if not changes:
        raise CommandError("give the new NAME, --description or --parallel")
    with aws.using(options) as sagemaker:
        arn = find_execution(sagemaker, options.execution)
        sagemaker.update_pipeline_execution(PipelineExecutionArn=arn, **changes)
    if options.json:
        write_json({"PipelineExecutionArn": arn, **changes})
    else:
        terminal().print(arn, soft_wrap=True)
    return 0
