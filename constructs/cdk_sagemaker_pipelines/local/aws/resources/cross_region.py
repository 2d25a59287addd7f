"""References of CDK between regions (``cross_region_references=True``): parameters where they are read.

What CDK's own functions do: ``core/cross-region-ssm-writer-handler`` and ``cross-region-ssm-reader-handler`` of its
package ``custom-resource-handlers``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from .provider import Made, Provider, Request

_AT_ONCE = 10
"""Parameters that one call deletes."""


class ExportWriter(Provider):
    """``Custom::CrossRegionExportWriter``: writes what is exported, once; a parameter that stays keeps its value."""

    def create(self, request: Request) -> Made:
        self._write(request, self._exports(request.properties))
        return Made(request.name("Id"))

    def update(self, request: Request) -> Made:
        given, before = self._exports(request.properties), self._exports(request.previous)
        self._delete(request, [name for name in before if name not in given])
        self._write(request, {name: value for name, value in given.items() if name not in before})
        return Made(request.physical_id)

    def delete(self, request: Request) -> None:
        self._delete(request, list(self._exports(request.properties)))

    def _exports(self, properties: Mapping[str, Any]) -> Mapping[str, Any]:
        exports: Mapping[str, Any] = properties["WriterProps"]["exports"]
        return exports

    def _write(self, request: Request, exports: Mapping[str, Any]) -> None:
        for name, value in exports.items():
            self._ssm(request).put_parameter(Name=name, Value=str(value), Type="String", Overwrite=True)

    def _delete(self, request: Request, names: list[str]) -> None:
        for start in range(0, len(names), _AT_ONCE):
            self._ssm(request).delete_parameters(Names=names[start : start + _AT_ONCE])

    def _ssm(self, request: Request) -> Any:
        return request.client("ssm", request.properties["WriterProps"]["region"])


class ExportReader(Provider):
    """``Custom::CrossRegionExportReader``: has the values as attributes, and tags the parameters that it reads."""

    def create(self, request: Request) -> Made:
        self._mark(request, self._imports(request.properties))
        return Made(request.name("Id"), self._imports(request.properties))

    def update(self, request: Request) -> Made:
        given, before = self._imports(request.properties), self._imports(request.previous)
        self._release(request, [name for name in before if name not in given])
        self._mark(request, [name for name in given if name not in before])
        return Made(request.physical_id, given)

    def delete(self, request: Request) -> None:
        self._release(request, self._imports(request.properties))

    def _imports(self, properties: Mapping[str, Any]) -> Mapping[str, Any]:
        imports: Mapping[str, Any] = properties["ReaderProps"]["imports"]
        return imports

    def _mark(self, request: Request, names: Iterable[str]) -> None:
        for name in names:
            tags = [{"Key": self._tag(request), "Value": "true"}]
            self._ssm(request).add_tags_to_resource(ResourceType="Parameter", ResourceId=name, Tags=tags)

    def _release(self, request: Request, names: Iterable[str]) -> None:
        for name in names:
            try:
                self._ssm(request).remove_tags_from_resource(
                    ResourceType="Parameter", ResourceId=name, TagKeys=[self._tag(request)]
                )
            except ClientError as error:
                if error.response["Error"]["Code"] != "InvalidResourceId":  # its writer may have deleted it
                    raise

    def _tag(self, request: Request) -> str:
        return f"aws-cdk:strong-ref:{request.properties['ReaderProps']['prefix']}"

    def _ssm(self, request: Request) -> Any:
        return request.client("ssm", request.properties["ReaderProps"]["region"])


CROSS_REGION_RESOURCES: Mapping[str, Provider] = {
    "Custom::CrossRegionExportReader": ExportReader(),
    "Custom::CrossRegionExportWriter": ExportWriter(),
}
