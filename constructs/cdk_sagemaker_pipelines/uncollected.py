"""Work without garbage collection, where nearly all that is allocated lives on."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Pauses garbage collection: it would look through CDK's many classes again and again, and find nothing.

    What was allocated meanwhile counts as old afterwards, or else the next collection would look through all of it.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            if not gc.get_freeze_count():  # what the app itself has frozen stays so
                gc.freeze()
                gc.unfreeze()  # puts into the oldest generation what was frozen, of whichever age
            gc.enable()
