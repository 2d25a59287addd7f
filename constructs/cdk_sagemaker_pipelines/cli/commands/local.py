"""``smpipe local``: serves an AWS on this machine until it is interrupted."""

from __future__ import annotations

import argparse
import os
import shlex
import stat
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ...local.aws.server import EmbeddedAws, environment
from ...local.engine.assumptions import DEFAULT
from ...local.engine.outcomes import read_outcomes
from ...local.proxies import has_proxy
from ...local.seeding.creating import Created
from ...local.seeding.file import read_seed
from ...local.seeding.seed import Seed, SeedError
from ...studio.account import Account
from .. import app, console
from ..errors import CommandError
from ..local_clients import clients, seeded
from ..output import write_json, write_json_line
from ..processes import until_terminated
from ..terminal import Terminal, terminal
from ..whereabouts import PORT, Whereabouts, announced, find

ELSEWHERE = app.Place("", "123456789012", "us-east-1")
"""What is emulated unless cdk.json says otherwise."""
_MOST_TOLD = 10
"""Of what did not come back."""


def run(options: argparse.Namespace) -> int:
    """Serves until Ctrl-C, then 0; or prints what another terminal exports to use the running one."""
    if options.env is not None:
        return _show(options)
    if options.json:
        return _serve(options, _tell_in_json)
    code = _serve(options, _tell)
    terminal().print("\nstopped")
    return code


class Served(NamedTuple):
    """A local AWS that runs. ``unfound``: why other terminals do not find it, if so."""

    here: Whereabouts
    aws: EmbeddedAws
    unfound: str | None
    state: Path | None
    seed: Path | None
    seeded: list[Created]
    link: str | None = None
    """Of the console, if that is served as well."""


def _serve(options: argparse.Namespace, tell: Callable[[Served], None]) -> int:
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
        )
        url = aws.start(port)
    except (OSError, OverflowError) as error:
        raise CommandError(f"cannot listen on port {port}; choose another with --port") from error
    except ValueError as error:
        raise CommandError(str(error)) from error
    here = Whereabouts(int(url.rpartition(":")[2]), url, account, region, aws.secret)
    try:
        with until_terminated(), aws:
            made = [] if seed is None else seeded(seed, here)
            with _console(options.studio, here) as link, announced(here) as unfound:
                tell(Served(here, aws, unfound, options.state, options.seed, made, link))
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
    """The account and region to emulate: as told, of the app in this directory, of the seed."""
    first = next(iter(app.environments(Path.cwd()).values()), ELSEWHERE)
    if seed is not None and first is ELSEWHERE:
        first = app.Place("", seed.account or first.account, seed.region or first.region)
    return options.account or first.account, options.region or first.region


def _tell(served: Served) -> None:
    """Says how to use it."""
    console, here, aws = terminal(), served.here, served.aws
    account, region = here.account, here.region
    console.print(f"A local AWS is running as account {account}, region {region}, at\n{here.url}")
    if served.state is None:
        console.print("It serves you alone and forgets everything when it stops. Press Ctrl-C to stop.\n")
    else:
        _tell_state(console, aws, served.state)
    if aws.rate != 1:
        console.print(
            f"Its clock runs {aws.rate:g} times as fast as this machine's, from {aws.now():%Y-%m-%d %H:%M} UTC\n"
        )
    console.print("Use it from another terminal, with any AWS client:\n")
    for line in exports(aws.environment(among={}), os.environ):
        console.print(f"  {line}", soft_wrap=True)
    if served.unfound is None:
        chosen = "" if here.port == PORT else f" --port {here.port}"
        console.print(f'\nThe same in one line: eval "$(smpipe local{chosen} --env)"', soft_wrap=True)
        console.print("Another account:      ... --env 444455556666")
    else:
        console.print(f"\n'smpipe local --env' will not find it: {served.unfound}", soft_wrap=True)
    console.print(f"\n  cdk bootstrap {shlex.quote(f'aws://{account}/{region}')}", soft_wrap=True)
    console.print(f"  {deployment(Path.cwd(), account, region)}", soft_wrap=True)
    console.print("  smpipe start PIPELINE --watch")
    if served.link is not None:
        console.print(f"\nThe console is at\n{served.link}", soft_wrap=True)
    if served.seeded:
        console.print(f"\nEverything in {served.seed} exists: {len(served.seeded)} in all", soft_wrap=True)


def _tell_in_json(served: Served) -> None:
    """One line, as soon as it answers; docs/executions.md lists the members."""
    here, aws = served.here, served.aws
    write_json_line(
        {
            "endpoint": here.url,
            "port": here.port,
            "account": here.account,
            "region": here.region,
            "environment": variables_of_a_shell(aws.environment(among={}), os.environ),
            "clock": aws.rate,
            "time": aws.now(),
            "state": None if served.state is None else str(served.state),
            "unrestored": list(aws.unrestored),
            "unfound": served.unfound,
            "console": served.link,
            "created": [each._asdict() for each in served.seeded],
        }
    )
    sys.stdout.flush()


def _tell_state(console: Terminal, aws: EmbeddedAws, folder: Path) -> None:
    """What is kept, what is not, and what did not come back."""
    console.print(f"It serves you alone. Press Ctrl-C to stop; state is kept in {folder}")
    console.print("Not kept: sessions of roles, waiting callbacks, running jobs (docs/local.md)")
    for text in aws.unrestored[:_MOST_TOLD]:
        console.print(f"  not restored: {text}")
    if len(aws.unrestored) > _MOST_TOLD:
        console.print(f"  and {len(aws.unrestored) - _MOST_TOLD} more")
    console.print()


def exports(variables: Mapping[str, str], surroundings: Mapping[str, str]) -> Iterator[str]:
    """The lines to run in a user's shell, whose variables are ``surroundings``."""
    for name, value in variables_of_a_shell(variables, surroundings).items():
        yield f"export {name}={shlex.quote(value)}"
    yield "unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN"


def variables_of_a_shell(variables: Mapping[str, str], surroundings: Mapping[str, str]) -> dict[str, str]:
    """Those that a user's shell needs; the others shield a child process from the user's settings."""
    wanted = ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION"]
    if has_proxy(surroundings):
        wanted += ["no_proxy", "NO_PROXY"]
    return {name: variables[name] for name in wanted}


def deployment(directory: Path, account: str, region: str) -> str:
    """The command that deploys the app of a directory to this account and region.

    If an environment names them, its stacks are in a stage of its name; otherwise the command deploys all stacks.
    """
    environments = app.environments(directory).values()
    fitting = [place.name for place in environments if (place.account, place.region) == (account, region)]
    if fitting:
        return f"cdk deploy {shlex.quote(f'{fitting[0]}/*')}"
    return "cdk deploy --all" + ("" if (directory / app.FILE).is_file() else "  # in the directory of your app")


_SERVING = {
    "seed": "--seed",
    "outcomes": "--outcomes",
    "state": "--state",
    "assume": "--assume",
    "secret": "--secret",
    "account": "--account",
    "clock": "--clock",
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
