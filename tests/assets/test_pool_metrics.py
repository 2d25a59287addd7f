"""The function that measures a pool, against services that check each request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cdk_sagemaker_pipelines.assets.scripts import pool_metrics
from cdk_sagemaker_pipelines.steps.jobs import pool_dashboard
from tests.cli.service import Service

G5, P4, ANY = "ml.g5.xlarge", "ml.p4d.24xlarge", "NUM_INSTANCES"


def pages(member: str, items: list[dict[str, Any]]) -> Any:
    """One item a page."""

    def answer(asked: Mapping[str, Any]) -> dict[str, Any]:
        at = int(asked.get("nextToken", "0"))
        more = {"nextToken": f"{at + 1}"} if at + 1 < len(items) else {}
        return {member: items[at : at + 1], **more}

    return answer


def measured(monkeypatch: pytest.MonkeyPatch, **answers: Any) -> tuple[dict[tuple[str, ...], float], Service]:
    """The values by metric, team and type, and the requests to Batch."""
    batch, cloudwatch = Service(answers, "batch"), Service({"PutMetricData": {}}, "cloudwatch")
    monkeypatch.setenv("POOL", "gpus")
    monkeypatch.setenv("JOB_QUEUE", "arn:queue")
    monkeypatch.setattr(pool_metrics, "_batch", lambda: batch.client)
    monkeypatch.setattr(pool_metrics, "_cloudwatch", lambda: cloudwatch.client)
    monkeypatch.setattr(pool_metrics, "_MOST", 2)
    pool_metrics.put({}, None)
    found: dict[tuple[str, ...], float] = {}
    for request in cloudwatch.asked.get("PutMetricData", ()):
        assert request["Namespace"] == pool_dashboard.NAMESPACE
        for one in request["MetricData"]:
            (first, *others) = [(each["Name"], each["Value"]) for each in one["Dimensions"]]
            assert (first, one["Unit"]) == (("Pool", "gpus"), "Count")
            assert [name for name, _ in others] == ["Team", "InstanceType"][: len(others)]
            key = (one["MetricName"], *(value for _, value in others))
            found[key] = one["Value"]
    return found, batch


def job(member: str, team: str) -> dict[str, Any]:
    return {"jobId": "id", "jobName": "name", "serviceJobType": "SAGEMAKER_TRAINING", member: team}


def test_teams_with_guarantees(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that uses nothing has a 0, so that its line goes down."""
    usage = [{"capacityUnit": G5, "quantity": 7.0}]
    found, batch = measured(
        monkeypatch,
        GetJobQueueSnapshot={
            "queueUtilization": {
                "quotaShareUtilization": {
                    "topCapacityUtilization": [{"quotaShareName": "vision", "capacityUsage": usage}]
                }
            }
        },
        ListQuotaShares=pages(
            "quotaShares",
            [
                {"quotaShareName": name, "capacityLimits": [{"capacityUnit": kind, "maxCapacity": 9} for kind in kinds]}
                for name, kinds in (("vision", [G5, P4]), ("nlp", [G5]))
            ],
        ),
        ListServiceJobs=pages("jobSummaryList", [job("quotaShareName", "nlp")] * 3),
    )
    assert found == {
        ("InstancesUsed", "vision", G5): 7,
        ("InstancesUsed", "vision", P4): 0,
        ("InstancesUsed", "nlp", G5): 0,
        ("JobsWaiting", "vision"): 0,
        ("JobsWaiting", "nlp"): 3,
    }
    assert {one["jobStatus"] for one in batch.asked["ListServiceJobs"]} == {"RUNNABLE"}


def test_teams_with_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = [{"capacityUnit": ANY, "quantity": 2.0}]
    found, batch = measured(
        monkeypatch,
        GetJobQueueSnapshot={
            "queueUtilization": {
                "fairshareUtilization": {
                    "topCapacityUtilization": [{"shareIdentifier": "vision", "capacityUsage": usage}]
                }
            }
        },
        ListServiceJobs=pages("jobSummaryList", [job("shareIdentifier", "nlp")]),
    )
    assert found == {
        ("InstancesUsed", "vision", ANY): 2,
        ("JobsWaiting", "vision"): 0,
        ("JobsWaiting", "nlp"): 1,
    }
    assert "ListQuotaShares" not in batch.asked


def test_an_empty_pool_puts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = measured(monkeypatch, GetJobQueueSnapshot={}, ListQuotaShares={}, ListServiceJobs={"jobSummaryList": []})
    assert found == {}
