"""``smpipe``: draw, run and watch pipelines, and serve an AWS on this machine to run them on.

Each command is a module of ``commands``, imported only when it is called, so that ``smpipe draw`` starts quickly and
needs nothing beyond the library itself. Of the commands only ``import``, which makes what it writes, and
``schema``, which reads the classes, import CDK.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code.

    0: it did what was asked. 1: an execution did not succeed, or something was found. 2: it could not be done.
    130: interrupted. 141: the reader of the output has gone.
    """
    try:
        # imported here, since Ctrl-C may come while Python still loads it
        program = importlib.import_module(".program", __name__)
        exit_code: int = program.main(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED
    return exit_code
