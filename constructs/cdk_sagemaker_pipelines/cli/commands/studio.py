"""``smpipe studio``: serves the console until it is interrupted."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from typing import Any

from botocore.config import Config

from ...studio.account import Account
from .. import aws
from ..console import opened, served
from ..output import write_json_line
from ..processes import until_terminated


def run(options: argparse.Namespace) -> int:
    """Serves until Ctrl-C; then 0."""
    with aws.errors():
        account = Account(_connecting(options), renew=renewal(options.profile))
    try:
        with until_terminated(), served(account, options.port, "--port", read_only=options.read_only) as console:
            if options.json:
                write_json_line({"link": console.link, "port": console.port, "readOnly": console.read_only})
            else:
                sys.stdout.write(f"The console is at\n{console.link}\nIt serves you alone. Press Ctrl-C to stop.\n")
            sys.stdout.flush()
            with opened(console.link, options.open):
                threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    return 0


def _connecting(options: argparse.Namespace) -> Any:
    def connect(service: str, config: Config) -> Any:
        return aws.connected(service, config, region=options.region, profile=options.profile)

    return connect


def renewal(profile: str | None) -> str:
    """How the user's credentials are renewed, for people."""
    named = profile or os.environ.get("AWS_PROFILE")
    if "AWS_ENDPOINT_URL" in os.environ:
        return 'Run eval "$(smpipe local --env)" and start smpipe studio again.'
    if "AWS_ACCESS_KEY_ID" in os.environ and not profile:
        return "They are in the environment of the console: log in, and start smpipe studio again."
    chosen = f" --profile {named}" if named else ""
    return f"Run: aws sso login{chosen} (or as you log in), and load the page again."
