"""A file of prices: a JSON object with the price of an hour by instance type."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

from .errors import CommandError


def read_prices(file: str) -> Mapping[str, float]:
    """The prices of a file; raises ``CommandError`` that says what is wrong in it."""
    try:
        document = json.loads(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"--prices: {file} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"--prices: {file} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise CommandError(f'--prices: {file} must be an object such as {{"ml.m5.large": 0.115}}')
    for name, price in document.items():
        if isinstance(price, bool) or not isinstance(price, (int, float)) or not math.isfinite(price) or price < 0:
            raise CommandError(f"--prices: {file}: the price of {name!r} must be a number of 0 or more")
    return {name: float(price) for name, price in document.items()}
