"""What ``smpipe local`` says once it serves, and what other terminals export."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from ..local.aws.server import EmbeddedAws
from ..local.enforcement import in_words
from ..local.proxies import has_proxy
from ..local.seeding.creating import Created
from . import app
from .output import write_json_line
from .terminal import Terminal, terminal
from .whereabouts import PORT, Whereabouts

_MOST_LISTED = 10
"""Of what did not come back."""


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


def say(served: Served) -> None:
    """Says how to use it."""
    console, here, aws = terminal(), served.here, served.aws
    account, region = here.account, here.region
    console.print(f"A local AWS is running as account {account}, region {region}, at\n{here.url}")
    if served.state is None:
        console.print("It serves you alone and forgets everything when it stops. Press Ctrl-C to stop.\n")
    else:
        _say_state(console, aws, served.state)
    if aws.rate != 1:
        console.print(
            f"Its clock runs {aws.rate:g} times as fast as this machine's, from {aws.now():%Y-%m-%d %H:%M} UTC\n"
        )
    console.print(f"IAM: {in_words(aws.iam)}\n", soft_wrap=True)
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
        for line in beside_console(here, Path.cwd()):
            console.print(line, soft_wrap=True)
    if served.seeded:
        console.print(f"\nEverything in {served.seed} exists: {len(served.seeded)} in all", soft_wrap=True)


def say_in_json(served: Served) -> None:
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
            "iam": aws.iam,
            "time": aws.now(),
            "state": None if served.state is None else str(served.state),
            "unrestored": list(aws.unrestored),
            "unfound": served.unfound,
            "console": served.link,
            "created": [each._asdict() for each in served.seeded],
        }
    )
    sys.stdout.flush()


def beside_console(here: Whereabouts, directory: Path) -> Iterator[str]:
    """What the console does not show, and how to see it: it is of one account and region, and an app may have more."""
    shown = (here.account, here.region)
    yield f"It shows the account {here.account} in {here.region} alone."
    others = [place for place in app.environments(directory).values() if (place.account, place.region) != shown]
    chosen = "" if here.port == PORT else f" --port {here.port}"
    for place in others:
        where = f"{place.account} --region {place.region}"
        yield f'  {place.name}: eval "$(smpipe local{chosen} --env {where})"; smpipe studio --port 0'


def _say_state(console: Terminal, aws: EmbeddedAws, folder: Path) -> None:
    """What is kept, what is not, and what did not come back."""
    console.print(f"It serves you alone. Press Ctrl-C to stop; state is kept in {folder}")
    console.print("Not kept: sessions of roles, waiting callbacks, running jobs (docs/local.md)")
    for text in aws.unrestored[:_MOST_LISTED]:
        console.print(f"  not restored: {text}")
    if len(aws.unrestored) > _MOST_LISTED:
        console.print(f"  and {len(aws.unrestored) - _MOST_LISTED} more")
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
