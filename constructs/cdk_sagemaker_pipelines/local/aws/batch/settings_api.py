"""The operations of AWS Batch for queues of training jobs and what is around them; other queues are moto's."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from moto.batch.exceptions import ClientException
from moto.batch.responses import BatchResponse

from ..world import World
from .queue import NotPossible, Queue
from .queues import BatchStore

KIND = "SAGEMAKER_TRAINING"


class SettingsOperations(BatchResponse):
    """One request."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def call_action(self) -> Any:
        try:
            return super().call_action()
        except NotPossible as error:
            raise ClientException(str(error)) from error

    @property
    def _store(self) -> BatchStore:
        return self._world.batch(self.current_account, self.region)

    def _told(self, *names: str) -> dict[str, Any]:
        """The members that are given."""
        return {name: value for name in names if (value := self._get_param(name)) is not None}

    # -- policies, environments, queues and shares

    def createschedulingpolicy(self) -> str:
        name = self._get_param("name")
        arn = self._store.arn(f"scheduling-policy/{name}")
        self._refuse_taken(arn, self._store.policies)
        self._store.policies[arn] = {
            "name": name,
            "arn": arn,
            **self._told("quotaSharePolicy", "fairsharePolicy", "tags"),
        }
        return json.dumps({"name": name, "arn": arn})

    def describeschedulingpolicies(self) -> str:
        policies = self._store.policies
        return json.dumps({"schedulingPolicies": [policies[arn] for arn in self._get_param("arns") if arn in policies]})

    def listschedulingpolicies(self) -> str:
        return json.dumps({"schedulingPolicies": [{"arn": arn} for arn in self._store.policies]})

    def updateschedulingpolicy(self) -> str:
        policy = self._found(self._store.policies, self._get_param("arn"), "Scheduling policy")
        policy.update(self._told("quotaSharePolicy", "fairsharePolicy"))
        return ""

    def deleteschedulingpolicy(self) -> str:
        self._store.policies.pop(self._get_param("arn"), None)
        return ""

    def createserviceenvironment(self) -> str:
        name = self._get_param("serviceEnvironmentName")
        arn = self._store.arn(f"service-environment/{name}")
        self._refuse_taken(arn, self._store.environments)
        told = self._told("serviceEnvironmentType", "capacityLimits", "tags")
        known = {"serviceEnvironmentName": name, "serviceEnvironmentArn": arn}
        self._store.environments[arn] = {**known, "state": "ENABLED", "status": "VALID", **told}
        return json.dumps(known)

    def describeserviceenvironments(self) -> str:
        named = self._get_param("serviceEnvironments")
        found = _named(self._store.environments.values(), named, "serviceEnvironmentName", "serviceEnvironmentArn")
        return json.dumps({"serviceEnvironments": found})

    def updateserviceenvironment(self) -> str:
        arn = self._get_param("serviceEnvironment")
        environment = self._found(self._store.environments, arn, "Service environment")
        environment.update(self._told("state", "capacityLimits"))
        for queue in list(self._store.queues.values()):
            self._store.put_queue(queue.described)
        names = ("serviceEnvironmentName", "serviceEnvironmentArn")
        return json.dumps({name: environment[name] for name in names})

    def deleteserviceenvironment(self) -> str:
        self._store.environments.pop(self._get_param("serviceEnvironment"), None)
        return ""

    def createjobqueue(self) -> str:
        if self._get_param("jobQueueType") != KIND:
            return super().createjobqueue()
        name = self._get_param("jobQueueName")
        arn = self._store.arn(f"job-queue/{name}")
        self._refuse_taken(arn, self._store.queues)
        told = self._told(
            "schedulingPolicyArn", "priority", "serviceEnvironmentOrder", "jobStateTimeLimitActions", "tags"
        )
        known = {"jobQueueName": name, "jobQueueArn": arn}
        settings = {"jobQueueType": KIND, "state": "ENABLED", "status": "VALID", "computeEnvironmentOrder": []}
        self._store.put_queue({**known, **settings, **told})
        return json.dumps(known)

    def describejobqueues(self) -> str:
        others = json.loads(super().describejobqueues())["jobQueues"]
        ours = [queue.described for queue in self._store.queues.values()]
        named = self._get_param("jobQueues")
        return json.dumps({"jobQueues": [*_named(ours, named, "jobQueueName", "jobQueueArn"), *others]})

    def updatejobqueue(self) -> str:
        queue = self._ours()
        if queue is None:
            return super().updatejobqueue()
        told = self._told("schedulingPolicyArn", "priority", "serviceEnvironmentOrder", "state")
        self._store.put_queue({**queue.described, **told})
        return json.dumps({name: queue.described[name] for name in ("jobQueueName", "jobQueueArn")})

    def deletejobqueue(self) -> str:
        queue = self._ours()
        if queue is None:
            return super().deletejobqueue()
        for job in list(queue.jobs.values()):
            self._store.terminate(job, "the job queue is deleted")
        del self._store.queues[queue.arn]
        return ""

    def createquotashare(self) -> str:
        name, queue = self._get_param("quotaShareName"), self._store.queue(self._get_param("jobQueue"))
        arn = f"{queue.arn}/quota-share/{name}"
        self._refuse_taken(arn, self._store.shares)
        known = {"quotaShareName": name, "quotaShareArn": arn}
        told = self._told("capacityLimits", "resourceSharingConfiguration", "preemptionConfiguration", "tags")
        self._store.put_share({**known, "jobQueueArn": queue.arn, "state": "ENABLED", "status": "VALID", **told})
        return json.dumps(known)

    def describequotashare(self) -> str:
        return json.dumps(self._found(self._store.shares, self._get_param("quotaShareArn"), "Quota share"))

    def listquotashares(self) -> str:
        queue = self._store.queue(self._get_param("jobQueue"))
        found = [share for share in self._store.shares.values() if share["jobQueueArn"] == queue.arn]
        return json.dumps({"quotaShares": found})

    def updatequotashare(self) -> str:
        share = self._found(self._store.shares, self._get_param("quotaShareArn"), "Quota share")
        told = self._told("capacityLimits", "resourceSharingConfiguration", "preemptionConfiguration", "state")
        self._store.put_share({**share, **told})
        return json.dumps({name: share[name] for name in ("quotaShareName", "quotaShareArn")})

    def deletequotashare(self) -> str:
        self._store.delete_share(self._get_param("quotaShareArn"))
        return ""

    # -- parts

    def _ours(self) -> Queue | None:
        try:
            return self._store.queue(self._get_param("jobQueue"))
        except NotPossible:
            return None

    def _refuse_taken(self, arn: str, known: Any) -> None:
        if arn in known:
            raise NotPossible(f"Object already exists: {arn}")

    def _found(self, known: dict[str, dict[str, Any]], arn: str, what: str) -> dict[str, Any]:
        if arn not in known:
            raise NotPossible(f"{what} {arn} does not exist")
        return known[arn]


def _named(known: Iterable[dict[str, Any]], named: list[str] | None, *members: str) -> list[dict[str, Any]]:
    return [one for one in known if not named or any(one[member] in named for member in members)]
