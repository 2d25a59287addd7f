"""Systems Manager parameters."""

from __future__ import annotations

from collections.abc import Mapping

from .provider import Made, Provider, Request


class Parameter(Provider):
    """AWS::SSM::Parameter."""

    name_member = "Name"

    def create(self, request: Request) -> Made:
        return self._put(request, request.name("Name", 1000), overwrite=False)

    def update(self, request: Request) -> Made:
        return self._put(request, request.physical_id, overwrite=True)

    def delete(self, request: Request) -> None:
        request.client("ssm").delete_parameter(Name=request.physical_id)

    def _put(self, request: Request, name: str, *, overwrite: bool) -> Made:
        value, kind = str(request.properties["Value"]), request.properties["Type"]
        request.client("ssm").put_parameter(
            Name=name, Value=value, Type=kind, Overwrite=overwrite,
            **request.given("Description", "AllowedPattern", "Tier"),
        )  # fmt: skip
        return Made(name, {"Type": kind, "Value": value})


SSM_RESOURCES: Mapping[str, Provider] = {
    "AWS::SSM::Parameter": Parameter(),
}
