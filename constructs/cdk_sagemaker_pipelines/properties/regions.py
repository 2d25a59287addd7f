"""The regions of AWS, and which types of CloudFormation their registries lack.

Source: the registries that cfn-lint ships, cut down by scripts/generate_regions.py. A registry gains types, so one that
lacks a type here may have it by now.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def _data() -> Any:
    return json.loads(Path(__file__).with_name("regions.json").read_text(encoding="utf-8"))


def source() -> str:
    """What the table was made from, such as ``cfn-lint 1.53.1``."""
    return str(_data()["source"])


@cache
def regions() -> frozenset[str]:
    """The regions whose registry is known."""
    return frozenset(_data()["regions"].split())


def without(resource_type: str) -> tuple[str, ...]:
    """The regions whose registries lack a type; none of a type that no pipeline's app is made of."""
    return tuple(_data()["lacking"].get(resource_type, "").split())
