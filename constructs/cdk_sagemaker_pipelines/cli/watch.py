"""``smpipe watch``: shows an execution until it ends."""

from __future__ import annotations

import argparse

from . import aws, live
from .terminal import terminal


def run(options: argparse.Namespace) -> int:
    """Watches an execution; 0 when it succeeded, else 1."""
    client = aws.client("sagemaker", region=options.region, profile=options.profile)
    arn = options.execution or live.latest(client, options.pipeline)
    return follow(client, arn, interval=options.interval)


def follow(client: object, arn: str, *, interval: float) -> int:
    """Watches an execution; an interrupt ends only the watching, and says so."""
    console = terminal()
    try:
        return live.watch(client, arn, interval=interval, console=console)
    except KeyboardInterrupt:
        console.print(f"the execution continues; watch it again with: smpipe watch {arn}", soft_wrap=True)
        raise
