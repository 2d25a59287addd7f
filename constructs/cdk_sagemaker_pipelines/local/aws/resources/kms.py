"""AWS::KMS::Key, which moto creates without its tags and replaces at every change."""

from __future__ import annotations

import json
from collections.abc import Mapping

from .provider import Made, Provider, Request

_POLICY = "default"
"""The only possible name of a key's policy."""


class Key(Provider):
    """AWS::KMS::Key."""

    create_only = frozenset({"KeySpec", "KeyUsage", "MultiRegion", "Origin"})

    def create(self, request: Request) -> Made:
        made = request.client("kms").create_key(
            Tags=_tags(request),
            **request.given("Description", "KeySpec", "KeyUsage", "Origin"),
            **({"MultiRegion": _truth(request, "MultiRegion")} if "MultiRegion" in request.properties else {}),
            **({"Policy": _policy(request)} if "KeyPolicy" in request.properties else {}),
        )["KeyMetadata"]
        self._switch(request, made["KeyId"])
        return Made(made["KeyId"], {"Arn": made["Arn"], "KeyId": made["KeyId"]})

    def update(self, request: Request) -> Made:
        kms, key = request.client("kms"), request.physical_id
        if "KeyPolicy" in request.properties:
            kms.put_key_policy(KeyId=key, PolicyName=_POLICY, Policy=_policy(request))
        kms.update_key_description(KeyId=key, Description=request.properties.get("Description", ""))
        old = [tag["TagKey"] for tag in kms.list_resource_tags(KeyId=key)["Tags"]]
        if old:
            kms.untag_resource(KeyId=key, TagKeys=old)
        kms.tag_resource(KeyId=key, Tags=_tags(request))
        self._switch(request, key)
        return Made(key, request.attributes)

    def delete(self, request: Request) -> None:
        days = int(request.properties.get("PendingWindowInDays", 30))
        request.client("kms").schedule_key_deletion(KeyId=request.physical_id, PendingWindowInDays=days)

    def _switch(self, request: Request, key: str) -> None:
        kms = request.client("kms")
        rotate = kms.enable_key_rotation if _truth(request, "EnableKeyRotation") else kms.disable_key_rotation
        rotate(KeyId=key)
        (kms.enable_key if _truth(request, "Enabled", "true") else kms.disable_key)(KeyId=key)


def _policy(request: Request) -> str:
    return json.dumps(request.properties["KeyPolicy"])


def _tags(request: Request) -> list[dict[str, str]]:
    return [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in request.tags()]


def _truth(request: Request, member: str, default: str = "false") -> bool:
    return str(request.properties.get(member, default)).lower() == "true"


KMS_RESOURCES: Mapping[str, Provider] = {"AWS::KMS::Key": Key()}
