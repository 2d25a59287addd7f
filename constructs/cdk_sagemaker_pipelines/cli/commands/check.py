"""``smpipe check``: finds what is wrong in definitions, whoever wrote them."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator

from ...review.check.resources import CheckedTemplate, judged
from ...review.check.synthesis import with_warnings
from ...review.check.text import Checked, as_json, checked, count, summary
from ...review.explain.not_granted import ungranted
from ...review.reading.files import Unreadable
from ...review.reading.stacks import Template
from ...review.words import printable
from .. import sources
from ..remote_sources import Account

BOLD, RED, YELLOW, PLAIN = "\x1b[1m", "\x1b[31m", "\x1b[33m", "\x1b[0m"


def run(options: argparse.Namespace) -> int:
    """Prints the findings; 0 without errors, 1 with errors, 2 when something could not be read.

    With ``--strict`` warnings count as errors.
    """
    outcomes = [outcome for source in options.sources for outcome in _checked(source, options)]
    reports = [outcome for outcome in outcomes if not isinstance(outcome, Unreadable)]
    unreadable = [outcome for outcome in outcomes if isinstance(outcome, Unreadable)]
    write = sys.stdout.write
    if options.json:
        write(json.dumps(as_json(outcomes), indent=2) + "\n")
    else:
        coloured = _coloured()
        for report in reports:
            for place, step, code, text in report.lines():
                if coloured:
                    colour = YELLOW if text.startswith("warning: ") else RED
                    place, code = f"{BOLD}{place}{PLAIN}", f"{colour}{code}{PLAIN}"
                write(f"{place}: {step}: {code}: {text}\n")
    sys.stdout.flush()
    for outcome in unreadable:
        sys.stderr.write(f"smpipe: {printable(str(outcome))}\n")
    for report in reports:
        if isinstance(report, CheckedTemplate) and report.unjudged and not options.json:
            sys.stderr.write(f"smpipe: {printable(f'{report.file}: {report.unjudged}')}\n")
    if reports and not options.json:
        sys.stderr.write(f"{summary(reports)}\n")
    wrong = count(reports, "error") + (count(reports, "warning") if options.strict else 0)
    return 2 if unreadable else 1 if wrong else 0


def _checked(source: str, options: argparse.Namespace) -> Iterator[Checked | CheckedTemplate | Unreadable]:
    """The templates of a source, then its definitions."""
    contents = sources.contents(source, Account.of(options))
    templates = [each for each in contents if isinstance(each, Template)]
    missing = ungranted(contents)
    outcomes = sources.pipelines(contents, source)
    reports = [
        checked(outcome, missing.get((outcome.file, outcome.path or ""), ()))
        for outcome in outcomes
        if not isinstance(outcome, Unreadable)
    ]
    yield from with_warnings(templates, [*judged(templates), *reports])
    yield from (outcome for outcome in outcomes if isinstance(outcome, Unreadable))


def _coloured() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
