"""What the service adds to the description of a job."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.service_members import service_members

JOB: dict[str, Any] = {
    "TrainingJobName": "job",
    "TrainingJobStatus": "InProgress",
    "LastModifiedTime": datetime(2026, 1, 1, tzinfo=timezone.utc),
}
KIND = {"InstanceType": "ml.p5.48xlarge"}


@pytest.mark.parametrize(
    ("resources", "count"),
    [
        (
            {
                "InstancePreferences": [
                    {**KIND, "InstanceCount": 2},
                    {"InstanceType": "ml.m5.large", "InstanceCount": 1},
                ]
            },
            2,
        ),
        ({"InstancePreferences": [KIND], "InstanceCount": 3}, 3),
    ],
    ids=["of-each", "of-the-job"],
)
def test_a_training_gets_the_first_instances_that_it_prefers(resources: dict[str, Any], count: int) -> None:
    found = service_members("TrainingJob", {**JOB, "ResourceConfig": resources})["ResourceConfig"]
    assert found == {**resources, "SelectedInstanceType": "ml.p5.48xlarge", "SelectedInstanceCount": count}


def test_a_training_with_one_type_selects_nothing() -> None:
    assert "ResourceConfig" not in service_members("TrainingJob", {**JOB, "ResourceConfig": KIND})
