"""``smpipe schema``: the JSON Schema of the files that ``Pipeline.from_file`` reads."""

from __future__ import annotations

import argparse

from ...notation.schema import schema
from ...pipeline import Pipeline
from ..output import write_json


def run(options: argparse.Namespace) -> int:
    """Returns 0."""
    write_json(schema(Pipeline))
    return 0
