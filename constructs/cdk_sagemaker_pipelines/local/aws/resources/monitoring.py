"""AWS::SageMaker::MonitoringSchedule, and the definitions of its jobs."""

from __future__ import annotations

from collections.abc import Mapping

from ....iam.references import snake
from .provider import Made, Provider, Request


class JobDefinition(Provider):
    """AWS::SageMaker::DataQualityJobDefinition and the like; every change makes another one.

    ``kind``: as in the name of the type.
    """

    name_member = "JobDefinitionName"

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def replaces(self, member: str) -> bool:
        return True

    def create(self, request: Request) -> Made:
        name = request.name("JobDefinitionName", 63)
        given = [
            *(f"{self._kind}{part}" for part in ("AppSpecification", "BaselineConfig", "JobInput", "JobOutputConfig")),
            *("JobResources", "NetworkConfig", "RoleArn", "StoppingCondition"),
        ]
        create = getattr(request.client("sagemaker"), f"create_{snake(self._kind)}_job_definition")
        arn = create(JobDefinitionName=name, Tags=request.tags(), **request.given(*given))["JobDefinitionArn"]
        return Made(arn, {"JobDefinitionArn": arn, "JobDefinitionName": name})

    def delete(self, request: Request) -> None:
        delete = getattr(request.client("sagemaker"), f"delete_{snake(self._kind)}_job_definition")
        delete(JobDefinitionName=request.attributes["JobDefinitionName"])


class MonitoringSchedule(Provider):
    """AWS::SageMaker::MonitoringSchedule."""

    name_member = "MonitoringScheduleName"
    _SETTINGS = ("MonitoringScheduleName", "MonitoringScheduleConfig")

    def create(self, request: Request) -> Made:
        create = request.client("sagemaker").create_monitoring_schedule
        return self._made(create(Tags=request.tags(), **request.given(*self._SETTINGS))["MonitoringScheduleArn"])

    def update(self, request: Request) -> Made:
        update = request.client("sagemaker").update_monitoring_schedule
        return self._made(update(**request.given(*self._SETTINGS))["MonitoringScheduleArn"])

    def delete(self, request: Request) -> None:
        name = request.properties["MonitoringScheduleName"]
        request.client("sagemaker").delete_monitoring_schedule(MonitoringScheduleName=name)

    def _made(self, arn: str) -> Made:
        return Made(arn, {"MonitoringScheduleArn": arn})


MONITORING_RESOURCES: Mapping[str, Provider] = {
    **{
        f"AWS::SageMaker::{kind}JobDefinition": JobDefinition(kind)
        for kind in ("DataQuality", "ModelBias", "ModelExplainability", "ModelQuality")
    },
    "AWS::SageMaker::MonitoringSchedule": MonitoringSchedule(),
}
