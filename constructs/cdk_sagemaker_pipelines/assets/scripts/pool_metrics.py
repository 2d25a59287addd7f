"""Puts into CloudWatch what AWS Batch says of a training pool; runs each minute in a function of a pool's dashboard.

Batch has no metrics of its own for queues of training jobs. The variables: ``POOL``, the name; ``JOB_QUEUE``, the ARN
of the queue.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3

NAMESPACE = "SageMakerPipelines/TrainingPools"
_MOST = 500
"""The values that one request puts; CloudWatch takes 1000."""


def put(event: dict[str, Any], context: object) -> None:
    """Puts the instances in use by team and type, and the jobs that wait by team."""
    queue = os.environ["JOB_QUEUE"]
    utilization = _batch().get_job_queue_snapshot(jobQueue=queue).get("queueUtilization") or {}
    used: Counter[tuple[str, str]] = Counter()
    waiting: Counter[str] = Counter()
    if "fairshareUtilization" not in utilization:
        for share in _pages("list_quota_shares", "quotaShares", jobQueue=queue):
            waiting[share["quotaShareName"]] = 0
            used.update({(share["quotaShareName"], one["capacityUnit"]): 0 for one in share.get("capacityLimits", ())})
    for member, name in (("quotaShareUtilization", "quotaShareName"), ("fairshareUtilization", "shareIdentifier")):
        for team in (utilization.get(member) or {}).get("topCapacityUtilization", ()):
            waiting[team[name]] += 0
            used.update({(team[name], one["capacityUnit"]): one["quantity"] for one in team.get("capacityUsage", ())})
    for job in _pages("list_service_jobs", "jobSummaryList", jobQueue=queue, jobStatus="RUNNABLE"):
        waiting[job.get("quotaShareName") or job["shareIdentifier"]] += 1
    data = [
        *(_value("InstancesUsed", count, Team=team, InstanceType=kind) for (team, kind), count in used.items()),
        *(_value("JobsWaiting", count, Team=team) for team, count in waiting.items()),
    ]
    for first in range(0, len(data), _MOST):
        _cloudwatch().put_metric_data(Namespace=NAMESPACE, MetricData=data[first : first + _MOST])


def _value(metric: str, value: float, **dimensions: str) -> dict[str, Any]:
    named = {"Pool": os.environ["POOL"], **dimensions}
    described = [{"Name": name, "Value": text} for name, text in named.items()]
    return {"MetricName": metric, "Dimensions": described, "Value": value, "Unit": "Count"}


def _pages(operation: str, member: str, **request: Any) -> Iterator[dict[str, Any]]:
    for page in _batch().get_paginator(operation).paginate(**request):
        yield from page.get(member, ())


@cache
def _batch() -> Any:
    return boto3.client("batch")


@cache
def _cloudwatch() -> Any:
    return boto3.client("cloudwatch")
