"""The generated files are what the generators write from the pinned botocore."""

from __future__ import annotations

import botocore
import pytest

from cdk_sagemaker_pipelines.properties import regions, service_model
from scripts import generate_properties, generate_regions, generate_service_model

MODULES = generate_properties.generate()


def test_the_tables_are_from_the_installed_botocore() -> None:
    assert service_model.version() == botocore.__version__, "run 'make generate' and pin this botocore"


def test_the_service_model_is_current() -> None:
    assert generate_service_model.TARGET.read_text(encoding="utf-8") == generate_service_model.generate()


@pytest.mark.parametrize("name", MODULES)
def test_the_property_classes_are_current(name: str) -> None:
    assert (generate_properties.FOLDER / name).read_text(encoding="utf-8") == MODULES[name]


def test_the_regions_are_current() -> None:
    assert generate_regions.TARGET.read_text(encoding="utf-8") == generate_regions.generate()


def test_types_that_registries_of_regions_lack() -> None:
    groups = regions.without("AWS::SageMaker::ModelPackageGroup")
    assert "cn-north-1" in groups
    assert "eu-west-1" not in groups
    assert set(groups) < regions.regions()
    assert regions.without("AWS::SageMaker::Pipeline") == ()
    assert regions.without("AWS::Somebody::Else") == ()
    assert regions.source().startswith("cfn-lint ")


def test_the_service_model_stays_small() -> None:
    assert generate_service_model.TARGET.stat().st_size < 300_000
