"""``smpipe seed``: creates on the local AWS what a pipeline expects to exist."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ...local.seeding.creating import create
from ...local.seeding.file import SeedError, read_seed
from ...review.outside import document, named_outside, skeleton
from .. import aws, sources
from ..errors import CommandError
from ..local_clients import clients, refuse_elsewhere
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
        here = find(options.port, PORT)
        refuse_elsewhere(here)
        region = seed.region or here.region
        with aws.errors():
            made = list(create(seed, clients(here, seed.account, region), region))
    except SeedError as error:
        raise CommandError(str(error)) from error
    if options.json:
        write_json({"endpoint": here.url, "created": [each._asdict() for each in made]})
        return 0
    rows = [[each.kind, each.name, "created" if each.new else "existed", each.id] for each in made]
    columns = [Column("Kind", whole=True), Column("Name", folds=True), Column("", whole=True), Column("Id", folds=True)]
    print_table(terminal(), columns, rows)
    return 0
