"""The generated files are what the generators write from the pinned botocore."""

from __future__ import annotations

import botocore
import pytest

from cdk_sagemaker_pipelines.properties import service_model
from scripts import generate_properties, generate_service_model

MODULES = generate_properties.generate()


def test_made_from_the_installed_botocore() -> None:
    assert service_model.version() == botocore.__version__, "run 'make generate' and pin this botocore"


def test_the_service_model_is_current() -> None:
    assert generate_service_model.TARGET.read_text(encoding="utf-8") == generate_service_model.generate()


@pytest.mark.parametrize("name", MODULES)
def test_the_property_classes_are_current(name: str) -> None:
    assert (generate_properties.FOLDER / name).read_text(encoding="utf-8") == MODULES[name]


def test_the_service_model_stays_small() -> None:
    assert generate_service_model.TARGET.stat().st_size < 300_000
