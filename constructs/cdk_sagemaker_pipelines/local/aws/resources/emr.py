"""AWS::EMR and AWS::EMRServerless resources. They exist and accept steps and job runs, but compute nothing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from .provider import Made, Provider, Request

_GROUPS = {"MasterInstanceGroup": "MASTER", "CoreInstanceGroup": "CORE"}
_NOT_OF_MOTO = ("Configurations", "CustomAmiId")
_NAMES = {"ConfigurationProperties": "Properties", "StepProperties": "Properties"}
_FLEETS = {"MasterInstanceFleet": "MASTER", "CoreInstanceFleet": "CORE"}


class Cluster(Provider):
    """AWS::EMR::Cluster. Of what can change without a new cluster, only VisibleToAllUsers is updated."""

    def replaces(self, member: str) -> bool:
        return member not in ("AutoTerminationPolicy", "ManagedScalingPolicy", "StepConcurrencyLevel", "Tags",
                              "VisibleToAllUsers")  # fmt: skip

    def create(self, request: Request) -> Made:
        asked: dict[str, Any] = _as_asked(request.properties)
        properties = {key: value for key, value in asked.items() if key not in ("Instances", "Tags")}
        answer = request.client("emr").run_job_flow(
            **{"VisibleToAllUsers": False, **properties},
            Instances=_instances(asked["Instances"]),
            Tags=request.tags(),
        )
        return self._made(request, answer["JobFlowId"])

    def update(self, request: Request) -> Made:
        visible = bool(request.properties.get("VisibleToAllUsers"))
        request.client("emr").set_visible_to_all_users(JobFlowIds=[request.physical_id], VisibleToAllUsers=visible)
        return self._made(request, request.physical_id)

    def delete(self, request: Request) -> None:
        request.client("emr").terminate_job_flows(JobFlowIds=[request.physical_id])

    def _made(self, request: Request, identity: str) -> Made:
        dns = f"{identity.lower()}.{request.region}.compute.internal"
        return Made(identity, {"Id": identity, "MasterPublicDNS": dns})


def _as_asked(value: Any) -> Any:
    """The properties, with CloudFormation's names in configurations replaced by the API's at any depth."""
    if isinstance(value, list):
        return [_as_asked(item) for item in value]
    if isinstance(value, dict):
        return {_NAMES.get(name, name): item if name in _NAMES else _as_asked(item) for name, item in value.items()}
    return value


def _instances(given: Mapping[str, Any]) -> dict[str, Any]:
    """The template's members for single groups and fleets as the API's lists, without what moto does not accept."""
    members = dict(given)
    groups = [{**members.pop(name), "InstanceRole": role} for name, role in _GROUPS.items() if name in members]
    groups += [{**group, "InstanceRole": "TASK"} for group in members.pop("TaskInstanceGroups", [])]
    fleets = [{**members.pop(name), "InstanceFleetType": role} for name, role in _FLEETS.items() if name in members]
    fleets += [{**fleet, "InstanceFleetType": "TASK"} for fleet in members.pop("TaskInstanceFleets", [])]
    if groups:
        members["InstanceGroups"] = [{key: group[key] for key in group if key not in _NOT_OF_MOTO} for group in groups]
    if fleets:
        members["InstanceFleets"] = fleets
    return members


class Application(Provider):
    """AWS::EMRServerless::Application."""

    create_only = frozenset({"Name", "Type"})

    def create(self, request: Request) -> Made:
        properties = request.properties
        answer = request.client("emr-serverless").create_application(
            name=request.name("Name"),
            releaseLabel=properties["ReleaseLabel"],
            type=properties["Type"].upper(),  # the API accepts either case, moto only one
            clientToken=str(uuid.uuid4()),
            tags={tag["Key"]: tag["Value"] for tag in request.tags()},
            **_options(request),
        )
        identity = answer["applicationId"]
        return Made(identity, {"ApplicationId": identity, "Arn": answer["arn"]})

    def update(self, request: Request) -> Made:
        token = {"clientToken": str(uuid.uuid4())}
        request.client("emr-serverless").update_application(
            applicationId=request.physical_id, **token, **_options(request)
        )
        return Made(request.physical_id, request.attributes)

    def delete(self, request: Request) -> None:
        serverless = request.client("emr-serverless")
        serverless.stop_application(applicationId=request.physical_id)
        serverless.delete_application(applicationId=request.physical_id)


def _options(request: Request) -> dict[str, Any]:
    """What the API accepts too, under its names; the rest is only in the stack."""
    names = {
        "AutoStartConfiguration": "autoStartConfiguration", "AutoStopConfiguration": "autoStopConfiguration",
        "MaximumCapacity": "maximumCapacity", "NetworkConfiguration": "networkConfiguration",
    }  # fmt: skip
    given = request.given(*names)
    return {names[name]: {_camel(key): _number(key, item) for key, item in given[name].items()} for name in given}


def _camel(name: str) -> str:
    return name[0].lower() + name[1:]


def _number(name: str, value: Any) -> Any:
    return int(value) if name == "IdleTimeoutMinutes" else value


EMR_RESOURCES: Mapping[str, Provider] = {
    "AWS::EMR::Cluster": Cluster(),
    "AWS::EMRServerless::Application": Application(),
}
