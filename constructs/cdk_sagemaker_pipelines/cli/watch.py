"""``smpipe watch``: an execution until it ends."""

from __future__ import annotations

import argparse

from . import aws, live
from .terminal import terminal


def run(options: argparse.Namespace) -> int:
    """0 when the execution succeeded, else 1."""
    client = aws.client("sagemaker", region=options.region, profile=options.profile)
    arn = options.execution or live.latest(client, options.pipeline)
    return follow(client, arn, interval=options.interval)


def follow(client: object, arn: str, *, interval: float) -> int:
    """Watches; an interrupt ends the watching and not the execution, and says so."""
    console = terminal()
    try:
        return live.watch(client, arn, interval=interval, console=console)
    except KeyboardInterrupt:
        console.print(f"it goes on; see it again with: smpipe watch {arn}", soft_wrap=True)
        raise
