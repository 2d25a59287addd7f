"""Why an execution failed, as lines of text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from ..executions.refusals import Refusal
from ..executions.why import Branch, Cause, Refused, Why
from ..language import choices
from ..language.errors import escaped

_NOTHING = {
    "Succeeded": "it succeeded",
    "Executing": "it is still running, and nothing has failed so far",
    "Stopping": "it is being stopped, and nothing has failed",
    "Stopped": "it was stopped, and nothing has failed; 'smpipe resume' runs the rest",
}
_SHOWN = 3


def lines(told: Why, width: int | None) -> Iterator[str]:
    """The lines; those of logs as long as they are."""
    found = told.execution
    yield escaped(f"{found.parts.short}: {found.status}")
    if not told.causes:
        reason = found.described.get("FailureReason")
        yield from _folded(str(reason) if reason else _NOTHING.get(found.status, "no step has failed"), 0, width)
    for cause in told.causes:
        yield ""
        yield from _cause(cause, found.arn, width)
    noted = [f"{row.name}: {text}" for row in found.rows for text in row.permissions]
    if noted:
        yield ""
        yield "permissions that AWS may judge otherwise than this local AWS:"
    for text in noted:
        yield from _folded(text, 2, width)
    if told.not_run:
        yield ""
        when = "" if found.over else " yet"
        yield from _folded(f"not run{when}: {choices(told.not_run, 12)}", 0, width)


def _cause(cause: Cause, arn: str, width: int | None) -> Iterator[str]:
    attempts = f", after {cause.attempts} attempts" if cause.attempts > 1 else ""
    yield from _folded(f"{cause.step} ({cause.type or 'of an unknown type'}) failed{attempts}", 0, width)
    for line in cause.reason.splitlines() or ["without a reason"]:
        yield from _folded(line, 2, width)
    if cause.branch is not None:
        yield from _branch(cause.branch, width)
    for each in cause.refused:
        yield from _refused(each, width)
    if cause.lines:
        rest = cause.further
        if len(rest) == len(cause.lines):
            yield from _folded(f"the last lines of {cause.log}:", 2, width)
        elif rest:
            yield from _folded(f"the last lines of {cause.log}, without those quoted above:", 2, width)
        else:
            yield from _folded(f"the log {cause.log} ends with the lines quoted above", 2, width)
        yield from (f"    {escaped(line)}" for line in rest)
        yield escaped(f"  all of it: smpipe logs {arn} {cause.step}")  # to be copied, so in one line
    elif cause.unread:
        yield from _folded(f"the log {cause.log} could not be read: {cause.unread}", 2, width)
    elif cause.log:
        yield from _folded(f"the log {cause.log} is empty or does not exist", 2, width)


def _branch(branch: Branch, width: int | None) -> Iterator[str]:
    yield from _folded(f"it ran because {branch.condition} was {branch.outcome}: {branch.text}", 2, width)
    values = ", ".join(f"{name} was {value}" for name, value in branch.values.items())
    if values:
        yield from _folded(values, 4, width)


def _refused(refused: Refused, width: int | None) -> Iterator[str]:
    refusal = refused.refusal
    yield from _refusal(refusal, width)
    if refused.statement or refusal.because:
        yield from _folded(refused.statement or str(refusal.because), 4, width)
    for need in refused.derived[:_SHOWN]:
        on = f" on {' or '.join(need.resources)}" if need.resources else ""
        yield from _folded(f"the definition needs {', '.join(need.actions)}{on}", 4, width)
        yield from _folded(f"for {need.step}: {need.field}", 6, width)
    if refused.instead:
        yield from _folded(f"a grant does not change that: {refused.instead}", 4, width)
    elif refused.derived:
        yield from _folded("'smpipe explain cdk.out' shows which role of the app has it, and which lacks it", 4, width)
    elif refused.grant:
        yield from _folded("no field of this step leads to it; if its own code needs it, grant it:", 4, width)
        yield from _folded(refused.grant, 6, width)


def _refusal(refusal: Refusal, width: int | None) -> Iterator[str]:
    if refusal.action is None:
        yield from _folded(f"the call that was refused: {refusal.call}", 2, width)
        return
    who = refusal.service or (f"the role {refusal.role}" if refusal.role else "its role")
    on = f" on {refusal.resource}" if refusal.resource else ""
    during = f", in the call {refusal.call}" if refusal.call and refusal.call != refusal.action else ""
    yield from _folded(f"{who} may not {refusal.action}{on}{during}", 2, width)


def _folded(text: str, indent: int, width: int | None) -> list[str]:
    space = " " * indent
    if width is None:
        return [f"{space}{escaped(text)}"]
    return textwrap.wrap(
        escaped(text), max(width, 40), initial_indent=space, subsequent_indent=f"{space}  ", break_on_hyphens=False
    )
