"""``smpipe seed``: creates on the local AWS what a pipeline expects to exist."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ...local.seeding.file import read_seed
from ...local.seeding.seed import SeedError
from ...review.outside import named_outside
from ...review.skeleton import document, skeleton
from .. import sources
from ..errors import CommandError
from ..local_clients import refuse_elsewhere, seeded
from ..output import write_json
from ..tables import Column, print_table
from ..terminal import terminal
from ..whereabouts import PORT, find


def run(options: argparse.Namespace) -> int:
    """Returns 0 when all exists."""
    if options.source:
        if not Path(options.source).exists():
            raise CommandError(f"{options.source} does not exist")
        found = named_outside(sources.contents(options.source))
        write_json(document(found)) if options.json else sys.stdout.write(skeleton(found))
        return 0
    try:
        seed = read_seed(options.file)
    except SeedError as error:
        raise CommandError(str(error)) from error
    here = find(options.port, PORT)
    refuse_elsewhere(here)
    made = seeded(seed, here)
    if options.json:
        write_json({"endpoint": here.url, "created": [each._asdict() for each in made]})
        return 0
    rows = [[each.kind, each.name, "created" if each.new else "existed", each.id] for each in made]
    columns = [Column("Kind", whole=True), Column("Name", folds=True), Column("", whole=True), Column("Id", folds=True)]
    print_table(terminal(), columns, rows)
    return 0
