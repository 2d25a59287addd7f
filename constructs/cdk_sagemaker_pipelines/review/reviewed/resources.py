"""The resources of stacks beside pipelines and roles: schedules, rules, functions, buckets, groups and all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..reading.stacks import Resource, Stack
from ..reading.templates import NESTED, PIPELINE
from .assets import Asset, Assets
from .names import Names
from .values import ReviewedResource, ReviewedRole

ROLE = "AWS::IAM::Role"
_OF_ROLES = {
    ROLE: ("AssumeRolePolicyDocument", "ManagedPolicyArns", "PermissionsBoundary", "Policies"),
    "AWS::IAM::Policy": ("PolicyDocument", "PolicyName", "Roles"),
    "AWS::IAM::ManagedPolicy": ("PolicyDocument", "Roles"),
    "AWS::IAM::RolePolicy": ("PolicyDocument", "PolicyName", "RoleName"),
}
"""The properties that are told by what they mean for the roles."""
_OF_CDK = ("AWS::CDK::Metadata",)
_KEPT = ("Condition", "CreationPolicy", "DeletionPolicy", "UpdatePolicy", "UpdateReplacePolicy")
"""What a resource has beside its properties, and that says what becomes of it."""
_EXECUTED = ("AWS::CloudFormation::Init", "AWS::CloudFormation::Authentication")
"""The metadata that machines carry out: commands, files and services, and the keys to get them."""
_OF_BOOTSTRAP = ("BootstrapVersion", "CheckBootstrapVersion")
_SECTIONS = ("Conditions", "Description", "Mappings", "Outputs", "Parameters", "Rules", "Transform")


@dataclass
class Part:
    """What belongs to a pipeline, or to none."""

    resources: dict[str, ReviewedResource] = field(default_factory=dict)
    roles: dict[str, ReviewedRole] = field(default_factory=dict)
    assets: dict[str, Asset] = field(default_factory=dict)


class Reader:
    """Reads resources in the names of an app."""

    def __init__(self, stacks: Sequence[Stack]) -> None:
        self.names = Names(stacks)
        self._assets: dict[int, Assets] = {}

    def assets(self, stack: Stack) -> Assets:
        """The assets of a stack; those of a nested one are listed with the stack around it."""
        while stack.parent is not None:
            stack = stack.parent[0]
        if stack.number not in self._assets:
            self._assets[stack.number] = Assets(stack)
        return self._assets[stack.number]

    def add(self, part: Part, resource: Resource, *, of_roles: bool = True) -> None:
        """Adds a resource, but for what is told by what it means for roles; ``of_roles``: whether roles show it all."""
        if resource.type == PIPELINE or resource.type in _OF_CDK:
            return
        told = _OF_ROLES.get(resource.type, ()) if of_roles else ()
        if resource.type != ROLE and (resource.properties.get("Users") or resource.properties.get("Groups")):
            told = ()  # users and groups are no roles
        if resource.logical_id in resource.stack.children:
            told = ("TemplateURL",)  # with the hash of a template that is itself compared
        properties = {name: value for name, value in resource.properties.items() if name not in told}
        document = resource.stack.document["Resources"][resource.logical_id]
        kept = {name: document[name] for name in _KEPT if name in document}
        executed = {name: resource.metadata[name] for name in _EXECUTED if name in resource.metadata}
        if executed:
            kept["Metadata"] = executed
        if properties or kept or not told or resource.type in (ROLE, NESTED):
            self.add_value(part, self.names.resource(resource), resource.type, resource, {**properties, **kept})

    def add_rest(self, part: Part, stack: Stack) -> None:
        """Adds what else a template says: parameters, outputs, mappings and conditions."""
        here = Resource(stack, "", "", {}, {})
        for section in _SECTIONS:
            found, kind = stack.document.get(section), section.removesuffix("s")
            if found is not None and not isinstance(found, Mapping):
                self.add_value(part, kind, kind, here, found)
                continue
            for name, value in (found or {}).items():
                if name not in _OF_BOOTSTRAP:
                    self.add_value(part, f"{kind} {name}", kind, here, value)

    def add_value(self, part: Part, name: str, kind: str, resource: Resource, value: Any) -> None:
        """Adds a value, and the assets that it names."""
        given = resource.plain(value)
        part.assets.update({each.name: each for each in self.assets(resource.stack).used(given)})
        told = self.plain(given, resource.stack)
        part.resources[name] = ReviewedResource(kind, told if isinstance(told, Mapping) else {"Value": told})

    def plain(self, value: Any, stack: Stack) -> Any:
        """A value with names in place of what only the deployment knows, and of assets."""
        return self.assets(stack).value(self.names.value(value, stack))
