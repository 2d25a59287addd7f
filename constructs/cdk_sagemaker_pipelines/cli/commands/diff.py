"""``smpipe diff``: shows what differs in meaning between two pipelines, with all that belongs to them."""

from __future__ import annotations

import argparse
import shutil
import sys

from ...language import choices, did_you_mean
from ...review.diff.as_json import pipeline_json
from ...review.diff.blocks import blocks
from ...review.diff.markdown import markdown
from ...review.diff.pairs import differences
from ...review.diff.text import lines
from ...review.reading.files import Found, Unreadable
from ...review.reviewed.app import reviewed
from ...review.reviewed.values import Reviewed
from ...review.words import printable
from .. import sources
from ..elsewhere import Account
from ..errors import CommandError
from ..output import write_json
from ..price_file import read_prices


def run(options: argparse.Namespace) -> int:
    """Prints what differs; 0 when nothing does, else 1."""
    (old, one), (new, other) = (_read(source, options) for source in (options.old, options.new))
    sources.tell_errors([*one, *other])
    compared = differences(old, new, None if options.prices is None else read_prices(options.prices))
    for each in compared:
        if each.not_compared:
            told = (
                f"{each.reviewed.path}: not compared, since one side does not have it: {', '.join(each.not_compared)}"
            )
            sys.stderr.write(f"smpipe: {printable(told)}\n")
    if options.json:
        write_json({"pipelines": [pipeline_json(each) for each in compared]})
    elif options.markdown:
        sys.stdout.write(markdown(compared))
    else:
        width = options.width or (shutil.get_terminal_size().columns if sys.stdout.isatty() else None)
        for line in lines(blocks(compared), width=width, unicode=sources.can_show("→"), titled=len(compared) > 1):
            sys.stdout.write(f"{line}\n")
    return int(any(map(bool, compared)))


def _read(source: str, options: argparse.Namespace) -> tuple[list[Reviewed], list[Found]]:
    """The pipelines of a source, or those with the name or path; raises ``CommandError`` if one cannot be read."""
    name = options.pipeline
    contents = sources.contents(source, Account.of(options))
    found = reviewed(contents)
    definitions = sources.definitions(contents, source)
    for each in [*found, *definitions]:
        if isinstance(each, Unreadable):
            raise CommandError(str(each))
    all_of = [each for each in found if isinstance(each, Reviewed)]
    if name:
        all_of = _chosen(all_of, name, source)
    judged = [each for each in definitions if isinstance(each, Found)]
    return all_of, [each for each in judged if not name or name in (each.name, each.path)]


def _chosen(all_of: list[Reviewed], name: str, source: str) -> list[Reviewed]:
    pipelines = [each for each in all_of if each.definition is not None]
    wanted = [each for each in pipelines if name in (each.name, each.path)]
    if not wanted:
        known = [each.path for each in pipelines]
        raise CommandError(f"{source} holds no pipeline {name!r}, but {choices(known)}{did_you_mean(name, known)}")
    return wanted
