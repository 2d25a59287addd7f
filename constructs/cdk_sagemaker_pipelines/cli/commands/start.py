"""``smpipe start``: starts an execution of a deployed pipeline, or tells what it would do."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...executions import starting
from ...executions.answers import DENIED, code
from ...executions.forecast import as_json, forecast
from ...executions.forecast_values import ReadObject
from ...executions.lookup import describe_pipeline, find_execution
from ...executions.resolved import reading
from ...executions.selection import Selection, select
from ...language import Definition
from .. import aws, clock, watching
from ..forecast_table import show_forecast
from ..named_values import pairs
from ..output import write_json
from ..terminal import busy, terminal


@dataclass(frozen=True)
class Prepared:
    """What is sent to start an execution, and what it follows from."""

    request: Mapping[str, Any]
    definition: Definition | None
    """None where it may not be read."""
    values: Mapping[str, Any]
    """Of all parameters."""
    selection: Selection | None = None


def run(options: argparse.Namespace) -> int:
    """Returns 0 when it was started, or with ``--watch`` when it succeeded."""
    given = pairs(options.parameters)
    if options.display_name is not None:
        starting.display_name(options.display_name)
    with aws.using(options) as sagemaker:
        prepared = prepare(sagemaker, options, given)
        if options.dry_run:
            return _forecast(sagemaker, options, prepared)
        arn = start(sagemaker, prepared.request)
    if options.json:
        write_json({"PipelineExecutionArn": arn, "Request": prepared.request})
    else:
        terminal().print(arn, soft_wrap=True)
    return watching.follow(sagemaker, arn, interval=options.interval, quiet=options.json) if options.watch else 0


def start(client: Any, request: Mapping[str, Any]) -> str:
    """Starts an execution and returns its ARN."""
    with aws.errors():
        return str(client.start_pipeline_execution(**request)["PipelineExecutionArn"])


def prepare(client: Any, options: argparse.Namespace, given: Mapping[str, str]) -> Prepared:
    """The request of ``StartPipelineExecution``, checked against the definition."""
    version = starting.version(options.pipeline_version)
    source = find_execution(client, options.source) if options.source else None
    request: dict[str, Any] = {"PipelineName": options.pipeline, **version}
    definition, values, selection = None, dict(given), None
    try:
        described = describe_pipeline(client, options.pipeline, **version)
    except client.exceptions.ClientError as error:
        # whoever may start a pipeline may not be allowed to read it: then the service judges the request alone
        if code(error) not in DENIED or source or options.only or options.dry_run:
            raise
    else:
        definition = Definition.parse(described["PipelineDefinition"])
        values = {**(starting.inherited(client, definition, source) if source else {}), **given}
        all_values = starting.checked(definition, values)
        request["PipelineName"] = name = str(described["PipelineName"])
        if options.only:
            selection = select(definition, options.only)
            request["SelectiveExecutionConfig"] = starting.selected(client, name, definition, selection, source)
    if values:
        request["PipelineParameters"] = [{"Name": name, "Value": value} for name, value in values.items()]
    if options.display_name:
        request["PipelineExecutionDisplayName"] = options.display_name
    if options.parallel is not None:
        request["ParallelismConfiguration"] = {"MaxParallelExecutionSteps": options.parallel}
    return Prepared(request, definition, all_values if definition else {}, selection)


def _forecast(client: Any, options: argparse.Namespace, prepared: Prepared) -> int:
    assert prepared.definition is not None  # what cannot be read has been refused
    now = clock.asked(client)
    given = {item["Name"]: item["Value"] for item in prepared.request.get("PipelineParameters", [])}
    source = prepared.request.get("SelectiveExecutionConfig", {}).get("SourcePipelineExecutionArn")
    name = prepared.request["PipelineName"]
    with busy("looking at earlier executions"):
        told = forecast(
            client, name, prepared.definition, given, prepared.values, now, prepared.selection, source,
            read_object=_reader(options),
        )  # fmt: skip
    if options.json:
        write_json({**as_json(told), "Request": prepared.request})
    else:
        show_forecast(terminal(), told)
    return 0


def _reader(options: argparse.Namespace) -> ReadObject:
    """Reads an object of S3, whose client is made when there is one to read."""

    def read(uri: str, what: str) -> bytes:
        return reading(aws.client("s3", region=options.region, profile=options.profile), None)(uri, what)

    return read
