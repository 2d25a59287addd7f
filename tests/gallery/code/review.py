"""Judges whoever comes."""

from __future__ import annotations

import time
from typing import Any


def handler(inputs: dict[str, Any]) -> dict[str, Any]:
    if inputs["who"] == "nobody":
        raise ValueError("nobody came")
    if inputs["who"] == "sleeper":
        time.sleep(5)
    return {"score": 0.5, "name": inputs["who"].upper()}
