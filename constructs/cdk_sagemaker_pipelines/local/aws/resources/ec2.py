"""The resource types of networks that moto does not model, or only in part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .moto_models import Completed
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


def _without_prefix(properties: dict[str, Any]) -> dict[str, Any]:
    """moto accepts a bucket as destination of a flow log, but no prefix in it."""
    if properties.get("LogDestinationType") == "s3":
        properties["LogDestination"] = str(properties["LogDestination"]).partition("/")[0]
    return properties


def _with_kind(properties: dict[str, Any]) -> dict[str, Any]:
    """moto deletes no endpoint that does not say what it is."""
    return {"VpcEndpointType": "Gateway", **properties}


EC2_RESOURCES: Mapping[str, Provider] = {
    "AWS::EC2::FlowLog": Completed(_without_prefix),
    "AWS::EC2::SecurityGroupEgress": SecurityGroupRule("egress", "Destination"),
    "AWS::EC2::SecurityGroupIngress": SecurityGroupRule("ingress", "Source"),
    "AWS::EC2::VPCEndpoint": Completed(_with_kind),
}
