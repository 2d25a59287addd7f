"""``smpipe prices pull``: what an hour of each instance type costs, for ``smpipe diff --prices``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...executions.answers import pages
from .. import aws
from ..errors import CommandError
from ..terminal import busy

SERVED_FROM = "us-east-1"
"""One of the few regions in which the Pricing API answers, for all regions."""
_OF_JOBS = ("Training", "Processing", "Batch Transform", "BatchTransform")
"""The components whose instances pipelines start, as far as these cost the same; the first that has a price counts."""


def run(options: argparse.Namespace) -> int:
    """Prints the prices, or writes them to a file. Returns 0."""
    region = options.region or aws.client("sagemaker", profile=options.profile).meta.region_name
    with aws.errors(), busy("asking for prices"):
        pricing = aws.client("pricing", region=SERVED_FROM, profile=options.profile)
        filters = [
            {"Type": "TERM_MATCH", "Field": "regionCode", "Value": region},
            {"Type": "TERM_MATCH", "Field": "productFamily", "Value": "ML Instance"},
        ]
        listed = list(pages(pricing, "get_products", "PriceList", ServiceCode="AmazonSageMaker", Filters=filters))
    prices = dict(sorted(_prices(listed)))
    if not prices:
        raise CommandError(f"the Pricing API has no price of an instance in {region}")
    text = json.dumps(prices, indent=2) + "\n"
    if options.out is None:
        sys.stdout.write(text)
        return 0
    try:
        Path(options.out).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{options.out} cannot be written: {error.strerror}") from error
    return 0


def _prices(listed: list[Any]) -> Iterator[tuple[str, float]]:
    """The price of an hour by instance type, on demand."""
    found: dict[str, dict[str, float]] = {}
    for text in listed:
        product = json.loads(text) if isinstance(text, str) else text
        attributes = _at(_at(product, "product"), "attributes")
        name, component = attributes.get("instanceName"), attributes.get("component")
        price = _per_hour(product)
        if isinstance(name, str) and component in _OF_JOBS and price is not None:
            of_type = found.setdefault(name, {})
            of_type[component] = max(price, of_type.get(component, 0))
    for name, by_component in found.items():
        yield name, next(by_component[component] for component in _OF_JOBS if component in by_component)


def _per_hour(product: Any) -> float | None:
    """The price on demand; None for what is not paid by the hour or not in US dollars."""
    for offer in _at(_at(product, "terms"), "OnDemand").values():
        for dimension in _at(offer, "priceDimensions").values():
            amount = _at(dimension, "pricePerUnit").get("USD")
            if str(dimension.get("unit")).lower() in ("hrs", "hours", "hour"):
                try:
                    return float(str(amount)) or None
                except (TypeError, ValueError):
                    continue
    return None


def _at(value: Any, key: str) -> Mapping[str, Any]:
    inner = value.get(key) if isinstance(value, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}
