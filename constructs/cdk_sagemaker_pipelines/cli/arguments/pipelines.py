"""The arguments of the commands about pipelines and what the service keeps of them."""

from __future__ import annotations

import argparse

from ...language import choices, did_you_mean
from .common import EXECUTION, PIPELINE, AddCommand, account, as_json, whole

LIMIT = 50
STATES = ("Executing", "Stopping", "Stopped", "Failed", "Succeeded", "CompletedWithFailures")


def list_(add: AddCommand) -> None:
    """``smpipe list``."""
    listed = add(
        "list",
        help="list pipelines, or the executions of one",
        description="List the pipelines of the account and region, latest change first; or the executions of one "
        "pipeline, newest first, with the parameters in which they differ.",
    )
    listed.add_argument("pipeline", nargs="?", metavar="PIPELINE", help="list its executions; its name or ARN")
    listed.add_argument("--search", metavar="TEXT", help="pipelines with this in their name")
    listed.add_argument(
        "--tag", action="append", default=[], dest="tags", metavar="KEY[=VALUE]",
        help="pipelines with this tag; may be repeated",
    )  # fmt: skip
    listed.add_argument(
        "--state", metavar="STATE", type=_state,
        help=f"executions in this state, or pipelines whose latest execution is: {', '.join(STATES)}",
    )  # fmt: skip
    listed.add_argument(
        "--parameter", "-p", action="append", default=[], dest="parameters", metavar="NAME=VALUE",
        help="executions with this value, be it the default; may be repeated",
    )  # fmt: skip
    listed.add_argument(
        "--since",
        metavar="TIME",
        help="started then or later: 2026-11-30, 2026-11-30T08:00, or 12h or 7d ago",
    )
    listed.add_argument("--until", metavar="TIME", help="started before then")
    listed.add_argument("--limit", type=whole(0), default=LIMIT, metavar="N", help=f"default: {LIMIT}; 0: all")
    as_json(listed)
    account(listed)


def show(add: AddCommand) -> None:
    """``smpipe show``."""
    shown = add(
        "show",
        help="show a pipeline, or an execution",
        description="Show a pipeline: its details, tags, role, versions, what starts it, its last executions. Or an "
        "execution: its steps with states, durations and reasons, its parameters, what was reused, and how long its "
        "instances ran.",
    )
    shown.add_argument("name", metavar="NAME", help="a pipeline, by name or ARN; or an execution: PIPELINE/ID or ARN")
    shown.add_argument(
        "--format", choices=("text", "html"), default="text",
        help="html: an execution as a page in one file, without scripts; default: text",
    )  # fmt: skip
    as_json(shown)
    account(shown)


def versions(add: AddCommand) -> None:
    """``smpipe versions``."""
    listed = add("versions", help="list a pipeline's versions", description="List a pipeline's versions, newest first.")
    listed.add_argument("pipeline", metavar="PIPELINE", help=PIPELINE)
    as_json(listed)
    account(listed)


def definition(add: AddCommand) -> None:
    """``smpipe definition``."""
    printed = add(
        "definition",
        help="print the definition of a pipeline, or that an execution runs",
        description="Print the JSON definition of a pipeline, or the one that an execution runs.",
    )
    printed.add_argument("name", metavar="NAME", help="a pipeline, by name or ARN; or an execution: PIPELINE/ID or ARN")
    printed.add_argument("--version", metavar="N", dest="pipeline_version", help="of the pipeline: its number or alias")
    printed.add_argument(
        "--resolved", metavar="STEP",
        help=f"the arguments of a step in this execution ({EXECUTION}), with the values that it got",
    )  # fmt: skip
    as_json(printed, "it as without: a definition is")
    account(printed)


def _state(text: str) -> str:
    """The state in the service's spelling."""
    known = {state.lower(): state for state in STATES}
    if text.lower() not in known:
        hint = did_you_mean(text, STATES) or f"; there are {choices(STATES)}"
        raise argparse.ArgumentTypeError(f"there is no state {text!r}{hint}")
    return known[text.lower()]


def pool(add: AddCommand) -> None:
    """``smpipe pool``."""
    shown = add(
        "pool",
        help="show who has which instances of a training pool",
        description="Show a training pool: what each team is guaranteed, uses and borrows, what it leaves unused and "
        "others borrow of that, and how many of its jobs wait.",
    )
    shown.add_argument("pool", metavar="POOL", help="the name or ARN of its queue")
    as_json(shown)
    account(shown)
