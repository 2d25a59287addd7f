"""``smpipe local``: serves an AWS on this machine until it is interrupted."""

from __future__ import annotations

import argparse
import os
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ...local.aws.server import EmbeddedAws, environment
from ...local.enforcement import Mode
from ...local.engine.assumptions import DEFAULT
from ...local.engine.outcomes import read_outcomes
from ...local.seeding.file import read_seed
from ...local.seeding.seed import Seed, SeedError
from ...studio.account import Account
from .. import app, console
from ..errors import CommandError
from ..local_clients import clients, seeded
from ..output import write_json
from ..processes import until_terminated
from ..served import Served, exports, say, say_in_json, variables_of_a_shell
from ..terminal import terminal
from ..whereabouts import PORT, Whereabouts, announced, find, why_taken

ELSEWHERE = app.Place("", "123456789012", "us-east-1")
"""What is emulated unless cdk.json says otherwise."""


def run(options: argparse.Namespace) -> int:
    """Serves until Ctrl-C, then 0; or prints what another terminal exports to use the running one."""
    if options.env is not None:
        return _show(options)
    if options.json:
        return _serve(options, say_in_json)
    code = _serve(options, say)
    terminal().print("\nstopped")
    return code


def _serve(options: argparse.Namespace, announce: Callable[[Served], None]) -> int:
    """Serves until Ctrl-C; then 0."""
    try:
        seed = None if options.seed is None else read_seed(options.seed)
    except SeedError as error:
        raise CommandError(str(error)) from error
    account, region = _place(options, seed)
    port = PORT if options.port is None else options.port
    terminal()  # logs go through it
    secret = None if options.secret is None else _secret(options.secret)
    try:
        if options.outcomes is not None:
            read_outcomes(options.outcomes)  # every execution reads them anew; what is wrong already is said now
        assumptions = DEFAULT.assume(options.assume)
        aws = EmbeddedAws(
            region,
            account,
            outcomes=options.outcomes,
            secret=secret,
            assumptions=assumptions,
            state=options.state,
            rate=options.clock or 1,
            iam=Mode(options.iam) if options.iam else None,
        )
        url = aws.start(port)
    except (OSError, OverflowError) as error:
        raise CommandError(why_taken(port)) from error
    except ValueError as error:
        raise CommandError(str(error)) from error
    here = Whereabouts(int(url.rpartition(":")[2]), url, account, region, aws.secret)
    try:
        with until_terminated(), aws:
            made = [] if seed is None else seeded(seed, here)
            with _console(options.studio, here) as link, announced(here) as unfound:
                announce(Served(here, aws, unfound, options.state, options.seed, made, link))
                threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    return 0


@contextmanager
def _console(port: int | None, here: Whereabouts) -> Iterator[str | None]:
    """Serves the console within the block, if it has a port; yields its link."""
    if port is None:
        yield None
        return
    account = Account(clients(here, None, None), renew="Start smpipe local again.")
    with console.served(account, port, "--studio PORT") as options:
        yield options.link


def _place(options: argparse.Namespace, seed: Seed | None) -> tuple[str, str]:
    """The account and region to emulate: those given, of the app in this directory, of the seed."""
    first = next(iter(app.environments(Path.cwd()).values()), ELSEWHERE)
    if seed is not None and first is ELSEWHERE:
        first = app.Place("", seed.account or first.account, seed.region or first.region)
    return options.account or first.account, options.region or first.region


_SERVING = {
    "seed": "--seed",
    "outcomes": "--outcomes",
    "state": "--state",
    "assume": "--assume",
    "secret": "--secret",
    "account": "--account",
    "clock": "--clock",
    "iam": "--iam",
    "studio": "--studio",
}
"""What says how to serve."""


def _show(options: argparse.Namespace) -> int:
    for member, option in _SERVING.items():
        if getattr(options, member) not in (None, []):
            raise CommandError(f"{option} cannot be used with --env, which asks the local AWS that runs already")
    here = find(options.port, PORT)
    account = options.env or here.account
    try:
        variables = environment(here.url, here.secret, options.region or here.region, account, os.environ)
    except ValueError as error:
        raise CommandError(str(error)) from error
    if options.json:
        write_json(variables_of_a_shell(variables, os.environ))
    else:
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
