"""``smpipe start``: starts an execution of a deployed pipeline."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from . import aws
from .errors import CommandError
from .terminal import terminal
from .watch import follow


def run(options: argparse.Namespace) -> int:
    """Returns 0 when it was started, or with ``--watch`` when it succeeded."""
    client = aws.client("sagemaker", region=options.region, profile=options.profile)
    arn = start(client, options.pipeline, parse(options.parameters))
    terminal().print(arn, soft_wrap=True)
    return follow(client, arn, interval=options.interval) if options.watch else 0


def start(client: Any, pipeline: str, parameters: list[dict[str, str]]) -> str:
    """Starts an execution and returns its ARN."""
    with aws.errors():
        answer = client.start_pipeline_execution(PipelineName=pipeline, PipelineParameters=parameters)
    return str(answer["PipelineExecutionArn"])


def parse(pairs: Iterable[str]) -> list[dict[str, str]]:
    """``NAME=VALUE`` pairs as members of ``PipelineParameters``; a value may contain ``=``, a name must be unique."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise CommandError(f"--parameter {pair!r}: write it as NAME=VALUE")
        if name in found:
            raise CommandError(f"--parameter {name!r} is given twice")
        found[name] = value
    return [{"Name": name, "Value": value} for name, value in found.items()]
