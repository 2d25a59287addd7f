"""The arguments of the commands that start executions, end them and look into them."""

from __future__ import annotations

from .common import EXECUTION, PIPELINE, AddCommand, account, as_json, execution, interval, parameters, whole, width


def start(add: AddCommand) -> None:
    """``smpipe start``."""
    started = add("start", help="start a pipeline", description="Start an execution of a deployed pipeline.")
    started.add_argument("pipeline", metavar="PIPELINE", help=PIPELINE)
    parameters(started)
    started.add_argument("--watch", "-w", action="store_true", help="watch it until it ends")
    started.add_argument(
        "--name", metavar="NAME", dest="display_name", help="its display name: letters, digits and hyphens"
    )
    started.add_argument("--parallel", type=whole(1), metavar="N", help="how many steps may run at once")
    started.add_argument("--version", metavar="N", dest="pipeline_version", help="its number or alias; default: newest")
    started.add_argument(
        "--from", dest="source", metavar="EXECUTION",
        help="take the parameters of this execution, except those given with -p; with --only also the results of the "
        "other steps",
    )  # fmt: skip
    started.add_argument(
        "--only", nargs="+", action="extend", metavar="STEP",
        help="run these steps alone, with the results of the others from the execution of --from; default: the latest "
        "that has ended",
    )  # fmt: skip
    started.add_argument(
        "--dry-run", action="store_true",
        help="start nothing, but show what would run, what would be reused and why not, and what parameters touch",
    )  # fmt: skip
    as_json(started)
    interval(started)
    account(started)


def watch(add: AddCommand) -> None:
    """``smpipe watch``."""
    watched = add(
        "watch",
        help="watch an execution",
        description="Watch an execution until it ends. The exit code is 0 when it succeeds, else 1.",
    )
    which = watched.add_mutually_exclusive_group(required=True)
    which.add_argument("execution", nargs="?", metavar="EXECUTION", help=EXECUTION)
    which.add_argument("--pipeline", metavar="NAME", help="the latest execution of this pipeline")
    as_json(watched, "what 'smpipe show' prints, when it has ended,")
    interval(watched)
    account(watched)


def stop(add: AddCommand) -> None:
    """``smpipe stop``."""
    stopped = add(
        "stop",
        help="stop an execution",
        description="Stop an execution: its jobs are stopped, and no further step starts. A callback step must still "
        "be answered, and a function ends by itself.",
    )
    execution(stopped)
    stopped.add_argument("--watch", "-w", action="store_true", help="watch it until it has stopped")
    as_json(stopped)
    interval(stopped)
    account(stopped)


def resume(add: AddCommand) -> None:
    """``smpipe resume``."""
    resumed = add(
        "resume",
        help="run the rest of an execution that failed or was stopped",
        description="Resume an execution that failed or was stopped, in its own version and with its own parameters: "
        "what has succeeded is kept.",
    )
    execution(resumed)
    resumed.add_argument("--parallel", type=whole(1), metavar="N", help="how many steps may run at once from now on")
    resumed.add_argument("--watch", "-w", action="store_true", help="watch it until it ends")
    as_json(resumed)
    interval(resumed)
    account(resumed)


def rename(add: AddCommand) -> None:
    """``smpipe rename``."""
    renamed = add(
        "rename",
        help="give an execution another display name",
        description="Give an execution another display name, another description, or another parallelism.",
    )
    execution(renamed)
    renamed.add_argument("display_name", nargs="?", metavar="NAME", help="letters, digits and hyphens, at most 82")
    renamed.add_argument("--description", metavar="TEXT")
    renamed.add_argument("--parallel", type=whole(1), metavar="N", help="how many steps may run at once from now on")
    as_json(renamed)
    account(renamed)


def callback(add: AddCommand) -> None:
    """``smpipe callback``."""
    answered = add(
        "callback",
        help="answer a callback step",
        description="Answer a callback step that waits: with its outputs, or with --fail.",
    )
    execution(answered)
    answered.add_argument("step", metavar="STEP", help="the name of the callback step")
    answered.add_argument(
        "--output", "-o", action="append", default=[], dest="outputs", metavar="NAME=VALUE", help="may be repeated"
    )
    answered.add_argument("--fail", metavar="REASON", help="the step fails, for this reason")
    as_json(answered)
    account(answered)


def approve(add: AddCommand) -> None:
    """``smpipe approve``."""
    approved = add(
        "approve",
        help="approve a model package",
        description="Approve a version in a model package group, or reject it.",
    )
    approved.add_argument("package", metavar="PACKAGE", help="its ARN, GROUP/VERSION, or GROUP for the newest version")
    approved.add_argument("--reject", action="store_true", help="reject it")
    approved.add_argument("--because", metavar="TEXT", help="why, for the registry")
    as_json(approved)
    account(approved)


def logs(add: AddCommand) -> None:
    """``smpipe logs``."""
    printed = add("logs", help="print the log of a step's job", description="Print the log of a step's job.")
    execution(printed)
    printed.add_argument("step", metavar="STEP", help="the name of the step")
    printed.add_argument("--follow", "-f", action="store_true", help="until the step has ended")
    printed.add_argument("--lines", "-n", type=whole(1), metavar="N", help="only the last ones")
    as_json(printed, "a line of JSON for each event, with its time and stream,")
    interval(printed)
    account(printed)


def why(add: AddCommand) -> None:
    """``smpipe why``."""
    asked = add(
        "why",
        help="say why an execution failed",
        description="Say why an execution failed: the step, its reason, the last lines of its log, the call that was "
        "refused, the permission that is missing and the field that it follows from. The exit code is 1 when "
        "something failed.",
    )
    execution(asked)
    asked.add_argument("--lines", "-n", type=whole(0), default=10, metavar="N", help="of each log; default: 10")
    as_json(asked)
    width(asked)
    account(asked)


def compare(add: AddCommand) -> None:
    """``smpipe compare``."""
    compared = add(
        "compare",
        help="compare two executions, or up to four",
        description="Compare two executions, or up to four: their parameters, what differs between their definitions "
        "and the arguments of their steps, the states, reuse and durations of these, and their metrics.",
    )
    compared.add_argument("first", metavar="A", help=EXECUTION)
    compared.add_argument("second", metavar="B", help="the same")
    compared.add_argument("more", metavar="C", nargs="*", help="one or two more, each compared with A")
    as_json(compared)
    width(compared)
    account(compared)
