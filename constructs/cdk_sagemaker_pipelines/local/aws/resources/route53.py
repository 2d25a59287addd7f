"""Records of hosted zones that moto models in part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .moto_models import Completed
from .provider import Provider


def _with_dots(properties: dict[str, Any]) -> dict[str, Any]:
    """The API, which deletes them, calls no record by a name without a dot at its end."""
    records = [{**record, "Name": f"{record['Name'].rstrip('.')}."} for record in properties.get("RecordSets", [])]
    return {**properties, "RecordSets": records}


ROUTE53_RESOURCES: Mapping[str, Provider] = {"AWS::Route53::RecordSetGroup": Completed(_with_dots)}
