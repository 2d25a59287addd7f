"""Takes whatever it is told."""

from __future__ import annotations

from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return {"told": " ".join(str(value) for value in event.values())}
