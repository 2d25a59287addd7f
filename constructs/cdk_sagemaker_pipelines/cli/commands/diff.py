"""``smpipe diff``: shows what differs in meaning between two definitions."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ...review.diff.changes import Difference, diff
from ...review.diff.text import as_json, lines
from ...review.reading.files import Found
from ...review.words import printable
from .. import sources


class Pair(NamedTuple):
    """A pipeline before and after; None where it is new or gone."""

    old: Found | None
    new: Found | None

    @property
    def name(self) -> str:
        """The construct's path or the pipeline's name."""
        found = self.new or self.old
        return (found.path or found.name) if found else ""

    @property
    def difference(self) -> Difference | None:
        """What differs; None if there is only one side."""
        return diff(self.old.definition, self.new.definition) if self.old and self.new else None


def run(options: argparse.Namespace) -> int:
    """Prints what differs; 0 when nothing does, else 1."""
    old, new = (sources.found(source) for source in (options.old, options.new))
    if options.pipeline:
        old = sources.chosen(old, options.pipeline, options.old)
        new = sources.chosen(new, options.pipeline, options.new)
    sources.tell_errors([*old, *new])
    compared = [(pair, pair.difference) for pair in _pairs(old, new)]
    if options.json:
        sys.stdout.write(json.dumps({"pipelines": [_json(*each) for each in compared]}, indent=2) + "\n")
    else:
        width = options.width or shutil.get_terminal_size().columns
        for pair, difference in compared:
            for line in _lines(pair, difference, width, titled=len(compared) > 1):
                sys.stdout.write(f"{line}\n")
    return int(any(difference is None or bool(difference) for _, difference in compared))


def _pairs(old: list[Found], new: list[Found]) -> list[Pair]:
    """The pipelines of both sides by path and template; two files are compared whatever their names."""
    if len(old) == len(new) == 1:
        return [Pair(old[0], new[0])]
    before, after = ({(Path(found.file).name, found.path): found for found in side} for side in (old, new))
    return [Pair(before.get(key), after.get(key)) for key in dict.fromkeys([*before, *after])]


def _lines(pair: Pair, difference: Difference | None, width: int, *, titled: bool) -> Iterator[str]:
    if difference is None:
        yield f"{'+' if pair.new else '-'} {printable(pair.name)}"
    elif difference:
        if titled:
            yield printable(pair.name)
        yield from lines(difference, width=width, unicode=sources.can_show("→"))


def _json(pair: Pair, difference: Difference | None) -> dict[str, Any]:
    return {
        "pipeline": pair.name,
        "old": pair.old.file if pair.old else None,
        "new": pair.new.file if pair.new else None,
        "difference": as_json(difference) if difference else None,
    }
