"""What a command reads: a definition, a template, a cdk.out, standard input, a commit's, or a deployed pipeline."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from .. import review
from ..language import choices, did_you_mean
from ..review.check.text import checked, count
from ..review.reading import files
from ..review.reading.assemblies import LONGEST
from ..review.reading.files import Content, Outcome, contents_of_text
from ..review.words import printable
from . import remote_sources
from .errors import CommandError
from .remote_sources import Account

STDIN = "-"
_STDIN_SHOWN = "<stdin>"
_NAME = re.compile(r"[A-Za-z0-9](?:-*[A-Za-z0-9]){0,255}|arn:\S+:pipeline/\S+")
"""The form of a pipeline's name or ARN."""


def read(source: str, account: Account | None = None) -> list[Outcome]:
    """What a source holds: at least one item, even if it cannot be read."""
    return definitions(contents(source, account), source)


def contents(source: str, account: Account | None = None, *, whole: bool = False) -> list[Content]:
    """The templates of a source, or its single definition, including what cannot be read.

    ``account``: where the name of a deployed pipeline is looked up, which is a source without a prefix if there is no
    file of that name; without it only ``aws:NAME`` is. ``whole``: of a deployed pipeline its options are read, too.
    """
    if source == STDIN:
        return contents_of_text(sys.stdin.buffer.read(LONGEST + 1), _STDIN_SHOWN, "stdin")
    path = Path(source)
    if not os.path.lexists(source):
        if remote_sources.is_elsewhere(source):
            return remote_sources.contents(source, account or Account(), whole=whole)
        if account is not None and _NAME.fullmatch(source):
            with suppress(ModuleNotFoundError):  # without the extra, only files are read
                return [remote_sources.deployed(source, source, account, whole=whole)]
    return files.contents(path)


def definitions(found: list[Content], source: str) -> list[Outcome]:
    """The definitions in what a source holds: at least one, even if it cannot be read."""
    return files.definitions(found, _STDIN_SHOWN if source == STDIN else source)


def pipelines(found: list[Content], source: str) -> list[Outcome]:
    """The definitions in what a source holds; none, and a word on standard error, if it is an app without pipelines."""
    if not files.is_of_assembly(found):
        return definitions(found, source)
    outcomes = files.pipelines(found)
    if not outcomes:
        sys.stderr.write(f"smpipe: {printable(source)}: the app has no pipeline\n")
    return outcomes


def is_unreadable(source: str) -> bool:
    """Whether nothing of a source can be read, as with a directory that is not a cdk.out."""
    return all(isinstance(content, review.Unreadable) for content in contents(source))


def found(source: str, account: Account | None = None) -> list[review.Found]:
    """The definitions of a source; raises ``CommandError`` if one cannot be read."""
    outcomes = read(source, account)
    for outcome in outcomes:
        if isinstance(outcome, review.Unreadable):
            raise CommandError(str(outcome))
    return [outcome for outcome in outcomes if isinstance(outcome, review.Found)]


def chosen(pipelines: list[review.Found], name: str, source: str) -> list[review.Found]:
    """Those with the name or path; raises ``CommandError`` if there are none."""
    wanted = [pipeline for pipeline in pipelines if name in (pipeline.name, pipeline.path)]
    if not wanted:
        known = [pipeline.path or pipeline.name for pipeline in pipelines]
        raise CommandError(f"{source} holds no pipeline {name!r}, but {choices(known)}{did_you_mean(name, known)}")
    return wanted


def tell_errors(pipelines: Iterable[review.Found]) -> None:
    """Says on standard error in which definitions ``smpipe check`` finds errors: what else is shown may mislead."""
    for place, pipeline in {pipeline.place: pipeline for pipeline in pipelines}.items():
        errors = count([checked(pipeline)], "error")
        if errors:
            number = "1 error" if errors == 1 else f"{errors} errors"
            sys.stderr.write(f"smpipe: {printable(place)}: 'smpipe check' finds {number} here\n")


def can_show(text: str) -> bool:
    """Whether standard output has the characters."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True
