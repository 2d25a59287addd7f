"""What a command is given to read: a file, a template, a cdk.out, or standard input."""

from __future__ import annotations

import sys
from pathlib import Path

from .. import review
from ..language import choices, did_you_mean
from ..review.reading import files
from ..review.reading.files import LONGEST, Content, Outcome, contents_of_text
from .errors import CommandError

STDIN = "-"
_STDIN_SHOWN = "<stdin>"


def read(source: str) -> list[Outcome]:
    """What a source holds: at least one, be it that it cannot be read."""
    return definitions(contents(source), source)


def contents(source: str) -> list[Content]:
    """The templates of a source, or the one definition; what cannot be read is one of them."""
    if source == STDIN:
        return contents_of_text(sys.stdin.buffer.read(LONGEST + 1), _STDIN_SHOWN, "stdin")
    return files.contents(Path(source))


def definitions(found: list[Content], source: str) -> list[Outcome]:
    """The definitions in what a source holds: at least one, be it that it cannot be read."""
    return files.definitions(found, _STDIN_SHOWN if source == STDIN else source)


def is_unreadable(source: str) -> bool:
    """Whether nothing of a source can be read, as of a directory that is no cdk.out."""
    return all(isinstance(content, review.Unreadable) for content in contents(source))


def found(source: str) -> list[review.Found]:
    """The definitions of a source; raises ``CommandError`` where one cannot be read."""
    outcomes = read(source)
    for outcome in outcomes:
        if isinstance(outcome, review.Unreadable):
            raise CommandError(str(outcome))
    return [outcome for outcome in outcomes if isinstance(outcome, review.Found)]


def chosen(pipelines: list[review.Found], name: str, source: str) -> list[review.Found]:
    """Those of the name or path; raises ``CommandError`` where there is none."""
    wanted = [pipeline for pipeline in pipelines if name in (pipeline.name, pipeline.path)]
    if not wanted:
        known = [pipeline.path or pipeline.name for pipeline in pipelines]
        raise CommandError(f"{source} holds no pipeline {name!r}, but {choices(known)}{did_you_mean(name, known)}")
    return wanted


def can_show(text: str) -> bool:
    """Whether standard output has the characters."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True
