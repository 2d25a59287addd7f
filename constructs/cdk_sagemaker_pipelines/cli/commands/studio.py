"""``smpipe studio``: serves the console until it is interrupted."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from typing import Any

from botocore.config import Config

from ...studio.account import Account
from ...studio.serving import PORT, serving
from .. import aws
from ..errors import CommandError
from ..opening import opened
from ..output import write_json_line
from ..processes import until_terminated


def run(options: argparse.Namespace) -> int:
    """Serves until Ctrl-C; then 0."""
    port = PORT if options.port is None else options.port
    with aws.errors():
        account = Account(_connecting(options), renew=renewal(options.profile))
    try:
        with until_terminated(), serving(account, port, read_only=options.read_only) as served:
            if options.json:
                write_json_line({"link": served.link, "port": served.port, "readOnly": served.read_only})
            else:
                sys.stdout.write(f"The console is at\n{served.link}\nIt serves you alone. Press Ctrl-C to stop.\n")
            sys.stdout.flush()
            with opened(served.link, options.open):
                threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    except (OSError, OverflowError) as error:
        raise CommandError(f"cannot listen on port {port}; choose another with --port") from error
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
