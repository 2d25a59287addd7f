"""The order of lists where the request names none: the API model documents it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import botocore.session
import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

MODEL: Any = botocore.session.get_session().get_service_model("sagemaker")
JOBS = ("ProcessingJob", "TrainingJob", "TransformJob", "HyperParameterTuningJob", "AutoMLJob")
BEGIN = datetime(2026, 1, 1, tzinfo=timezone.utc)


def documented(operation: str, member: str, otherwise: str) -> str:
    """The default that the API model names."""
    text = MODEL.operation_model(operation).input_shape.members[member].documentation
    found = re.search(r"The default is <code>(\w+)</code>", text)
    return found[1] if found else otherwise


def expected(operation: str) -> list[str]:
    """``b`` was made before ``a``."""
    by_name = documented(operation, "SortBy", "CreationTime") == "Name"
    ascending = ["a", "b"] if by_name else ["b", "a"]
    return ascending if documented(operation, "SortOrder", "Descending") == "Ascending" else ascending[::-1]


def test_the_model_documents_both_orders() -> None:
    assert expected("ListModelPackages") == ["b", "a"]
    assert expected("ListTransformJobs") == ["a", "b"]
    assert expected("ListHyperParameterTuningJobs") == ["a", "b"]


@pytest.mark.parametrize("kind", JOBS)
def test_lists_of_jobs(aws: EmbeddedAws, client: Any, kind: str) -> None:
    for hour, name in enumerate(("b", "a")):
        moment = BEGIN + timedelta(hours=hour)
        described = {
            f"{kind}Name": name, f"{kind}Arn": f"arn:aws:sagemaker:eu-central-1:111122223333:job/{name}",
            f"{kind}Status": "Completed", "CreationTime": moment, "LastModifiedTime": moment, "Strategy": "Random",
            "ObjectiveStatusCounters": {}, "TrainingJobStatusCounters": {}, "AutoMLJobSecondaryStatus": "Completed",
        }  # fmt: skip
        aws.services().record_job(kind, name, described)
    listed = _answer(client("sagemaker"), f"List{kind}s")[f"{kind}Summaries"]
    assert [job[f"{kind}Name"] for job in listed] == expected(f"List{kind}s")


def test_lists_of_the_registry_and_hosting(client: Any, role: str) -> None:
    sagemaker = client("sagemaker")
    for name in ("b", "a"):
        sagemaker.create_model_package_group(ModelPackageGroupName=name)
        sagemaker.create_model_package(ModelPackageName=name)
        sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer={"Image": "i"})
        variant = {"VariantName": "v", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    for operation, member, key in (
        ("ListModelPackageGroups", "ModelPackageGroupSummaryList", "ModelPackageGroupName"),
        ("ListModelPackages", "ModelPackageSummaryList", "ModelPackageName"),
        ("ListModels", "Models", "ModelName"),
        ("ListEndpointConfigs", "EndpointConfigs", "EndpointConfigName"),
    ):
        assert [one[key] for one in _answer(sagemaker, operation)[member]] == expected(operation), operation


def _answer(sagemaker: Any, operation: str) -> dict[str, Any]:
    answer: dict[str, Any] = getattr(sagemaker, botocore.xform_name(operation))()
    return answer
