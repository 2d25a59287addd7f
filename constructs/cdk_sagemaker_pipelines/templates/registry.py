"""The schemas of resource types, as published by CloudFormation's registry and shipped with cfn-lint.

cfn-lint is part of the extra ``[local]``. Importing it takes most of a second, reading its files milliseconds: they are
read directly where they have today's layout, and otherwise through its schema manager.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

DEFAULT_REGION = "us-east-1"
"""The region whose schemas are used where the region is not known: it has the most types."""

MISSING = "cfn-lint, which has the schemas, is not installed: pip install 'cdk-sagemaker-pipelines[local]'"
"""The reason why nothing is judged."""

_CUSTOM = "AWS::CloudFormation::CustomResource"


def available() -> bool:
    """Whether schemas are available."""
    return find_spec("cfnlint") is not None


@cache
def schema(resource_type: str, region: str = DEFAULT_REGION) -> Mapping[str, Any] | None:
    """The schema of a resource type; the one of the default region if the region is not known or lacks the type.

    None if cfn-lint does not know the type, such as private and newer ones, or is not installed.
    """
    name = _CUSTOM if resource_type.startswith("Custom::") else resource_type
    if not available():
        return None
    regions = dict.fromkeys((region, DEFAULT_REGION))
    return next((found for each in regions if (found := _read(name, each)) is not None), None)


def _read(name: str, region: str) -> Mapping[str, Any] | None:
    types = _types(region)
    if types is None:
        return _asked(name, region)
    return _json(f"resources/{types[name]}.json") if name in types else None


@cache
def _types(region: str) -> Mapping[str, str] | None:
    """The name of the schema's file for each type of a region; None if cfn-lint's layout is different."""
    if _json(f"providers/{DEFAULT_REGION}.json") is None:
        return None
    return (_json(f"providers/{region}.json") if region.replace("-", "").isalnum() else None) or {}


def _json(name: str) -> Mapping[str, Any] | None:
    spec = find_spec("cfnlint")
    if spec is None or spec.origin is None:
        return None
    try:
        found = json.loads((Path(spec.origin).parent / "data" / "schemas" / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, Mapping) else None


def _asked(name: str, region: str) -> Mapping[str, Any] | None:
    manager = importlib.import_module("cfnlint.schema").PROVIDER_SCHEMA_MANAGER
    try:
        found = manager.get_resource_schema(region, name).schema
    except Exception:  # cfn-lint has a different error for each way of not finding one
        return None
    return found if isinstance(found, Mapping) else None
