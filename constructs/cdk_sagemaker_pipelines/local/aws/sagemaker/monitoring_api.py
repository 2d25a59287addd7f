"""The operations for monitoring schedules, which are recorded: their jobs do not run here."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult

from .errors import ResourceNotFound, ValidationException
from .hosting_api import HostingOperations
from .moments import now

_KINDS = {
    "DataQuality": "data_quality", "ModelBias": "model_bias", "ModelExplainability": "model_explainability",
    "ModelQuality": "model_quality",
}  # fmt: skip
"""The kinds of monitoring, as moto calls them."""


class MonitoringOperations(HostingOperations):
    """Each public method is an operation."""

    def create_monitoring_schedule(self) -> ActionResult:
        name, config = self._request["MonitoringScheduleName"], self._request["MonitoringScheduleConfig"]
        schedules = self._store.hosting.schedules
        if name in schedules:
            raise ValidationException(f"Monitoring Schedule {name} already exists")
        moment = now()
        schedules[name] = {
            "MonitoringScheduleArn": self._store.hosting.arn(f"monitoring-schedule/{name.lower()}"),
            "MonitoringScheduleName": name,
            "MonitoringScheduleStatus": "Scheduled",
            "MonitoringType": config.get("MonitoringType"),
            "MonitoringScheduleConfig": config,
            "EndpointName": self._endpoint_of(config),
            "CreationTime": moment,
            "LastModifiedTime": moment,
        }
        self._tag(schedules[name]["MonitoringScheduleArn"])
        return ActionResult({"MonitoringScheduleArn": schedules[name]["MonitoringScheduleArn"]})

    def update_monitoring_schedule(self) -> ActionResult:
        schedule, config = self._schedule(), self._request["MonitoringScheduleConfig"]
        schedule.update(
            MonitoringScheduleConfig=config,
            MonitoringType=config.get("MonitoringType"),
            EndpointName=self._endpoint_of(config),
            LastModifiedTime=now(),
        )
        return ActionResult({"MonitoringScheduleArn": schedule["MonitoringScheduleArn"]})

    def describe_monitoring_schedule(self) -> ActionResult:
        return ActionResult(self._schedule())

    def delete_monitoring_schedule(self) -> ActionResult:
        schedule = self._schedule()
        del self._store.hosting.schedules[schedule["MonitoringScheduleName"]]
        return self._untagged(schedule["MonitoringScheduleArn"])

    def list_monitoring_schedules(self) -> ActionResult:
        asked = {
            member: self._request[asked]
            for asked, member in (("EndpointName", "EndpointName"), ("StatusEquals", "MonitoringScheduleStatus"))
            if asked in self._request
        }
        found = {
            name: one
            for name, one in self._store.hosting.schedules.items()
            if all(one[member] == value for member, value in asked.items())
        }
        return self._named("MonitoringSchedule", "MonitoringScheduleSummaries", found)

    def list_monitoring_executions(self) -> ActionResult:
        return ActionResult({"MonitoringExecutionSummaries": []})

    def _schedule(self) -> dict[str, Any]:
        name = self._request["MonitoringScheduleName"]
        if name not in self._store.hosting.schedules:
            arn = self._store.hosting.arn(f"monitoring-schedule/{name.lower()}")
            raise ResourceNotFound(f"Monitoring Schedule {arn} not found")
        return self._store.hosting.schedules[name]

    def _endpoint_of(self, config: dict[str, Any]) -> str | None:
        """The endpoint that the definition of its jobs names; the definition has to exist."""
        name, kind = config.get("MonitoringJobDefinitionName"), str(config.get("MonitoringType"))
        if name is None:
            inputs = config.get("MonitoringJobDefinition", {}).get("MonitoringInputs") or [{}]
        else:
            found = getattr(self.sagemaker_backend, f"{_KINDS[kind]}_job_definitions").get(name)
            if found is None:
                raise ResourceNotFound(f"Job definition {name} not found")
            inputs = [getattr(found, f"{_KINDS[kind]}_job_input")]
        endpoint: str | None = inputs[0].get("EndpointInput", {}).get("EndpointName")
        return endpoint
