"""The resource types of networks that moto does not model, or only in part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .moto_models import moto_provider
from .provider import Made, Provider, Request


class SecurityGroupRule(Provider):
    """A rule for traffic into a group ("ingress", from a "Source") or out of it ("egress", to a "Destination")."""

    def __init__(self, direction: str, other: str) -> None:
        self._direction = direction
        self._others = {
            "CidrIp": ("IpRanges", "CidrIp"),
            "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
            f"{other}PrefixListId": ("PrefixListIds", "PrefixListId"),
            f"{other}SecurityGroupId": ("UserIdGroupPairs", "GroupId"),
        }

    def replaces(self, member: str) -> bool:
        return True

    def create(self, request: Request) -> Made:
        authorize = getattr(request.client("ec2"), f"authorize_security_group_{self._direction}")
        made = authorize(**self._rule(request.properties))
        return Made(made["SecurityGroupRules"][0]["SecurityGroupRuleId"])

    def delete(self, request: Request) -> None:
        revoke = getattr(request.client("ec2"), f"revoke_security_group_{self._direction}")
        revoke(**self._rule(request.properties))

    def _rule(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        permission: dict[str, Any] = {"IpProtocol": str(properties["IpProtocol"])}
        permission |= {port: int(properties[port]) for port in ("FromPort", "ToPort") if port in properties}
        for name, (where, member) in self._others.items():
            if name in properties:
                permission[where] = [{member: properties[name]}]
        return {"GroupId": properties["GroupId"], "IpPermissions": [permission]}


class DeletedByApi(Provider):
    """A resource that moto's model creates but does not delete; the operation deletes it by its physical id."""

    def __init__(self, operation: str, member: str) -> None:
        self._operation = operation
        self._member = member

    def replaces(self, member: str) -> bool:
        return True

    def create(self, request: Request) -> Made:
        made = moto_provider(request.type)
        assert made is not None
        return made.create(request)

    def delete(self, request: Request) -> None:
        several = self._member.endswith("s")
        named = {self._member: [request.physical_id] if several else request.physical_id}
        getattr(request.client("ec2"), self._operation)(**named)


class FlowLog(DeletedByApi):
    """AWS::EC2::FlowLog. moto accepts a bucket as destination but no prefix in it, so the prefix is left out."""

    def __init__(self) -> None:
        super().__init__("delete_flow_logs", "FlowLogIds")

    def create(self, request: Request) -> Made:
        properties = dict(request.properties)
        if properties.get("LogDestinationType") == "s3":
            properties["LogDestination"] = str(properties["LogDestination"]).partition("/")[0]
        return super().create(replace(request, properties=properties))


EC2_RESOURCES: Mapping[str, Provider] = {
    "AWS::EC2::FlowLog": FlowLog(),
    "AWS::EC2::RouteTable": DeletedByApi("delete_route_table", "RouteTableId"),
    "AWS::EC2::SecurityGroupEgress": SecurityGroupRule("egress", "Destination"),
    "AWS::EC2::SecurityGroupIngress": SecurityGroupRule("ingress", "Source"),
    "AWS::EC2::VPCEndpoint": DeletedByApi("delete_vpc_endpoints", "VpcEndpointIds"),
}
