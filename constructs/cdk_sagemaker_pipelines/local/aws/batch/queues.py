"""The queues of AWS Batch for training jobs of one account and region, and the jobs in them, which really run.

What starts when, and what is stopped for what, is decided by ``schedule``: our reading of the user guide.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from ...endings import StepFailed, StepStopped, StopSignal
from ...engine.runner import StepContext
from ..events.bus import EventBus
from ..repeating import clock, moment
from .jobs import ServiceJob, milliseconds, new_job
from .queue import NotPossible, Queue
from .schedule import Schedule, Share

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")

Train = Callable[[StepContext, dict[str, Any]], Any]
"""Runs a training job; raises ``StepFailed`` or ``StepStopped``."""


class _OfBatch(StepContext):
    """What a training job knows of its surroundings that is not a step's."""

    @property
    def tags(self) -> list[dict[str, str]]:
        return []


class BatchStore:
    """Policies, service environments, queues, shares and jobs. ``train``: runs a training job."""

    def __init__(self, services: Any, bus: EventBus, train: Train) -> None:
        self._services, self._bus, self._train = services, bus, train
        self.policies: dict[str, dict[str, Any]] = {}
        self.environments: dict[str, dict[str, Any]] = {}
        self.queues: dict[str, Queue] = {}
        self.shares: dict[str, dict[str, Any]] = {}
        self._lock = threading.RLock()
        self._threads: list[threading.Thread] = []
        self._closed = False

    def arn(self, resource: str) -> str:
        services = self._services
        return f"arn:{services.partition}:batch:{services.region}:{services.account}:{resource}"

    # -- the resources

    def queue(self, name_or_arn: str) -> Queue:
        """Raises ``NotPossible`` for one that does not exist."""
        arn = name_or_arn if name_or_arn.startswith("arn:") else self.arn(f"job-queue/{name_or_arn}")
        found = self.queues.get(arn)
        if found is None:
            raise NotPossible(f"Job queue {name_or_arn} does not exist")
        return found

    def put_queue(self, described: dict[str, Any]) -> Queue:
        """Creates a queue, or gives it other settings."""
        policy = self.policies.get(str(described.get("schedulingPolicyArn")))
        orders = described.get("serviceEnvironmentOrder") or [{}]
        environment = self.environments.get(str(orders[0].get("serviceEnvironment")))
        if policy is None or environment is None or len(orders) != 1:
            raise NotPossible("the local AWS takes a queue with one service environment and a scheduling policy")
        fair = "quotaSharePolicy" not in policy
        limits = {one["capacityUnit"]: one["maxCapacity"] for one in environment["capacityLimits"]}
        before = self.queues.get(described["jobQueueArn"])
        if before is not None:
            before.described, before.schedule.capacity = described, limits
            self._go_on(before)
            return before
        shares = {}
        for one in (policy.get("fairsharePolicy") or {}).get("shareDistribution", ()) if fair else ():
            shares[one["shareIdentifier"]] = Share({}, weight=1 / one.get("weightFactor", 1.0))
        made = self.queues[described["jobQueueArn"]] = Queue(described, Schedule(limits, shares, fair))
        return made

    def put_share(self, share: dict[str, Any]) -> None:
        """Creates a quota share, or gives it other settings."""
        queue = self.queue(share["jobQueueArn"])
        if queue.schedule.fair:
            raise NotPossible("the scheduling policy of the queue has no quota shares")
        sharing = share["resourceSharingConfiguration"]
        limit, strategy = sharing.get("borrowLimit", -1), sharing["strategy"]
        borrow = 0 if strategy != "LEND_AND_BORROW" else None if limit == -1 else limit
        with self._lock:
            self.shares[share["quotaShareArn"]] = share
            queue.schedule.shares[share["quotaShareName"]] = Share(
                {one["capacityUnit"]: one["maxCapacity"] for one in share["capacityLimits"]},
                borrow,
                strategy != "RESERVE",
                share["preemptionConfiguration"]["inSharePreemption"] == "ENABLED",
            )
            self._go_on(queue)

    def delete_share(self, arn: str) -> None:
        share = self.shares.pop(arn, None)
        if share is not None and share["jobQueueArn"] in self.queues:
            self.queues[share["jobQueueArn"]].schedule.shares.pop(share["quotaShareName"], None)

    # -- the jobs

    def job(self, job_id: str) -> ServiceJob:
        """Raises ``NotPossible`` for one that does not exist."""
        for queue in self.queues.values():
            if job_id in queue.jobs:
                return queue.jobs[job_id]
        raise NotPossible(f"Service job {job_id} does not exist")

    def submit(self, told: Mapping[str, Any]) -> ServiceJob:
        """Takes a job up."""
        queue = self.queue(told["jobQueue"])
        member = "shareIdentifier" if queue.schedule.fair else "quotaShareName"
        with self._lock:
            share = told.get(member)
            if queue.schedule.fair and share is not None:
                queue.schedule.shares.setdefault(share, Share({}))
            if share not in queue.schedule.shares:
                raise NotPossible(f"{member} {share!r} does not exist in the job queue")
            if any(one.token == told.get("clientToken") for one in queue.jobs.values()):
                raise NotPossible("a request with this clientToken was submitted already")
            by_type = not queue.schedule.fair
            number = len(queue.jobs)
            try:
                now, start = moment(), self.arn("")[:-1]
                job = new_job(told, queue.arn, number, now, by_type=by_type, arn_start=start)
            except ValueError as error:
                raise NotPossible(f"serviceRequestPayload is not a request in JSON: {error}") from error
            queue.jobs[job.id] = job
            queue.schedule.jobs.append(job.place)
            self._says(job, "RUNNABLE")
            self._go_on(queue)
        return job

    def terminate(self, job: ServiceJob, reason: str) -> None:
        """Stops a job for good."""
        with self._lock:
            if job.has_ended:
                return
            job.terminated = reason
            job.described["isTerminated"] = True
            if job.place.state == "RUNNABLE":
                self._end(job, "FAILED", reason)
            else:
                job.stopping.set()

    def reprioritize(self, job: ServiceJob, priority: int) -> None:
        with self._lock:
            job.place.priority = job.described["schedulingPriority"] = priority
            self._go_on(self.queue(job.described["jobQueue"]))

    def close(self) -> None:
        """Stops what runs, and waits for it."""
        with self._lock:
            self._closed = True
            running = [job for queue in self.queues.values() for job in queue.jobs.values() if not job.has_ended]
        for job in running:
            job.stopping.set()
        for thread in self._threads:
            thread.join(10)

    def _go_on(self, queue: Queue) -> None:
        if self._closed:
            return
        decision = queue.schedule.decide()
        for place in decision.stops:
            job = queue.jobs[place.id]
            job.preempted = True
            self._bus.send(lambda job=job: job.event("Preemption Started"))  # type: ignore[misc]
            job.stopping.set()
        for place in decision.starts:
            job = queue.jobs[place.id]
            job.stopping, job.preempted = StopSignal(), False
            self._says(job, "STARTING", scheduledAt=milliseconds(moment()))
            thread = threading.Thread(target=self._run, args=(job,), name=f"batch {job.id}", daemon=True)
            self._threads = [*(one for one in self._threads if one.is_alive()), thread]
            thread.start()

    def _run(self, job: ServiceJob) -> None:
        """Runs one attempt, in a thread of its own."""
        name = job.next_name()
        context = _OfBatch(self._services, "", "", "", name, job.stopping, clock=clock())
        attempt: dict[str, Any] = {
            "serviceResourceId": {"name": "TrainingJobArn", "value": context.arn("training-job", name)},
            "startedAt": milliseconds(moment()),
        }
        latest = {"serviceResourceId": attempt["serviceResourceId"]}
        with self._lock:
            self._says(job, "RUNNING", latestAttempt=latest, startedAt=attempt["startedAt"])
        try:
            request = {key: value for key, value in job.request.items() if key != "TrainingJobName"}
            self._train(context, request)
            status, reason = "SUCCEEDED", "Training job completed"
        except StepFailed as failed:
            status, reason = "FAILED", failed.reason
        except StepStopped:
            status, reason = "STOPPED", "Training job stopped"
        except Exception as error:  # the queue must go on
            _logger.exception("the service job %s broke", job.id)
            status, reason = "FAILED", f"{type(error).__name__}: {error}"
        attempt |= {
            "stoppedAt": milliseconds(moment()),
            "statusReason": f"Received status from SageMaker: {reason}",
        }
        with self._lock:
            self._has_run(job, status, attempt)

    def _has_run(self, job: ServiceJob, status: str, attempt: dict[str, Any]) -> None:
        reason = attempt["statusReason"]
        if status == "STOPPED" and job.preempted and job.terminated is None:
            summary = job.described["preemptionSummary"]
            again = job.preemptions_left > 0
            summary["preemptedAttemptCount"] += 1
            summary["recentPreemptedAttempts"] = [attempt, *summary["recentPreemptedAttempts"]][:10]
            self._bus.send(lambda: job.event("Preemption Completed"))
            reason = reason if again else "the job was preempted more often than it may be"
        else:
            job.described["attempts"].append(attempt)
            again = status == "FAILED" and job.attempts_left > 0
        if again and job.terminated is None:
            queue = self.queue(job.described["jobQueue"])
            queue.schedule.requeue(job.place)
            self._says(job, "RUNNABLE", statusReason=reason)
            self._go_on(queue)
        else:
            self._end(job, "SUCCEEDED" if status == "SUCCEEDED" else "FAILED", job.terminated or reason)

    def _end(self, job: ServiceJob, status: str, reason: str) -> None:
        queue = self.queue(job.described["jobQueue"])
        queue.schedule.remove(job.place)
        self._says(job, status, statusReason=reason, stoppedAt=milliseconds(moment()))
        self._go_on(queue)

    def _says(self, job: ServiceJob, status: str, **members: Any) -> None:
        job.described.update(members, status=status)
        event = job.event()
        self._bus.send(lambda: event)
