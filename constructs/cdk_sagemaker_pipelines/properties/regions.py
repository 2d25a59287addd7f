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


def partition(region: str) -> str:
    """The partition of a region, by how its name begins: ``aws``, ``aws-cn`` and so on."""
    return _partition(region)[0]


def dns_suffix(region: str) -> str:
    """The DNS suffix of a region's partition, such as ``amazonaws.com.cn``."""
    return _partition(region)[1]


def dns_suffixes() -> frozenset[str]:
    """The DNS suffixes of all partitions."""
    return frozenset({_COMMERCIAL[1], *(suffix for _, suffix in _PARTITIONS.values())})


def _partition(region: str) -> tuple[str, str]:
    return next((_PARTITIONS[start] for start in _PARTITIONS if region.startswith(start)), _COMMERCIAL)


_COMMERCIAL = ("aws", "amazonaws.com")
_PARTITIONS = {
    "cn-": ("aws-cn", "amazonaws.com.cn"),
    "us-gov-": ("aws-us-gov", "amazonaws.com"),
    "us-iso-": ("aws-iso", "c2s.ic.gov"),
    "us-isob-": ("aws-iso-b", "sc2s.sgov.gov"),
    "eu-isoe-": ("aws-iso-e", "cloud.adc-e.uk"),
    "us-isof-": ("aws-iso-f", "csp.hci.ic.gov"),
    "eusc-": ("aws-eusc", "amazonaws.eu"),
}
"""The other partitions, by how the names of their regions begin. Source: botocore's partitions."""
