"""The operations of AWS Batch for training jobs, which moto lacks.

https://docs.aws.amazon.com/batch/latest/APIReference/API_SubmitServiceJob.html
"""

from __future__ import annotations

import json
from typing import Any

from moto.batch import urls
from moto.batch.responses import BatchResponse

from .queue import Queue
from .settings_api import SettingsOperations

_FRONT = 100


class BatchApi(SettingsOperations):
    """Answers one request; each public method is an operation."""

    def submitservicejob(self) -> str:
        names = (
            "jobName", "jobQueue", "retryStrategy", "schedulingPriority", "serviceRequestPayload", "serviceJobType",
            "shareIdentifier", "quotaShareName", "preemptionConfiguration", "timeoutConfig", "tags", "clientToken",
        )  # fmt: skip
        job = self._store.submit(self._told(*names))
        return json.dumps({name: job.described[name] for name in ("jobArn", "jobName", "jobId")})

    def describeservicejob(self) -> str:
        return json.dumps(self._store.job(self._get_param("jobId")).described)

    def listservicejobs(self) -> str:
        queue = self._store.queue(self._get_param("jobQueue"))
        jobs = [job.described for job in queue.jobs.values()]
        filters = self._get_param("filters") or []
        named = {one["name"]: one["values"] for one in filters}
        status = self._get_param("jobStatus") or ("RUNNING" if not filters else None)
        if "JOB_NAME" not in named and status is not None:
            jobs = [job for job in jobs if job["status"] == status]
        for name, member in (("SHARE_IDENTIFIER", "shareIdentifier"), ("QUOTA_SHARE_NAME", "quotaShareName")):
            if name in named:
                jobs = [job for job in jobs if job.get(member) in named[name]]
        if "JOB_NAME" in named:
            jobs = [job for job in jobs if any(_matches(job["jobName"], value) for value in named["JOB_NAME"])]
        found = [queue.jobs[job["jobId"]].summary() for job in sorted(jobs, key=lambda job: -job["createdAt"])]
        return json.dumps({"jobSummaryList": found})

    def terminateservicejob(self) -> str:
        self._store.terminate(self._store.job(self._get_param("jobId")), self._get_param("reason"))
        return "{}"

    def updateservicejob(self) -> str:
        job = self._store.job(self._get_param("jobId"))
        self._store.reprioritize(job, self._get_param("schedulingPriority"))
        return json.dumps({name: job.described[name] for name in ("jobArn", "jobName", "jobId")})

    def getjobqueuesnapshot(self) -> str:
        return json.dumps(snapshot(self._store.queue(self._get_param("jobQueue"))))


def snapshot(queue: Queue) -> dict[str, Any]:
    """What ``GetJobQueueSnapshot`` says of a queue."""
    jobs = [queue.jobs[place.id] for place in queue.schedule.jobs]
    waiting = [job for job in jobs if job.place.state == "RUNNABLE"][:_FRONT]
    used: dict[str, dict[str, int]] = {}
    for place in queue.schedule.jobs:
        if place.state != "RUNNABLE":
            of_share = used.setdefault(place.share, {})
            of_share[place.unit] = of_share.get(place.unit, 0) + place.count
    total: dict[str, int] = {}
    for usage in used.values():
        for unit, count in usage.items():
            total[unit] = total.get(unit, 0) + count
    member, name = (
        ("fairshareUtilization", "shareIdentifier")
        if queue.schedule.fair
        else (
            "quotaShareUtilization",
            "quotaShareName",
        )
    )
    top = [{name: share, "capacityUsage": _usage(usage)} for share, usage in used.items()]
    front = [
        {"jobArn": job.described["jobArn"], "earliestTimeAtPosition": job.described["createdAt"]} for job in waiting
    ]
    return {
        "frontOfQueue": {"jobs": front},
        "queueUtilization": {"totalCapacityUsage": _usage(total), member: {"topCapacityUtilization": top}},
    }


def _usage(counts: dict[str, int]) -> list[dict[str, Any]]:
    return [{"capacityUnit": unit, "quantity": count} for unit, count in counts.items()]


def _matches(name: str, asked: str) -> bool:
    name, asked = name.lower(), asked.lower()
    return name.startswith(asked[:-1]) if asked.endswith("*") else name == asked


# moto has no routes for what it does not offer
for _operation in (name for kind in (BatchApi, SettingsOperations) for name in vars(kind) if name.isalpha()):
    urls.url_paths.setdefault(f"{{0}}/v1/{_operation}", BatchResponse.dispatch)
