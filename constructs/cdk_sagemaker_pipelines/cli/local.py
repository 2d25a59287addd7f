"""``smpipe local``: an AWS on this machine, until it is interrupted."""

from __future__ import annotations

import argparse
import threading
from pathlib import Path

from rich.console import Console

from ..local.aws.server import EmbeddedAws, environment
from . import app
from .errors import CommandError
from .processes import until_terminated

ELSEWHERE = app.Environment("", "123456789012", "us-east-1")
"""What is played where no cdk.json says otherwise."""


def run(options: argparse.Namespace) -> int:
    """Serves until Ctrl-C, then 0."""
    first = next(iter(app.environments(Path.cwd()).values()), ELSEWHERE)
    account, region = options.account or first.account, options.region or first.region
    console = Console(highlight=False)
    try:
        aws = EmbeddedAws(region, account, outcomes=options.outcomes)
        url = aws.start(options.port)
    except (OSError, OverflowError) as error:
        raise CommandError(f"port {options.port} cannot be listened on; choose another with --port") from error
    except ValueError as error:
        raise CommandError(str(error)) from error
    try:
        with until_terminated(), aws:
            console.print(f"A local AWS plays account {account}, region {region}, at\n{url}")
            console.print("It forgets everything when it stops: Ctrl-C\n")
            console.print("Use it from another terminal, with whatever speaks to AWS:\n")
            for name, value in shown(environment(url, region, account)).items():
                console.print(f"  export {name}={value}", soft_wrap=True)
            console.print("  unset AWS_PROFILE AWS_SESSION_TOKEN")
            console.print(f"\n  cdk bootstrap aws://{account}/{region}", soft_wrap=True)
            console.print("  cdk deploy 'Dev/*'")
            console.print("  smpipe start PIPELINE --watch")
            console.print("\nA key of twelve digits plays the account of that number: AWS_ACCESS_KEY_ID=444455556666")
            threading.Event().wait()
    except KeyboardInterrupt:
        console.print("\nstopped")
    return 0


def shown(variables: dict[str, str]) -> dict[str, str]:
    """The variables that a person has to export; the others shield a child process from the user's settings."""
    wanted = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION")
    return {name: variables[name] for name in wanted}
