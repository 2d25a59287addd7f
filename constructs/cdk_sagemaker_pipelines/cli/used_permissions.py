"""Which permissions executions used, as lines of text and as Markdown."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence

from ..executions.used import Grant, Looked, RefusedBy, RoleUse, StatementUse, Used, as_json, used
from ..local.decided import Answer
from ..review.diff.spans import entities, span
from ..review.wrapping import wrapped
from . import aws
from .output import text_width, write_json
from .terminal import busy

_WORDS = {
    Answer.REFUSED: "refused",
    Answer.NOTED: "AWS would refuse it",
    Answer.DOUBTED: "AWS may refuse it",
    Answer.UNDECIDED: "not decided",
    Answer.UNJUDGED: "not judged",
}
_ASKED = {
    Answer.REFUSED: "asked for, but refused by",
    Answer.NOTED: "asked for, but AWS would refuse it by",
    Answer.DOUBTED: "asked for, but AWS may refuse it by",
}
_NOTHING = (
    "nothing is known: it asked for nothing, ran before the last start of the local AWS, or is not one of the last "
    "200 executions that asked"
)
_SHOWN = 6
_HEAD = ("| statement | resource | used | asked for, but not allowed | never used |", "|---|---|---|---|---|")


def show(options: argparse.Namespace) -> int:
    """Prints what the executions of a command used."""
    with aws.using(options) as sagemaker, aws.using(options, "iam") as iam, busy("reading"):
        told = used(sagemaker, iam, options.used)
    if options.json:
        write_json(as_json(told))
    elif options.markdown:
        sys.stdout.write(markdown(told))
    else:
        width = text_width(options.width)
        sys.stdout.writelines(f"{line}\n" for line in lines(told, width))
    return 0


def lines(told: Used, width: int | None) -> Iterator[str]:
    """For people: role by role, statement by statement, what was used and what never was."""
    names = ", ".join(each.name for each in told.executions)
    yield from wrapped(f"{names}: {_counted(told)}", 0, width)
    for text in _unknown(told.executions):
        yield from wrapped(text, 0, width)
    for role in told.roles:
        yield ""
        yield from wrapped(f"role {role.arn}", 0, width)
        yield from wrapped(_whose(role), 2, width)
        for use in role.statements or ():
            yield from wrapped(_place(use), 2, width)
            for resource, grants in _by_resource(use):
                yield from wrapped(f"on {resource}", 4, width)
                for text in _found(grants):
                    yield from wrapped(text, 6, width)
    if told.others:
        yield ""
        yield "asked, and not allowed for sure:"
    for one in told.others:
        on = f" on {one.resource}" if one.resource else ""
        yield from wrapped(f"{_WORDS[one.answer]}: {one.action}{on}", 2, width)
        where = f" in {one.step}" if one.step else ""
        yield from wrapped(f"by {one.role}{where}{_often(one.times)}: {one.why}", 4, width)


def markdown(told: Used) -> str:
    """The same for a pull request or a wiki."""
    names, rest = ", ".join(span(each.name) for each in told.executions), _counted(told)
    blocks = [f"{names}: {rest}", *map(entities, _unknown(told.executions))]
    for role in told.roles:
        blocks.append(f"**{span(role.arn)}** {entities(_whose(role))}")
        rows = [
            f"| {span(_place(use))} | {span(resource)} | {_spans(g for g in grants if g.times)} "
            f"| {_refused_spans(grants)} | {_spans(g for g in grants if not (g.times or g.refused_by))} |"
            for use in role.statements or ()
            for resource, grants in _by_resource(use)
        ]
        if rows:
            blocks.append("\n".join([*_HEAD, *rows]))
    if told.others:
        rows = [
            f"| {_WORDS[one.answer]} | {span(one.action)} | {span(one.resource)} | {span(one.role)} | {span(one.step)} "
            f"| {entities(one.why)} |"
            for one in told.others
        ]
        head = [
            "| asked, and not allowed for sure | action | resource | role | step | why |",
            "|---|---|---|---|---|---|",
        ]
        blocks.append("\n".join([*head, *rows]))
    return "\n\n".join(blocks) + "\n"


def _counted(told: Used) -> str:
    used, whole = told.counts
    return f"{used} of {whole} permissions were used"


def _unknown(executions: Iterable[Looked]) -> Iterator[str]:
    for each in executions:
        if each.known.mode == "off":
            yield f"{each.name}: IAM is off there, so nothing is decided"
        elif each.known.decisions is None:
            yield f"{each.name}: {_NOTHING}"
        elif each.known.left_out:
            yield f"{each.name}: {each.known.left_out} more calls are not listed: there were too many different ones"


def _whose(role: RoleUse) -> str:
    of = ["the pipeline's own"] if role.of_pipeline else []
    of += [f"of {_several(role.of)}"] if role.of else []
    if role.statements is None:
        of.append("it does not exist here")
    elif not role.statements:
        of.append("it has no policies")
    return "; ".join(of or ["of no step; code of the execution has it"])


def _place(use: StatementUse) -> str:
    return f"{use.place} of {use.policy}{', whose conditions are not compared' if use.conditional else ''}"


def _by_resource(use: StatementUse) -> Iterator[tuple[str, list[Grant]]]:
    for resource in dict.fromkeys(grant.resource for grant in use.grants):
        yield resource, [grant for grant in use.grants if grant.resource == resource]


def _found(grants: list[Grant]) -> Iterator[str]:
    used = [grant for grant in grants if grant.times]
    never = [grant.action for grant in grants if not (grant.times or grant.refused_by)]
    if used:
        yield f"used: {'; '.join(_said(grant) for grant in used)}"
    for by, actions in _refused(grants).items():
        yield f"{_ASKED[by.answer]} {by.policy}: {', '.join(actions)}"
    if never:
        yield f"never used: {', '.join(never)}"


def _refused(grants: Iterable[Grant]) -> dict[RefusedBy, list[str]]:
    """The actions that were asked for and never allowed, by what refused them."""
    found: dict[RefusedBy, list[str]] = {}
    for grant in grants:
        for by in () if grant.times else grant.refused_by:
            found.setdefault(by, []).append(grant.action)
    return found


def _said(grant: Grant) -> str:
    others = [action for action in grant.as_actions if action.lower() != grant.action.lower()]
    return f"{grant.action}{f' as {_several(others)}' if others else ''}{_often(grant.times)}"


def _several(texts: Sequence[str]) -> str:
    more = len(texts) - _SHOWN
    return ", ".join(texts[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _often(times: int) -> str:
    return f" ({times} times)" if times > 1 else ""


def _refused_spans(grants: Iterable[Grant]) -> str:
    found = _refused(grants).items()
    return "; ".join(f"{' '.join(map(span, actions))} by {span(by.policy)}" for by, actions in found)


def _spans(grants: Iterable[Grant]) -> str:
    return " ".join(span(grant.action) + _often(grant.times) for grant in grants)
