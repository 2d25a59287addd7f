"""The AWS regions, and the CloudFormation types that their registries lack.

Source: the registries that cfn-lint ships, reduced by scripts/generate_regions.py. Registries gain types, so one that
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


@cache
def incomplete() -> frozenset[str]:
    """The regions whose registries lack any type at all."""
    return frozenset(region for named in _data()["lacking"].values() for region in named.split())


def without(resource_type: str) -> tuple[str, ...]:
    """The regions whose registries lack a type; empty for a type that no app with a pipeline has."""
    return tuple(_data()["lacking"].get(resource_type, "").split())
