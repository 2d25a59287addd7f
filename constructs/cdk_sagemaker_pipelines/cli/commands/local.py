"""``smpipe local``: serves an AWS on this machine until it is interrupted."""

from __future__ import annotations

import argparse
import os
import shlex
import stat
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from ...local.aws.server import EmbeddedAws, environment
from ...local.proxies import has_proxy
from .. import app
from ..errors import CommandError
from ..processes import until_terminated
from ..terminal import terminal
from ..whereabouts import Whereabouts, announced, find

ELSEWHERE = app.Environment("", "123456789012", "us-east-1")
"""What is emulated unless cdk.json says otherwise."""
PORT = 5566


def run(options: argparse.Namespace) -> int:
    """Serves until Ctrl-C, then 0; or prints what another terminal exports to use the running one."""
    if options.env is not None:
        return _show(options)
    first = next(iter(app.environments(Path.cwd()).values()), ELSEWHERE)
    account, region = options.account or first.account, options.region or first.region
    port = PORT if options.port is None else options.port
    console = terminal()
    secret = None if options.secret is None else _secret(options.secret)
    try:
        aws = EmbeddedAws(region, account, outcomes=options.outcomes, secret=secret)
        url = aws.start(port)
    except (OSError, OverflowError) as error:
        raise CommandError(f"cannot listen on port {port}; choose another with --port") from error
    except ValueError as error:
        raise CommandError(str(error)) from error
    here = Whereabouts(int(url.rpartition(":")[2]), url, account, region, aws.secret)
    try:
        with until_terminated(), aws, announced(here) as unfound:
            console.print(f"A local AWS is running as account {account}, region {region}, at\n{url}")
            console.print("It serves you alone and forgets everything when it stops: Ctrl-C\n")
            console.print("Use it from another terminal, with any AWS client:\n")
            for line in exports(aws.environment(among={}), os.environ):
                console.print(f"  {line}", soft_wrap=True)
            if unfound is None:
                chosen = "" if here.port == PORT else f" --port {here.port}"
                console.print(f'\nThe same in one line: eval "$(smpipe local{chosen} --env)"', soft_wrap=True)
                console.print("Another account:      ... --env 444455556666")
            else:
                console.print(f"\n'smpipe local --env' will not find it: {unfound}", soft_wrap=True)
            console.print(f"\n  cdk bootstrap {shlex.quote(f'aws://{account}/{region}')}", soft_wrap=True)
            console.print(f"  {deployment(Path.cwd(), account, region)}", soft_wrap=True)
            console.print("  smpipe start PIPELINE --watch")
            threading.Event().wait()
    except KeyboardInterrupt:
        console.print("\nstopped")
    return 0


def exports(variables: Mapping[str, str], surroundings: Mapping[str, str]) -> Iterator[str]:
    """The lines to run in a user's shell; the other variables shield a child process from the user's settings.

    ``surroundings`` are the variables of that shell.
    """
    wanted = ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION"]
    if has_proxy(surroundings):
        wanted += ["no_proxy", "NO_PROXY"]
    for name in wanted:
        yield f"export {name}={shlex.quote(variables[name])}"
    yield "unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN"


def deployment(directory: Path, account: str, region: str) -> str:
    """The command that deploys the app of a directory to this account and region.

    If an environment names them, its stacks are in a stage of its name; otherwise the command deploys all stacks.
    """
    environments = app.environments(directory).values()
    fitting = [place.name for place in environments if (place.account, place.region) == (account, region)]
    if fitting:
        return f"cdk deploy {shlex.quote(f'{fitting[0]}/*')}"
    return "cdk deploy --all" + ("" if (directory / app.FILE).is_file() else "  # in the directory of your app")


def _show(options: argparse.Namespace) -> int:
    here = find(options.port, PORT)
    account = options.env or here.account
    try:
        variables = environment(here.url, here.secret, options.region or here.region, account, os.environ)
    except ValueError as error:
        raise CommandError(str(error)) from error
    sys.stdout.writelines(f"{line}\n" for line in exports(variables, os.environ))
    return 0


def _secret(name: str) -> str:
    """The text of a file that only its user may read. (Everybody on the machine could read an argument.)"""
    try:
        if name == "-":
            return sys.stdin.read().strip()
        with open(name, encoding="utf-8") as file:
            status = os.fstat(file.fileno())
            if os.name == "posix" and (status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077):
                raise CommandError(f"others may read {name}; it needs to be yours, with mode 600")
            return file.read().strip()
    except OSError as error:
        raise CommandError(f"--secret takes a file: {name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{name} is not a text file") from error
