"""Every region: its images are those of the SDK, and its templates name no other partition."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_sagemaker_pipelines import CallbackStep, Environment, Image, Pipeline, ProcessingStep, TrainingStep
from cdk_sagemaker_pipelines.properties.image_uris import image_uri_parts
from cdk_sagemaker_pipelines.properties.regions import dns_suffix, dns_suffixes, partition, regions

# by framework, then by region: the SDK's URI, or null where it refuses (tests/goldens/make_image_regions.py)
GOLDEN: Mapping[str, Mapping[str, str | None]] = json.loads(
    (Path(__file__).parent / "image_regions.json").read_text(encoding="utf-8")
)
IMAGES = {
    "xgboost": Image.xgboost("1.7-1"),
    "sklearn": Image.sklearn("1.2-1"),
    "pytorch": Image.pytorch("2.1"),
    "tensorflow": Image.tensorflow("2.13"),
    "huggingface": Image.huggingface("4.28.1", base_version="pytorch2.0.0"),
    "kmeans": Image.algorithm("kmeans"),
}
ASKED: dict[str, dict[str, Any]] = {
    "xgboost": {"version": "1.7-1"},
    "sklearn": {"version": "1.2-1"},
    "pytorch": {"version": "2.1"},
    "tensorflow": {"version": "2.13"},
    "huggingface": {"version": "4.28.1", "base_framework_version": "pytorch2.0.0", "processor": "gpu"},
    "kmeans": {"version": "1"},
}
OF_EACH_PARTITION = ("eu-west-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1", "us-isob-east-1", "us-isof-south-1")
_HOST = re.compile(rf"[a-z0-9.-]+\.(?:{'|'.join(sorted(map(re.escape, dns_suffixes()), key=len, reverse=True))})\b")


@pytest.mark.parametrize("framework", GOLDEN)
def test_images_are_the_sdks_in_every_region(framework: str) -> None:
    assert GOLDEN[framework].keys() == regions()
    options = {"scope": "training", "instance_type": None if framework == "huggingface" else "ml.m5.xlarge"}
    parts = image_uri_parts(framework, **{**options, **ASKED[framework]})
    found = {region: parts.uri(region) if region in parts.accounts else None for region in regions()}
    assert found == GOLDEN[framework]


@pytest.mark.parametrize("region", OF_EACH_PARTITION)
def test_a_template_of_each_partition(region: str, tmp_path: Path) -> None:
    judge(region, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("region", sorted(regions() - {*OF_EACH_PARTITION}))
def test_a_template_of_every_other_region(region: str, tmp_path: Path) -> None:
    judge(region, tmp_path)


def judge(region: str, folder: Path) -> None:
    """Deploys a pipeline with all images that there are, and looks for hosts and ARNs of other partitions."""
    environment = Environment(
        name="Here",
        account="111122223333",
        region=region,
        key=f"arn:{partition(region)}:kms:{region}:111122223333:key/k",
        permissions_boundary="team",
    )
    app = cdk.App(outdir=str(folder), analytics_reporting=False)
    pipeline = Pipeline(cdk.Stack(environment.stage(app), "Stack"), "Pipeline")
    CallbackStep(pipeline, "Ask")
    expected = {framework: uri for framework, by_region in GOLDEN.items() if (uri := by_region[region])}
    for framework in expected:
        instance_type = "ml.g5.xlarge" if framework == "huggingface" else "ml.m5.xlarge"
        TrainingStep(pipeline, framework, image=IMAGES[framework], instance_type=instance_type)
    if "sklearn" in expected:
        ProcessingStep(
            pipeline, "Prepare", image=IMAGES["sklearn"], instance_type="ml.m5.xlarge", outputs=["train"]
        )  # fmt: skip
    steps = {step.name: step.arguments for step in pipeline.definition.steps}
    for framework, uri in expected.items():
        assert steps[framework]["AlgorithmSpecification"]["TrainingImage"] == uri
    text = json.dumps(app.synth().get_nested_assembly("assembly-Here").stacks[0].template)
    arns = set(re.findall(r"arn:(aws[a-z-]*):", text))
    assert arns <= {partition(region)}
    hosts = set(_HOST.findall(text)) - {"sagemaker.amazonaws.com"}  # the service's principal is the same everywhere
    assert {host for host in hosts if not host.endswith(f".{dns_suffix(region)}")} == set()
    assert len(hosts) >= bool(expected)
