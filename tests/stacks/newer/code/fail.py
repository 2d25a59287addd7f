"""Fails when it is told to."""

from __future__ import annotations

from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    if event["fail"]:
        raise ValueError("told to fail")
    return {}
