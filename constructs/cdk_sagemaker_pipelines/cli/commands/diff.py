"""``smpipe diff``: shows what differs in meaning between two pipelines, with all that belongs to them."""

from __future__ import annotations

import argparse
import os
import re
import sys

from ...language import choices, did_you_mean
from ...review.diff.as_json import pipeline_json
from ...review.diff.blocks import blocks
from ...review.diff.markdown import markdown
from ...review.diff.pairs import chosen, differences
from ...review.diff.text import lines
from ...review.reading.files import Found, Unreadable
from ...review.reviewed.app import reviewed
from ...review.reviewed.values import Reviewed
from ...review.words import printable
from .. import sources
from ..errors import CommandError
from ..output import text_width, write_json
from ..price_file import read_prices
from ..remote_sources import Account

_EXECUTION = re.compile(r"arn:\S+:pipeline/[^/\s]+/execution/\S+|[A-Za-z0-9-]+/(?:execution/)?[A-Za-z0-9-]*")
"""What an execution may be called."""


def run(options: argparse.Namespace) -> int:
    """Prints what differs; 0 when nothing does, else 1."""
    (old, one), (new, other) = (_read(source, options) for source in (options.old, options.new))
    if options.pipeline:
        old, new = _chosen(old, new, options)
    sources.tell_errors([*one, *other])
    compared = differences(old, new, None if options.prices is None else read_prices(options.prices))
    for each in compared:
        if each.not_compared:
            told = f"{each.reviewed.path}: not compared: {', '.join(each.not_compared)}"
            sys.stderr.write(f"smpipe: {printable(told)}\n")
    if options.json:
        write_json({"pipelines": [pipeline_json(each) for each in compared]})
    elif options.markdown:
        sys.stdout.write(markdown(compared))
    else:
        width = text_width(options.width)
        for line in lines(blocks(compared), width=width, unicode=sources.can_show("→"), titled=len(compared) > 1):
            sys.stdout.write(f"{line}\n")
    return int(any(map(bool, compared)))


def _read(source: str, options: argparse.Namespace) -> tuple[list[Reviewed], list[Found]]:
    """What a source holds, and the definitions to judge; raises ``CommandError`` if one cannot be read."""
    name = options.pipeline
    if _EXECUTION.fullmatch(source) and not os.path.lexists(source):
        raise CommandError(f"{source}: there is no such file or folder; for executions use 'smpipe compare'")
    contents = sources.contents(source, Account.of(options), whole=True)
    found = reviewed(contents)
    definitions = sources.pipelines(contents, source)
    for each in [*found, *definitions]:
        if isinstance(each, Unreadable):
            raise CommandError(str(each))
    judged = [each for each in definitions if isinstance(each, Found)]
    return (
        [each for each in found if isinstance(each, Reviewed)],
        [each for each in judged if not name or name in (each.name, each.path)],
    )


def _chosen(
    old: list[Reviewed], new: list[Reviewed], options: argparse.Namespace
) -> tuple[list[Reviewed], list[Reviewed]]:
    """The pipelines with the name or path; raises ``CommandError`` if neither source has one."""
    found = chosen(old, new, options.pipeline)
    if not any(found):
        known = list(dict.fromkeys(each.path for each in (*old, *new) if each.definition is not None))
        both = f"neither {options.old} nor {options.new} holds a pipeline {options.pipeline!r}"
        raise CommandError(f"{both}, but {choices(known)}{did_you_mean(options.pipeline, known)}" if known else both)
    return found
