"""Compares properties/image_uris.py with the SDK's ``image_uris.retrieve`` over a wide grid, and writes a sample of it.

With sagemaker 2.257.7: 108,471 combinations, of which the SDK refuses 64,398 (no such region, instance or Python);
all equal, refusals too, but for the two kinds in ``refused_on_purpose``.

Run it with the Python of an environment that has sagemaker==2.257.7, see README.md. Offline. Writes image_uris.json:
rows of framework, version, scope, region, instance type, py_version, and the URI or null where the SDK refuses.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import logging
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from sagemaker import image_uris, utils

HERE = Path(__file__).resolve().parent
LIBRARY = HERE.parent.parent / "constructs"


def load_image_uris() -> Any:
    """The module by its file: it needs nothing but the language."""
    sys.path.insert(0, str(LIBRARY))
    spec = importlib.util.spec_from_file_location("image_uris", TABLES / "image_uris.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["image_uris"] = module
    spec.loader.exec_module(module)
    return module


TABLES = LIBRARY / "cdk_sagemaker_pipelines/properties"
library = load_image_uris()

REGIONS = (
    *("us-east-1", "us-west-2", "eu-central-1", "ap-southeast-5", "il-central-1", "mx-central-1"),
    *("cn-north-1", "us-gov-west-1", "us-iso-east-1", "us-isob-east-1", "us-isof-south-1"),
)
INSTANCE_TYPES = (
    None,
    "ml.m5.xlarge",
    "ml.c5.xlarge",
    "ml.g5.xlarge",
    "ml.p3.2xlarge",
    "ml.c7g.2xlarge",
    "ml.inf1.2xlarge",
)
SAMPLE = 1_409  # a prime, so that the sample walks through every axis
ALWAYS = {  # of which everything in the first region and one of each other partition is kept
    ("xgboost", "1.7-1"),
    ("xgboost", "3.0-5"),
    ("sklearn", "1.2-1"),
    ("sklearn", "1.4-2"),
    ("pytorch", "2.1"),
    ("tensorflow", "2.14"),
    ("kmeans", "1"),
    ("spark", "3.3"),
    ("huggingface-pytorch", "2.0.0-transformers4.28.1"),
}

Row = tuple[str, str, str, str, "str | None", "str | None"]


def grid() -> Iterator[Row]:
    """Each framework, version, alias, scope and version of Python that the table has, times instances and regions."""
    data = json.loads((TABLES / "image_data.json").read_text())
    for framework, tables in data["images"].items():
        for table in tables:
            numbers = {**{v: v for v in table["versions"]}, **table["aliases"]}
            for number, target in numbers.items():
                pythons = [py for image in table["versions"][target] for py in image.get("py_versions", ())]
                scopes = [scope for scope in table["scopes"] if scope != "inference_graviton"] or ["inference"]
                for row in itertools.product(scopes, REGIONS, INSTANCE_TYPES, (None, *pythons)):
                    yield (framework, number, *row)


def theirs(row: Row) -> str | None:
    """What the SDK says; null where it refuses."""
    framework, number, scope, region, instance_type, python = row
    arguments: dict[str, Any] = {"version": number}
    if "-transformers" in number:
        base, transformers = number.split("-transformers")
        arguments = {"version": transformers, "base_framework_version": framework.removeprefix("huggingface-") + base}
        framework = "huggingface"
    try:
        uri = image_uris.retrieve(
            framework, region, image_scope=scope, instance_type=instance_type, py_version=python, **arguments
        )
    except Exception:  # the SDK refuses with whatever comes up, KeyError among them
        return None
    return str(uri)


def ours(row: Row) -> str | None:
    """What this library says; null where it refuses."""
    framework, number, scope, region, instance_type, python = row
    arguments = {"scope": scope, "region": region, "instance_type": instance_type, "py_version": python}
    try:
        return str(library.image_uri_parts(framework, number, **arguments).uri(region))
    except library.PipelineError:
        return None


def refused_on_purpose(row: Row) -> bool:
    """Where the SDK answers and this library does not: Inferentia, and Graviton images of a version not asked for."""
    framework, number, _, _, instance_type, _ = row
    if instance_type == "ml.inf1.2xlarge":
        return framework == "huggingface-pytorch"
    return instance_type == "ml.c7g.2xlarge" and framework == "sklearn" and number != "1.0-1"


def main() -> None:
    logging.disable(logging.WARNING)
    # the SDK reads these files at every call; an hour becomes minutes
    image_uris.config_for_framework = cache(image_uris.config_for_framework)
    utils._botocore_resolver = cache(utils._botocore_resolver)
    kept, different, count, refused = [], [], 0, 0
    for position, row in enumerate(row for row in grid() if not refused_on_purpose(row)):
        expected = theirs(row)
        count += 1
        refused += expected is None
        if expected != ours(row):
            different.append((*row, expected, ours(row)))
        first = (
            row[3] in ("us-east-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1") and row[4] in INSTANCE_TYPES[1:4]
        )
        if position % SAMPLE == 0 or (first and row[:2] in ALWAYS):
            kept.append([*row, expected])
    for row_and_uris in different:
        print(*row_and_uris)
    print(f"{count} combinations, {refused} refused by the SDK, {len(different)} different, {len(kept)} kept")
    lines = ",\n".join(json.dumps(row) for row in kept)
    (HERE / "image_uris.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
