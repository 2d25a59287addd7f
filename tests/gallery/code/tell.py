"""Tells what it is given, in order; fails when it is given an error."""

from __future__ import annotations

from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    if event.get("error"):
        raise ValueError(event["error"])
    return {"told": " ".join(str(value) for value in event.values())}
