"""A training job that waits in a queue of AWS Batch: what ``DescribeServiceJob`` says of it, and its events."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ...endings import StopSignal
from ..events.bus import Event
from .schedule import ANY, Waiting

ENDED = ("SUCCEEDED", "FAILED")
_LONGEST_NAME = 63
_TIMES = ("createdAt", "scheduledAt", "startedAt", "stoppedAt")
_SUMMARY = (
    *("latestAttempt", "capacityUsage", "jobArn", "jobId", "jobName", "serviceJobType", "shareIdentifier"),
    *("quotaShareName", "status", "statusReason", "isTerminated"),
)
_KEPT = (
    *("jobName", "retryStrategy", "schedulingPriority", "serviceRequestPayload", "serviceJobType", "shareIdentifier"),
    *("quotaShareName", "preemptionConfiguration", "timeoutConfig", "tags"),
)
_NOT_IN_EVENTS = ("serviceRequestPayload", "tags")


@dataclass(eq=False)
class ServiceJob:
    """One job. ``request``: the request of the training job. ``place``: where it is in the queue."""

    described: dict[str, Any]
    request: dict[str, Any]
    place: Waiting
    token: str
    stopping: StopSignal = field(default_factory=StopSignal)
    terminated: str | None = None
    """Why it was terminated."""
    preempted: bool = False
    """Whether it is being stopped for another job."""

    @property
    def id(self) -> str:
        return str(self.described["jobId"])

    @property
    def has_ended(self) -> bool:
        return self.described["status"] in ENDED

    @property
    def attempts_left(self) -> int:
        """How often it may still fail and be tried again."""
        failed = len(self.described["attempts"])
        return int((self.described.get("retryStrategy") or {}).get("attempts", 1)) - failed

    @property
    def preemptions_left(self) -> float:
        """How often it may still be stopped for another and start again."""
        most = (self.described.get("preemptionConfiguration") or {}).get("preemptionRetriesBeforeTermination")
        done = self.described["preemptionSummary"]["preemptedAttemptCount"]
        return float("inf") if most is None else most - done

    def event(self, kind: str = "State Change") -> Event:
        """What is said of it now; the user guide: as it is described, without tags and payload."""
        detail = {name: value for name, value in self.described.items() if name not in _NOT_IN_EVENTS}
        told = json.loads(json.dumps(detail))
        return Event(f"Batch Service Job {kind}", [self.described["jobArn"]], told, "aws.batch")

    def summary(self) -> dict[str, Any]:
        """Its entry in ``ListServiceJobs``."""
        return {name: self.described[name] for name in (*_TIMES, *_SUMMARY) if name in self.described}

    def next_name(self) -> str:
        """The name of its next training job."""
        number = len(self.described["attempts"]) + self.described["preemptionSummary"]["preemptedAttemptCount"]
        digest = hashlib.sha256(f"{self.id}/{number}".encode()).hexdigest()[:32]
        name = re.sub(r"[^A-Za-z0-9-]+", "-", self.described["jobName"]).strip("-")
        return f"AWSBatch{name}"[: _LONGEST_NAME - 32].rstrip("-") + digest


def new_job(
    told: Mapping[str, Any], queue_arn: str, number: int, now: datetime, *, by_type: bool, arn_start: str
) -> ServiceJob:
    """A submitted job. ``by_type``: whether the queue counts instances by type. Raises ``ValueError`` for no JSON."""
    request = json.loads(told["serviceRequestPayload"])
    if not isinstance(request, dict):
        raise ValueError("serviceRequestPayload must be a JSON object")
    cluster = request.get("ResourceConfig") or {}
    unit = str(cluster.get("InstanceType")) if by_type else ANY
    count = int(cluster.get("InstanceCount") or 1)
    job_id = str(uuid.uuid4())
    described = {
        **{name: told[name] for name in _KEPT if told.get(name) is not None},
        "attempts": [],
        "createdAt": milliseconds(now),
        "jobArn": f"{arn_start}:service-job/{job_id}",
        "jobId": job_id,
        "jobQueue": queue_arn,
        "capacityUsage": [{"capacityUnit": unit, "quantity": count}],
        "preemptionSummary": {"preemptedAttemptCount": 0, "recentPreemptedAttempts": []},
        "status": "SUBMITTED",
    }
    share = str(told.get("quotaShareName") or told.get("shareIdentifier"))
    place = Waiting(job_id, share, unit, count, number, int(told.get("schedulingPriority") or 0))
    return ServiceJob(described, request, place, str(told.get("clientToken") or job_id))


def milliseconds(moment: datetime) -> int:
    """A time as Batch writes it."""
    return int(moment.timestamp() * 1000)
