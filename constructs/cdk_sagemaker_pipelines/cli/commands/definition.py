"""``smpipe definition``: the definition of a pipeline or of an execution, or a step's arguments with their values."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from ...executions import execution, starting
from ...executions.lookup import describe_pipeline, find_execution, is_execution
from ...executions.resolved import Resolution
from ...language import Definition
from ...review.words import printable
from .. import aws
from ..errors import CommandError
from ..output import write_json


def run(options: argparse.Namespace) -> int:
    """Returns 0."""
    if options.pipeline_version and (options.resolved or is_execution(options.name)):
        raise CommandError("--version goes with a pipeline; an execution has the version that it started with")
    with aws.using(options) as sagemaker:
        write_json(_document(sagemaker, options))
    return 0


def _document(sagemaker: Any, options: argparse.Namespace) -> Any:
    if options.resolved:
        arn = find_execution(sagemaker, options.name)
        read = execution.read(sagemaker, arn, needed=True)
        name = str(describe_pipeline(sagemaker, read.parts.pipeline)["PipelineName"])
        found = Resolution(sagemaker, read, execution.parameters(sagemaker, arn), name)
        arguments, problems = found.arguments(options.resolved)
        for problem in problems:
            sys.stderr.write(f"smpipe: {printable(problem)}\n")
        return arguments
    if is_execution(options.name):
        arn = find_execution(sagemaker, options.name)
        answer = sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
    else:
        answer = describe_pipeline(sagemaker, options.name, **starting.version(options.pipeline_version))
    return Definition.parse(answer["PipelineDefinition"]).json
