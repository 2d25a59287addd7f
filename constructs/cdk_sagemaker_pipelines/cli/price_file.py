"""A file of prices: a JSON object with the price of an hour by instance type."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

from ..language.files import read_text
from .errors import CommandError


def read_prices(file: str) -> Mapping[str, float]:
    """The prices of a file; raises ``CommandError`` that says what is wrong in it."""
    try:
        document = json.loads(read_text(Path(file)))
    except OSError as error:
        raise CommandError(f"--prices: {file} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"--prices: {file} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise CommandError(f'--prices: {file} must be an object such as {{"ml.m5.large": 0.115}}')
    for name, price in document.items():
        if not _is_price(price):
            raise CommandError(f"--prices: {file}: the price of {name!r} must be a number of 0 or more")
    return {name: float(price) for name, price in document.items()}


def _is_price(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(value) and value >= 0
    except OverflowError:  # an integer may have any number of digits
        return False
