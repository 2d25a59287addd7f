"""The quotas that an environment declares: a dict, or a file that ``smpipe quotas pull`` wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..language import PipelineError
from ..language.files import read_text


def read_quotas(who: str, given: Any) -> dict[str, int]:
    """The quotas by their names; raises ``PipelineError`` that says what is wrong. ``who``: who is given them."""
    where = f"{who}: quotas"
    if isinstance(given, (str, Path)):
        where = f"{where}: {given}"
        try:
            given = json.loads(read_text(Path(given)))
        except OSError as error:
            raise PipelineError(f"{where} cannot be read: {error.strerror}") from error
        except (ValueError, RecursionError) as error:
            raise PipelineError(f"{where} is not JSON: {error}") from error
    if not isinstance(given, Mapping):
        raise PipelineError(f'{where} must be by name, such as {{"ml.g5.xlarge for training job usage": 4}}')
    for name, count in given.items():
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise PipelineError(f"{where}: {name!r} must be a number of instances, not {count!r}")
        if not isinstance(name, str) or not name.endswith(" usage"):
            raise PipelineError(f"{where}: {name!r} is not a name such as 'ml.g5.xlarge for training job usage'")
    return dict(given)
