"""The arguments of the commands for the AWS on this machine."""

from __future__ import annotations

import argparse
from pathlib import Path

from .common import AddCommand, account, as_json, whole

FASTEST = 3600
CONSOLE = 5567
"""The port of the console by default."""


def local(add: AddCommand) -> None:
    """``smpipe local``."""
    local = add(
        "local",
        help="serve an AWS on this machine",
        description="Serve an AWS on this machine, for cdk, boto3, the AWS CLI and smpipe to deploy to and to run "
        "pipelines on. It serves the user who started it and nobody else, keeps everything in memory and forgets it "
        "when it stops, unless there is a folder for its state.",
    )
    local.add_argument("--port", type=whole(0), help="default: 5566; 0 chooses a free one")
    local.add_argument("--account", metavar="ID", help="to emulate; default: that of the app's first environment")
    local.add_argument("--region", metavar="NAME", help="to emulate; default: that of the app's first environment")
    local.add_argument(
        "--env",
        nargs="?",
        const="",
        metavar="ACCOUNT",
        help="do not serve, but print the variables that a terminal exports to use the running local AWS as ACCOUNT; "
        "default: the account that it emulates",
    )
    local.add_argument(
        "--secret",
        metavar="FILE",
        help="a file that only you may read, or - for standard input, with 16 characters or more, from which the keys "
        "of all accounts derive; default: a new secret at every start",
    )
    local.add_argument(
        "--outcomes",
        metavar="FILE",
        type=Path,
        help='scripted step results, as JSON by step name, such as {"Check": {"violation": true}}',
    )
    local.add_argument(
        "--state",
        metavar="FOLDER",
        type=Path,
        help="keep everything in this folder, and continue from it at the next start: new, empty, or from an earlier "
        "run",
    )
    local.add_argument(
        "--seed", metavar="FILE", type=Path, help="create first what exists outside of an app, as 'smpipe seed' does"
    )
    local.add_argument(
        "--assume",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what executions do where AWS's behavior is undocumented, such as after_failure=finish; "
        "docs/local.md lists the names; may be repeated",
    )
    local.add_argument(
        "--clock",
        type=rate,
        metavar="RATE",
        help=f"how many times as fast as this machine's its clock runs, 1 to {FASTEST}; default: 1; docs/local.md says "
        "what follows it",
    )
    local.add_argument(
        "--studio",
        nargs="?",
        const=CONSOLE,
        type=whole(0),
        metavar="PORT",
        help=f"serve the console as well, as 'smpipe studio' does; default: {CONSOLE}; 0 chooses a free one",
    )
    as_json(local, "a line of JSON when it serves, or with --env the variables,")


def studio(add: AddCommand) -> None:
    """``smpipe studio``."""
    studio = add(
        "studio",
        help="serve the console: pages of pipelines and their executions",
        description="Serve the console on this machine: pages in a browser that show and change the pipelines and "
        "executions of an account and region, of AWS or of the local one. It prints a link with a key, and serves "
        "whoever has it.",
    )
    studio.add_argument("--port", type=whole(0), default=CONSOLE, help=f"default: {CONSOLE}; 0 chooses a free one")
    studio.add_argument("--read-only", action="store_true", help="refuse every change")
    studio.add_argument("--open", action="store_true", help="open the link in your browser")
    as_json(studio, "a line of JSON when it serves, with the link,")
    account(studio)


def fire(add: AddCommand) -> None:
    """``smpipe fire``."""
    fired = add(
        "fire",
        help="let a schedule start now, on the local AWS",
        description="Let a schedule start now, once, as at one of its own times: with the same target, input and "
        "dead-letter queue. Only the local AWS does that. The exit code is 1 when a target was not reached.",
    )
    fired.add_argument(
        "schedule", metavar="SCHEDULE",
        help="its name, GROUP/NAME or ARN; or the name or ARN of a rule with a schedule; a part of the name will do if "
        "no other has it",
    )  # fmt: skip
    as_json(fired)
    account(fired)


def demo(add: AddCommand) -> None:
    """``smpipe demo``."""
    demo = add(
        "demo",
        help="deploy the example of this project's repository to a local AWS and run it",
        description="Start a local AWS, deploy a stack of the app in this directory to it with the CDK CLI, "
        "run its pipeline and show the result. `make demo` installs what this needs and runs it.",
    )
    demo.add_argument("--environment", metavar="NAME", default="Dev", help="of the app; default: Dev")
    demo.add_argument(
        "--stack", metavar="NAME", help="of the environment; default: 'demo' in cdk.json's context, else all stacks"
    )
    as_json(demo, "nothing but the execution, as 'smpipe show' does, and the model packages,")


def seed(add: AddCommand) -> None:
    """``smpipe seed``."""
    seed = add(
        "seed",
        help="create on the local AWS what a pipeline expects to exist",
        description="Create on the running local AWS what exists outside of an app: buckets with files, "
        "policies, roles, keys, networks, queues, model packages, from a file in YAML. It only ever talks to a local "
        "AWS of yours.",
    )
    which = seed.add_mutually_exclusive_group(required=True)
    which.add_argument("file", nargs="?", metavar="FILE", type=Path, help="what to create, in YAML")
    which.add_argument(
        "--from", dest="source", metavar="cdk.out",
        help="create nothing, but print a file for what the app of this cdk.out names and does not create",
    )  # fmt: skip
    seed.add_argument("--port", type=whole(0), help="of the local AWS, if several are running")
    as_json(seed, "what was created")


def rate(text: str) -> float:
    """How many times as fast a clock runs."""
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number; 60 lets an hour pass in a minute") from None
    if not 1 <= number <= FASTEST:
        raise argparse.ArgumentTypeError(
            f"{text} is out of range; write 1 to {FASTEST}: 60 lets an hour pass in a minute"
        )
    return number
