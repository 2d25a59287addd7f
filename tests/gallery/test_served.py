"""The endpoint of the gallery follows the approvals of the versions that its pipeline registers."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.gallery.deployment import Gallery
from tests.local.test_operations import until

pytestmark = pytest.mark.slow


def served(gallery: Gallery) -> tuple[str, str] | None:
    """The status of the endpoint, and the version that it serves."""
    sagemaker = gallery.sagemaker
    try:
        endpoint = sagemaker.describe_endpoint(EndpointName="served")
    except sagemaker.exceptions.ClientError:
        return None
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    assert config["DataCaptureConfig"]["InitialSamplingPercentage"] == 20
    model = sagemaker.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
    return endpoint["EndpointStatus"], model["Containers"][0]["ModelPackageName"].rpartition("/")[2]


def is_served(gallery: Gallery, wanted: tuple[str, str]) -> bool:
    return served(gallery) == wanted


def own(gallery: Gallery, kind: str, name: str) -> list[Any]:
    """What there is of a kind, by name."""
    listed = getattr(gallery.sagemaker, f"list_{kind}")
    (found,) = (value for key, value in listed().items() if key != "ResponseMetadata")
    return [one[name] for one in found if one[name].startswith("served")]


def test_it_is_monitored(gallery: Gallery) -> None:
    gallery.pipeline("Served")
    listed = gallery.sagemaker.list_monitoring_schedules(EndpointName="served")["MonitoringScheduleSummaries"]
    kinds = {one["MonitoringType"]: one["MonitoringScheduleName"] for one in listed}
    assert set(kinds) == {"DataQuality", "ModelBias", "ModelQuality"}
    schedule = gallery.sagemaker.describe_monitoring_schedule(MonitoringScheduleName=kinds["DataQuality"])
    config = schedule["MonitoringScheduleConfig"]
    assert config["ScheduleConfig"] == {"ScheduleExpression": "cron(0 * ? * * *)"}
    jobs = gallery.sagemaker.describe_data_quality_job_definition(
        JobDefinitionName=config["MonitoringJobDefinitionName"]
    )
    assert jobs["DataQualityBaselineConfig"]["ConstraintsResource"]["S3Uri"].endswith("/baseline/constraints.json")


def test_from_the_first_version_to_the_end_of_the_stack(gallery: Gallery) -> None:
    sagemaker = gallery.sagemaker
    versions = []
    for _ in range(2):
        assert gallery.run("Served").status == "Succeeded"
        listed = sagemaker.list_model_packages(ModelPackageGroupName="served", SortOrder="Descending")
        versions.append(listed["ModelPackageSummaryList"][0]["ModelPackageArn"])
    assert served(gallery) is None

    for arn in versions:
        sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
        wanted = ("InService", arn.rpartition("/")[2])
        assert until(partial(is_served, gallery, wanted))
    # the version of before is removed
    assert until(lambda: len(own(gallery, "models", "ModelName")) == 1)
    assert until(lambda: len(own(gallery, "endpoint_configs", "EndpointConfigName")) == 1)

    gallery.destroy("Served")
    assert served(gallery) is None
    assert gallery.sagemaker.list_monitoring_schedules()["MonitoringScheduleSummaries"] == []
    assert own(gallery, "models", "ModelName") == own(gallery, "endpoint_configs", "EndpointConfigName") == []
