"""The schemas of resource types, as CloudFormation's registry publishes them and cfn-lint brings them along.

cfn-lint is of the extra ``[local]``. Its package takes most of a second to import, its files milliseconds to read: they
are read where they lie as they do today, and else asked of its schema manager.
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
"""The region whose schemas are taken where the region is not known: it has most types."""

MISSING = "cfn-lint is not installed, which has the schemas: pip install 'cdk-sagemaker-pipelines[local]'"
"""Why nothing is judged."""

_CUSTOM = "AWS::CloudFormation::CustomResource"


def available() -> bool:
    """Whether there are schemas to judge by."""
    return find_spec("cfnlint") is not None


@cache
def schema(resource_type: str, region: str = DEFAULT_REGION) -> Mapping[str, Any] | None:
    """The schema of a resource type; that of the default region where the region is not known or lacks the type.

    None where cfn-lint knows no such type, as of private types and of what is newer, and where there is no cfn-lint.
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
    """The name of the schema's file for each type of a region; None where they are not kept in that way."""
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
    except Exception:  # cfn-lint has an error of its own for each way in which there is none
        return None
    return found if isinstance(found, Mapping) else None
