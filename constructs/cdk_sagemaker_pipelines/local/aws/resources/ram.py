"""AWS RAM."""

from __future__ import annotations

from collections.abc import Mapping

from .provider import Made, Provider, Request


class ResourceShare(Provider):
    """AWS::RAM::ResourceShare: with whom resources of the account are shared."""

    def replaces(self, member: str) -> bool:
        return member != "Tags"

    def create(self, request: Request) -> Made:
        told = {"resourceArns": "ResourceArns", "principals": "Principals", "permissionArns": "PermissionArns"}
        given = {name: request.properties[member] for name, member in told.items() if member in request.properties}
        external = request.properties.get("AllowExternalPrincipals", True)
        share = request.client("ram").create_resource_share(
            name=request.properties["Name"], allowExternalPrincipals=str(external).lower() == "true", **given
        )["resourceShare"]
        return Made(share["resourceShareArn"], {"Arn": share["resourceShareArn"]})

    def update(self, request: Request) -> Made:
        return Made(request.physical_id, {"Arn": request.physical_id})

    def delete(self, request: Request) -> None:
        request.client("ram").delete_resource_share(resourceShareArn=request.physical_id)


RAM_RESOURCES: Mapping[str, Provider] = {"AWS::RAM::ResourceShare": ResourceShare()}
