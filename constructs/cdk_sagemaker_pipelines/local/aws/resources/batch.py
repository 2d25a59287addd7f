"""AWS Batch: queues for training jobs, and what they share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .moto_models import moto_provider
from .provider import Made, Provider, Request


class SchedulingPolicy(Provider):
    """AWS::Batch::SchedulingPolicy."""

    name_member = "Name"

    def create(self, request: Request) -> Made:
        told = _told(request, "QuotaSharePolicy", "FairsharePolicy")
        answer = request.client("batch").create_scheduling_policy(name=request.name("Name", 128), **told)
        return Made(answer["arn"], {"Arn": answer["arn"]})

    def update(self, request: Request) -> Made:
        told = _told(request, "QuotaSharePolicy", "FairsharePolicy")
        request.client("batch").update_scheduling_policy(arn=request.physical_id, **told)
        return Made(request.physical_id, {"Arn": request.physical_id})

    def delete(self, request: Request) -> None:
        request.client("batch").delete_scheduling_policy(arn=request.physical_id)


class ServiceEnvironment(Provider):
    """AWS::Batch::ServiceEnvironment."""

    name_member = "ServiceEnvironmentName"
    create_only = frozenset({"ServiceEnvironmentType"})

    def create(self, request: Request) -> Made:
        told = _told(request, "ServiceEnvironmentType", "CapacityLimits", "State")
        name = request.name("ServiceEnvironmentName", 128)
        answer = request.client("batch").create_service_environment(serviceEnvironmentName=name, **told)
        return self._made(answer["serviceEnvironmentArn"])

    def update(self, request: Request) -> Made:
        told = _told(request, "CapacityLimits", "State")
        request.client("batch").update_service_environment(serviceEnvironment=request.physical_id, **told)
        return self._made(request.physical_id)

    def delete(self, request: Request) -> None:
        request.client("batch").delete_service_environment(serviceEnvironment=request.physical_id)

    def _made(self, arn: str) -> Made:
        return Made(arn, {"ServiceEnvironmentArn": arn})


class JobQueue(Provider):
    """AWS::Batch::JobQueue; those that are not for training jobs are moto's."""

    name_member = "JobQueueName"
    create_only = frozenset({"JobQueueType"})
    _SETTINGS = ("Priority", "SchedulingPolicyArn", "ServiceEnvironmentOrder", "ComputeEnvironmentOrder", "State")

    def create(self, request: Request) -> Made:
        if not _is_for_training(request):
            return self._motos().create(request)
        told = _told(request, "JobQueueType", *self._SETTINGS)
        answer = request.client("batch").create_job_queue(jobQueueName=request.name("JobQueueName", 128), **told)
        return self._made(answer["jobQueueArn"])

    def update(self, request: Request) -> Made:
        told = _told(request, *self._SETTINGS)
        request.client("batch").update_job_queue(jobQueue=request.physical_id, **told)
        return Made(request.physical_id, request.attributes)

    def delete(self, request: Request) -> None:
        if not _is_for_training(request):
            self._motos().delete(request)
        else:
            request.client("batch").delete_job_queue(jobQueue=request.physical_id)

    def _motos(self) -> Provider:
        provider = moto_provider("AWS::Batch::JobQueue")
        assert provider is not None
        return provider

    def _made(self, arn: str) -> Made:
        return Made(arn, {"JobQueueArn": arn})


class QuotaShare(Provider):
    """AWS::Batch::QuotaShare."""

    name_member = "QuotaShareName"
    create_only = frozenset({"JobQueue"})
    _SETTINGS = ("CapacityLimits", "ResourceSharingConfiguration", "PreemptionConfiguration", "State")

    def create(self, request: Request) -> Made:
        told = _told(request, "JobQueue", *self._SETTINGS)
        answer = request.client("batch").create_quota_share(quotaShareName=request.name("QuotaShareName", 128), **told)
        return self._made(answer["quotaShareArn"])

    def update(self, request: Request) -> Made:
        told = _told(request, *self._SETTINGS)
        request.client("batch").update_quota_share(quotaShareArn=request.physical_id, **told)
        return self._made(request.physical_id)

    def delete(self, request: Request) -> None:
        request.client("batch").delete_quota_share(quotaShareArn=request.physical_id)

    def _made(self, arn: str) -> Made:
        return Made(arn, {"QuotaShareArn": arn})


def _is_for_training(request: Request) -> bool:
    return str(request.properties.get("JobQueueType", "")).upper() == "SAGEMAKER_TRAINING"


def _told(request: Request, *members: str) -> dict[str, Any]:
    """The properties under the names of the API."""
    told: dict[str, Any] = _lower(request.given(*members))
    return told


def _lower(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name[0].lower() + name[1:]: _lower(item) for name, item in value.items()}
    return [_lower(item) for item in value] if isinstance(value, list) else value


BATCH_RESOURCES: Mapping[str, Provider] = {
    "AWS::Batch::JobQueue": JobQueue(),
    "AWS::Batch::QuotaShare": QuotaShare(),
    "AWS::Batch::SchedulingPolicy": SchedulingPolicy(),
    "AWS::Batch::ServiceEnvironment": ServiceEnvironment(),
}
