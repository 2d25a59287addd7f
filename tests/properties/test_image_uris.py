"""Image URIs are the SageMaker SDK's own (tests/goldens/make_image_uris.py), and a wrong choice lists what exists."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.language import PipelineError
from cdk_sagemaker_pipelines.properties.image_uris import (
    frameworks,
    image_uri_parts,
    is_aws_account,
    owners,
)
from cdk_sagemaker_pipelines.properties.regions import dns_suffix
from tests.ids import short

GOLDEN = json.loads((Path(__file__).parent.parent / "goldens/image_uris.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: short("-".join(map(str, row[:-1])), 56))
def test_the_uri_is_the_sdks(row: list[Any]) -> None:
    framework, version, scope, region, instance_type, py_version, expected = row
    arguments = {"scope": scope, "region": region, "instance_type": instance_type, "py_version": py_version}
    if expected is None:
        with pytest.raises(PipelineError):
            image_uri_parts(framework, version, **arguments)
    else:
        assert image_uri_parts(framework, version, **arguments).uri(region) == expected


def test_without_a_region_there_is_a_mapping_of_accounts() -> None:
    parts = image_uri_parts("pytorch", "2.1", scope="training", instance_type="ml.g5.xlarge")
    assert (parts.repository, parts.tag) == ("pytorch-training", "2.1-gpu-py310")
    assert parts.accounts["us-east-1"] == "763104351884"
    assert len(parts.accounts) > 30


def test_a_processing_job_runs_the_training_image() -> None:
    assert image_uri_parts("sklearn", "1.2-1", scope="processing").path == "sagemaker-scikit-learn:1.2-1-cpu-py3"


def test_a_spark_image_may_have_a_container_version() -> None:
    parts = image_uri_parts(
        "spark", "3.3", scope="processing", instance_type="ml.m5.xlarge", py_version="py39", container_version="v1"
    )
    assert parts.tag == "3.3-cpu-py39-v1"


def test_a_hugging_face_image_names_the_framework_below_it() -> None:
    parts = image_uri_parts(
        "huggingface", "4.28.1", base_framework_version="pytorch2.0.0", scope="training", processor="gpu"
    )
    assert parts.path == "huggingface-pytorch-training:2.0.0-transformers4.28.1-gpu-py310-cu118-ubuntu20.04"
    with pytest.raises(PipelineError, match=r"such as 'pytorch2\.0\.0'"):
        image_uri_parts("huggingface", "4.28.1", scope="training", processor="gpu")


def test_the_accounts_of_aws() -> None:
    assert is_aws_account("763104351884")
    assert not is_aws_account("111122223333")


def test_who_owns_a_repository_in_a_region() -> None:
    assert owners("sagemaker-scikit-learn", "eu-central-1") == {"492215442770"}
    assert owners("sagemaker-scikit-learn", "us-east-1") == {"683313688378"}
    assert owners("sagemaker-scikit-learn", "mx-central-1") == frozenset()
    assert owners("my-own", "us-east-1") == frozenset()


def test_the_message_for_a_region_without_the_image_lists_those_with_it() -> None:
    with pytest.raises(PipelineError) as error:
        image_uri_parts("sklearn", "1.2-1", scope="training", region="mx-central-1")
    told = str(error.value)
    assert "the region of sklearn 1.2-1 is 'mx-central-1', for which the SageMaker SDK's tables have no image" in told
    assert "did you mean" not in told
    assert set(re.findall(r"'([a-z]+-[a-z-]+-\d)'", told)) == {"mx-central-1", *sklearn_regions()}
    assert len(sklearn_regions()) > 30


def sklearn_regions() -> set[str]:
    return set(image_uri_parts("sklearn", "1.2-1", scope="training").accounts)


def test_an_image_without_a_tag() -> None:
    assert image_uri_parts("model-monitor", None, scope="monitoring").path == "sagemaker-model-monitor-analyzer"


@pytest.mark.parametrize(
    ("framework", "version", "options", "text"),
    [
        ("pytoch", "2.1", {}, "did you mean 'pytorch'?"),
        ("xgboost", "1.7", {}, "the version of xgboost is '1.7'; there are '1', '0.90-1'"),
        ("xgboost", "1.7", {}, "; did you mean '1.7-1'?"),
        ("xgboost", None, {}, "the version of xgboost is needed; there are "),
        ("kmeans", "2", {}, "the version of kmeans is '2'; there are '1'"),
        ("pytorch", "2.1", {}, "pytorch has images for 'cpu', 'gpu'; choose by processor= of the image"),
        ("pytorch", "2.1", {"processor": "tpu"}, "processor 'tpu', but there are only images for 'cpu', 'gpu'"),
        (
            "sklearn",
            "1.2-1",
            {"instance_type": "ml.g5.xlarge"},
            "instance family 'g5' has processor 'gpu', but there are",
        ),
        ("sklearn", "1.2-1", {"instance_type": "m5"}, "must be of the form 'ml.m5.xlarge'"),
        ("sklearn", "1.2-1", {"region": "us-est-1"}, "; did you mean 'us-west-1'?"),
        (
            "model-monitor",
            "",
            {"region": "us-gov-west-1"},
            "the region of model-monitor is 'us-gov-west-1', for which the SageMaker SDK's tables have no image; they",
        ),
        (
            "pytorch",
            "2.1",
            {"processor": "cpu", "py_version": "py39"},
            "py_version of pytorch is 'py39'; there are 'py310'",
        ),
        (
            "sklearn",
            "1.2-1",
            {"container_version": "v1"},
            "container_version is for 'spark', 'pytorch-smp', not for sklearn",
        ),
    ],
)
def test_a_wrong_choice_lists_what_exists(
    framework: str, version: str | None, options: dict[str, Any], text: str
) -> None:
    with pytest.raises(PipelineError) as error:
        image_uri_parts(framework, version, **{"scope": "training", **options})
    assert text in str(error.value)


def test_partitions() -> None:
    assert dns_suffix("eu-west-1") == "amazonaws.com"
    assert dns_suffix("cn-north-1") == "amazonaws.com.cn"


def test_common_frameworks() -> None:
    assert {"xgboost", "sklearn", "pytorch", "tensorflow", "huggingface-pytorch", "spark", "clarify"} <= set(
        frameworks()
    )
