"""Writes image_regions.json: the images of six frameworks in every region, as the SDK's ``image_uris.retrieve`` says.

Run it with the Python of an environment that has sagemaker==2.257.7, see README.md. Offline. By the framework, then by
the region: the URI, or null where the SDK refuses.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from sagemaker import image_uris

HERE = Path(__file__).resolve().parent
REGIONS = HERE.parent.parent / "constructs/cdk_sagemaker_pipelines/properties/regions.json"
IMAGES: dict[str, dict[str, Any]] = {
    "xgboost": {"version": "1.7-1"},
    "sklearn": {"version": "1.2-1"},
    "pytorch": {"version": "2.1", "image_scope": "training"},
    "tensorflow": {"version": "2.13", "image_scope": "training"},
    "huggingface": {
        "version": "4.28.1",
        "base_framework_version": "pytorch2.0.0",
        "image_scope": "training",
        "instance_type": "ml.g5.xlarge",
    },
    "kmeans": {"version": "1"},
}
"""What is asked for; where nothing else is said, for ml.m5.xlarge."""


def uri(framework: str, region: str) -> str | None:
    """What the SDK says; null where it refuses."""
    try:
        return str(image_uris.retrieve(framework, region, **{"instance_type": "ml.m5.xlarge", **IMAGES[framework]}))
    except Exception:  # the SDK refuses with whatever comes up, KeyError among them
        return None


def main() -> None:
    logging.disable(logging.WARNING)
    regions = json.loads(REGIONS.read_text(encoding="utf-8"))["regions"].split()
    found = {framework: {region: uri(framework, region) for region in regions} for framework in IMAGES}
    (HERE.parent / "environments" / "image_regions.json").write_text(
        json.dumps(found, indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
