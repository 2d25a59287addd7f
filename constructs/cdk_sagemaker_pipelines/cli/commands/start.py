"""``smpipe start``: starts an execution of a deployed pipeline."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from ...executions import starting
from ...executions.answers import code
from ...executions.lookup import describe_pipeline, find_execution
from ...language import Definition
from .. import aws, live
from ..output import write_json
from ..pairs import pairs
from ..terminal import terminal


def run(options: argparse.Namespace) -> int:
    """Returns 0 when it was started, or with ``--watch`` when it succeeded."""
    given = pairs(options.parameters)
    with aws.using(options) as sagemaker:
        request = prepared(sagemaker, options, given)
        arn = start(sagemaker, request)
    if options.json:
        write_json({"PipelineExecutionArn": arn, "Request": request})
    else:
        terminal().print(arn, soft_wrap=True)
    return live.follow(sagemaker, arn, interval=options.interval, json=options.json) if options.watch else 0


def start(client: Any, request: Mapping[str, Any]) -> str:
    """Starts an execution and returns its ARN."""
    with aws.errors():
        return str(client.start_pipeline_execution(**request)["PipelineExecutionArn"])


def prepared(client: Any, options: argparse.Namespace, given: Mapping[str, str]) -> dict[str, Any]:
    """The request of ``StartPipelineExecution``."""
    version = starting.version(options.pipeline_version)
    source = find_execution(client, options.source) if options.source else None
    request: dict[str, Any] = {"PipelineName": options.pipeline, **version}
    values = dict(given)
    try:
        described = describe_pipeline(client, options.pipeline, **version)
    except client.exceptions.ClientError as error:
        # whoever may start a pipeline may not be allowed to read it: then the service judges the request alone
        if code(error) not in aws.DENIED or source or options.only:
            raise
    else:
        definition = Definition.parse(described["PipelineDefinition"])
        values = {**(starting.inherited(client, definition, source) if source else {}), **given}
        starting.checked(definition, values)
        request["PipelineName"] = name = str(described["PipelineName"])
        if options.only:
            config = starting.selected(client, name, definition, options.only, source)
            request["SelectiveExecutionConfig"] = config
    if values:
        request["PipelineParameters"] = [{"Name": name, "Value": value} for name, value in values.items()]
    if options.display_name:
        request["PipelineExecutionDisplayName"] = options.display_name
    if options.parallel is not None:
        request["ParallelismConfiguration"] = {"MaxParallelExecutionSteps": options.parallel}
    return request
