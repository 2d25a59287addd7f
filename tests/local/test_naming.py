"""The names of jobs: the service makes them, with a prefix that the request may give."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.local.engine.naming import job_name
from tests.local.support import step


@pytest.mark.parametrize(
    ("type", "arguments", "name"),
    [
        ("Training", {}, "pipelines-abcdefghijkl-A-Step-of-a-long-nam-{}"),
        ("Training", {"TrainingJobName": "mine"}, "mine-{}"),
        ("QualityCheck", {"ProcessingJobName": "mine"}, "mine-{}"),
        ("Tuning", {}, "abcdefghijkl-A-Step-{}"),
        ("AutoML", {"AutoMLJobName": "n" * 40}, f"{'n' * 21}-{{}}"),
        ("Model", {}, "pipelines-abcdefghijkl-a-step-of-a-long-name-{}"),
        ("Model", {"ModelName": "mine"}, "mine-{}"),
        # the service prefixes the name of a job of its own by itself
        ("Job", {"JobName": "mine"}, "pipelines-abcdefghijkl-A-Step-of-a-long-nam-{}"),
        ("OfTomorrow", {}, "pipelines-abcdefghijkl-A-Step-of-a-long-nam-{}"),
    ],
)
def test_names_are_those_of_the_service(type: str, arguments: dict[str, Any], name: str) -> None:
    document = {"Version": "2020-12-01", "Steps": [step("A_Step-of-a-long-name", type, arguments)]}
    found = job_name(Definition(document).step("A_Step-of-a-long-name"), "abcdefghijklmnop")
    assert re.fullmatch(name.format("[a-z0-9]{10}"), found)
