"""AWS::IAM resources."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .provider import Made, Provider, Request


class Role(Provider):
    """AWS::IAM::Role, with its inline policies."""

    name_member = "RoleName"
    create_only = frozenset({"Path"})

    def create(self, request: Request) -> Made:
        name = request.name("RoleName")
        request.client("iam").create_role(
            RoleName=name,
            AssumeRolePolicyDocument=_document(request.properties["AssumeRolePolicyDocument"]),
            Tags=request.tags(),
            **request.given("Path", "Description", "PermissionsBoundary"),
            **_session_duration(request),
        )
        self._set_policies(request, name)
        return self._made(request, name)

    def update(self, request: Request) -> Made:
        iam, name, properties = request.client("iam"), request.physical_id, request.properties
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=_document(properties["AssumeRolePolicyDocument"]))
        iam.update_role(RoleName=name, Description=properties.get("Description", ""), **_session_duration(request))
        if "PermissionsBoundary" in properties:
            iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=properties["PermissionsBoundary"])
        elif "PermissionsBoundary" in request.previous:
            iam.delete_role_permissions_boundary(RoleName=name)
        old = [tag["Key"] for tag in request.previous.get("Tags", [])]
        if old:
            iam.untag_role(RoleName=name, TagKeys=old)
        iam.tag_role(RoleName=name, Tags=request.tags())
        self._set_policies(request, name)
        return self._made(request, name)

    def delete(self, request: Request) -> None:
        iam, name = request.client("iam"), request.physical_id
        for policy in request.properties.get("Policies", []):
            iam.delete_role_policy(RoleName=name, PolicyName=policy["PolicyName"])
        for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
        iam.delete_role(RoleName=name)

    def _set_policies(self, request: Request, name: str) -> None:
        iam, properties, previous = request.client("iam"), request.properties, request.previous
        inline = {policy["PolicyName"]: policy["PolicyDocument"] for policy in properties.get("Policies", [])}
        for policy_name, document in inline.items():
            iam.put_role_policy(RoleName=name, PolicyName=policy_name, PolicyDocument=_document(document))
        for policy in previous.get("Policies", []):
            if policy["PolicyName"] not in inline:
                iam.delete_role_policy(RoleName=name, PolicyName=policy["PolicyName"])
        managed, managed_before = properties.get("ManagedPolicyArns", []), previous.get("ManagedPolicyArns", [])
        for arn in managed:
            if arn not in managed_before:
                iam.attach_role_policy(RoleName=name, PolicyArn=arn)
        for arn in managed_before:
            if arn not in managed:
                iam.detach_role_policy(RoleName=name, PolicyArn=arn)

    def _made(self, request: Request, name: str) -> Made:
        role = request.client("iam").get_role(RoleName=name)["Role"]
        return Made(name, {"Arn": role["Arn"], "RoleId": role["RoleId"]})


class Policy(Provider):
    """AWS::IAM::Policy: an inline policy on each of its roles, users and groups."""

    name_member = None

    def create(self, request: Request) -> Made:
        self._put(request, request.properties)
        return Made(request.name("PolicyName"))

    def update(self, request: Request) -> Made:
        self._remove(request, request.previous, unless=request.properties)
        self._put(request, request.properties)
        return Made(request.physical_id)

    def delete(self, request: Request) -> None:
        self._remove(request, request.properties, unless={})

    def _put(self, request: Request, properties: Mapping[str, Any]) -> None:
        for kind, name in _principals(properties):
            put = getattr(request.client("iam"), f"put_{kind}_policy")
            put(
                **{f"{kind.title()}Name": name},
                PolicyName=properties["PolicyName"],
                PolicyDocument=_document(properties["PolicyDocument"]),
            )

    def _remove(self, request: Request, properties: Mapping[str, Any], unless: Mapping[str, Any]) -> None:
        stays = _principals(unless) if properties.get("PolicyName") == unless.get("PolicyName") else []
        for kind, name in _principals(properties):
            if (kind, name) not in stays:
                delete = getattr(request.client("iam"), f"delete_{kind}_policy")
                delete(**{f"{kind.title()}Name": name}, PolicyName=properties["PolicyName"])


class ManagedPolicy(Provider):
    """AWS::IAM::ManagedPolicy."""

    name_member = "ManagedPolicyName"
    create_only = frozenset({"Path", "Description"})

    def create(self, request: Request) -> Made:
        policy = request.client("iam").create_policy(
            PolicyName=request.name("ManagedPolicyName", 128),
            PolicyDocument=_document(request.properties["PolicyDocument"]),
            **request.given("Path", "Description"),
        )["Policy"]
        self._attach(request, policy["Arn"])
        return Made(policy["Arn"], {"PolicyArn": policy["Arn"], "PolicyId": policy["PolicyId"]})

    def update(self, request: Request) -> Made:
        iam, arn = request.client("iam"), request.physical_id
        if request.properties["PolicyDocument"] != request.previous["PolicyDocument"]:
            document = _document(request.properties["PolicyDocument"])
            iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)
            for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
                if not version["IsDefaultVersion"]:
                    iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
        stays = _principals(request.properties)
        for kind, name in _principals(request.previous):
            if (kind, name) not in stays:
                getattr(iam, f"detach_{kind}_policy")(**{f"{kind.title()}Name": name}, PolicyArn=arn)
        self._attach(request, arn)
        return Made(arn, {"PolicyArn": arn, "PolicyId": iam.get_policy(PolicyArn=arn)["Policy"]["PolicyId"]})

    def delete(self, request: Request) -> None:
        iam = request.client("iam")
        for kind, name in _principals(request.properties):
            getattr(iam, f"detach_{kind}_policy")(**{f"{kind.title()}Name": name}, PolicyArn=request.physical_id)
        iam.delete_policy(PolicyArn=request.physical_id)

    def _attach(self, request: Request, arn: str) -> None:
        for kind, name in _principals(request.properties):
            getattr(request.client("iam"), f"attach_{kind}_policy")(**{f"{kind.title()}Name": name}, PolicyArn=arn)


def _document(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _session_duration(request: Request) -> dict[str, int]:
    given = request.properties.get("MaxSessionDuration")
    return {} if given is None else {"MaxSessionDuration": int(given)}


def _principals(properties: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a policy is attached to, as pairs such as ("role", "Deploy")."""
    kinds = {"role": "Roles", "user": "Users", "group": "Groups"}
    return [(kind, name) for kind, member in kinds.items() for name in properties.get(member, [])]


IAM_RESOURCES: Mapping[str, Provider] = {
    "AWS::IAM::Role": Role(),
    "AWS::IAM::Policy": Policy(),
    "AWS::IAM::ManagedPolicy": ManagedPolicy(),
}
