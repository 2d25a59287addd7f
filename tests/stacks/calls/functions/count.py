"""Counts the letters of a name."""

from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    if event["name"] == "x-ERROR":
        raise RuntimeError(f"cannot count {event['name']}")
    return {"rows": len(event["name"]), "version": context.function_version}
