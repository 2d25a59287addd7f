"""The table of GPUs and disks, against what EC2's DescribeInstanceTypes said when moto recorded it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import moto
import pytest

from cdk_sagemaker_pipelines.language.instance_types import GPUS, gpus, has_own_disks
from cdk_sagemaker_pipelines.properties.service_model import request_shape

NOT_IN_EC2 = {"geospatial.interactive"}


@pytest.fixture(scope="module")
def ec2() -> dict[str, dict[str, Any]]:
    """What EC2 describes, by type."""
    recorded = Path(moto.__file__).parent / "ec2" / "resources" / "instance_types.json.gz"
    described: dict[str, dict[str, Any]] = json.loads(gzip.decompress(recorded.read_bytes()))
    return described


def types_of_jobs() -> set[str]:
    """The types that SageMaker's jobs take, without ``ml.``."""
    found = set()
    for step, path in (
        ("Training", ("ResourceConfig", "InstanceType")),
        ("Processing", ("ProcessingResources", "ClusterConfig", "InstanceType")),
        ("Transform", ("TransformResources", "InstanceType")),
    ):
        shape = request_shape(step)
        for name in path:
            assert shape is not None
            shape = shape.members[name]
        assert shape is not None
        assert shape.enum is not None
        found |= {name.removeprefix("ml.") for name in shape.enum}
    return found


def test_every_type_of_a_job_is_counted_as_ec2_counts_it(ec2: dict[str, dict[str, Any]]) -> None:
    types = types_of_jobs()
    assert len(types) > 150
    assert [name for name in types if gpus(f"ml.{name}") is None] == []
    for name in types & ec2.keys():
        described = ec2[name].get("GpuInfo", {}).get("Gpus", [])
        count = sum(gpu["Count"] for gpu in described if gpu["Manufacturer"] in ("NVIDIA", "AMD"))
        assert (name, gpus(f"ml.{name}")) == (name, count)


def test_what_ec2_does_not_describe_any_more_are_a_few_old_types(ec2: dict[str, dict[str, Any]]) -> None:
    listed = {f"{family}.{size}" for family, sizes in GPUS.items() for size in sizes}
    assert {name.partition(".")[0] for name in listed - ec2.keys()} == {"p2", "p3", "p6e-gb200"}


def test_types_with_own_disks_are_those_of_ec2(ec2: dict[str, dict[str, Any]]) -> None:
    for name in types_of_jobs() & ec2.keys():
        assert (name, has_own_disks(f"ml.{name}")) == (name, ec2[name]["InstanceStorageSupported"])


@pytest.mark.parametrize("name", ["ml.g9.xlarge", "ml.g5.7xlarge", "ml.q1.large", "g5.xlarge", "large", ""])
def test_of_other_types_nothing_is_known(name: str) -> None:
    assert gpus(name) is None
