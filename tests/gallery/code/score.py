"""How good a depth is: 3 is the best, and below 1 there is none."""

from __future__ import annotations

import time
from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    depth = int(event["depth"])
    if depth < 1:
        raise ValueError(f"there is no depth {depth}")
    time.sleep(0.3)
    return {"score": abs(depth - 3), "name": event["name"]}
