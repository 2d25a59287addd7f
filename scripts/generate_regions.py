"""Writes properties/regions.json: the CloudFormation types that are missing in the registries of AWS's regions.

The registries are those that cfn-lint ships, limited to the types that an app with a pipeline uses. Run it after
upgrading cfn-lint: ``python -m scripts.generate``. The table records cfn-lint's version.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "constructs/cdk_sagemaker_pipelines/properties/regions.json"

SERVICES = frozenset(
    (
        *("Athena", "CloudWatch", "ECR", "EMR", "EMRServerless", "Events", "Glue", "IAM", "KMS", "Lambda", "Logs"),
        *("Redshift", "RedshiftServerless", "S3", "S3Express", "SNS", "SQS", "SageMaker", "Scheduler"),
        "StepFunctions",
    )
)


def registries() -> dict[str, frozenset[str]]:
    """The types of each region's registry."""
    providers = files("cfnlint.data.schemas.providers")
    found = {
        file.name.removesuffix(".json"): frozenset(json.loads(file.read_text(encoding="utf-8")))
        for file in providers.iterdir()
        if file.name.endswith(".json")
    }
    found.pop("sam", None)  # not a region, but the types of a transform
    return dict(sorted(found.items()))


def generate() -> str:
    """The text of the file, with a line for each type that is missing in some region."""
    by_region = registries()
    types = sorted(name for name in frozenset().union(*by_region.values()) if name.split("::")[1] in SERVICES)
    lacking = {name: [region for region, known in by_region.items() if name not in known] for name in types}
    lines = [f"  {json.dumps(name)}: {json.dumps(' '.join(regions))}" for name, regions in lacking.items() if regions]
    head = f'"source": {json.dumps("cfn-lint " + version("cfn-lint"))},\n"regions": {json.dumps(" ".join(by_region))},'
    return f'{{\n{head}\n"lacking": {{\n' + ",\n".join(lines) + "\n}\n}\n"


def write() -> None:
    """Writes the file."""
    TARGET.write_text(generate(), encoding="utf-8")
