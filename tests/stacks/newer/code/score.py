"""How good a depth is: 3 is the best."""

from __future__ import annotations

from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return {"score": abs(int(event["depth"]) - 3), "name": event["name"]}
