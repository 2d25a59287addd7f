"""Counts the letters of a name."""

from __future__ import annotations

from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    if event["name"] == "x-error":
        raise RuntimeError(f"cannot count {event['name']}")
    return {"letters": len(event["name"]), "version": context.function_version}
