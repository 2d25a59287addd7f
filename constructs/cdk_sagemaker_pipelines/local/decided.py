"""What a local AWS has decided in an execution, and how it is asked for that.

The request is one that only reads, ``DescribePipelineExecution``, with a header that no other AWS knows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

ASKED = "X-Smpipe-Decided"
"""The header of the request: how many decisions to leave out, because they are known."""
ANSWER = "x-smpipe-decided"
"""The header of the answer."""
_LONGEST = 24_000
"""Characters of an answer: clients read no header of more than 65,536."""


class Answer(str, Enum):
    """What became of a question."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    NOTED = "noted"
    """IAM would refuse it; it passed, because of the mode or because the role does not exist there."""
    DOUBTED = "doubted"
    """It is not allowed, but AWS may not ask for it; it passed."""
    UNDECIDED = "undecided"
    """It depends on what is not known there; it passed, unless the mode is ``strict``."""
    UNJUDGED = "unjudged"
    """It is not known what AWS asks for the operation; it passed, unless the mode is ``strict``."""


class Decision(NamedTuple):
    """An answer that a step of an execution got."""

    step: str
    role: str
    """The ARN of the role, or of the user, that asked."""
    action: str
    """The action; of an operation that is not judged its service and name, such as ``glue:GetTables``."""
    resource: str
    """The ARN of the resource, or ``*``; empty of an operation that is not judged."""
    answer: Answer
    why: str = ""
    """Which statement denies it, which kind of policy does not allow it, or what is not known; empty if allowed."""
    times: int = 1
    """How often it was asked."""
    kind: str = ""
    """The kind of policy that denies it, or the first that does not allow it, in AWS's words; empty if allowed."""
    policy: str = ""
    """The name or ARN of a policy that denies it, or of the permissions boundary that does not allow it."""


class Decided(NamedTuple):
    """The decisions of one execution."""

    decisions: tuple[Decision, ...]
    left_out: int = 0
    """How many questions were answered whose decisions are not kept, because there were too many different ones."""


class Page(NamedTuple):
    """A part of what is known of an execution."""

    decided: Decided | None
    """None if nothing is known of it."""
    more: int | None
    """How many decisions to leave out the next time; None if there are no more."""
    mode: str | None
    """How IAM is enforced (``enforcement.Mode``); None by default."""


def written(decided: Decided | None, mode: str | None, left_out: int) -> str:
    """The value of the header of the answer, without the first decisions."""
    if decided is None:
        return json.dumps({"mode": mode})
    rows: list[str] = []
    length = 0
    for decision in decided.decisions[left_out:]:
        row = json.dumps(decision)
        length += len(row)
        if rows and length > _LONGEST:
            break
        rows.append(row)
    reached = left_out + len(rows)
    more = reached if reached < len(decided.decisions) else None
    head = json.dumps({"mode": mode, "leftOut": decided.left_out, "more": more})
    return f'{head[:-1]}, "decisions": [{", ".join(rows)}]}}'


def read(headers: Mapping[str, str]) -> Page | None:
    """What the headers of an answer say; None if it did not come from a local AWS that knows the request."""
    told = headers.get(ANSWER)
    if told is None:
        return None
    answer = json.loads(told)
    rows = answer.get("decisions")
    if rows is None:
        return Page(None, None, answer["mode"])
    decisions = (Decision(step, role, action, on, Answer(said), *rest) for step, role, action, on, said, *rest in rows)
    return Page(Decided(tuple(decisions), answer["leftOut"]), answer["more"], answer["mode"])
