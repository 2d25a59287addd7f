"""AWS::Lambda resources."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from .provider import Made, Provider, Request

_CONFIGURATION = (
    "Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize", "VpcConfig", "Environment",
    "DeadLetterConfig", "TracingConfig", "Layers", "EphemeralStorage", "LoggingConfig",
)  # fmt: skip


class Function(Provider):
    """AWS::Lambda::Function."""

    name_member = "FunctionName"
    create_only = frozenset({"PackageType"})

    def create(self, request: Request) -> Made:
        answer = request.client("lambda").create_function(
            FunctionName=request.name("FunctionName"),
            Code=_code(request.properties["Code"], request.properties.get("Runtime", "")),
            Tags={tag["Key"]: tag["Value"] for tag in request.tags()},
            **_configuration(request),
            **request.given("Architectures", "PackageType", "KmsKeyArn"),
        )
        _reserve(request, answer["FunctionName"])
        return Made(answer["FunctionName"], {"Arn": answer["FunctionArn"]})

    def update(self, request: Request) -> Made:
        functions, name = request.client("lambda"), request.physical_id
        if request.properties["Code"] != request.previous["Code"]:
            code = _code(request.properties["Code"], request.properties.get("Runtime", ""))
            functions.update_function_code(FunctionName=name, **code)
        answer = functions.update_function_configuration(FunctionName=name, **_configuration(request))
        _reserve(request, name)
        return Made(name, {"Arn": answer["FunctionArn"]})

    def delete(self, request: Request) -> None:
        request.client("lambda").delete_function(FunctionName=request.physical_id)


class LayerVersion(Provider):
    """AWS::Lambda::LayerVersion; every change publishes a new one."""

    def replaces(self, member: str) -> bool:
        return True

    def create(self, request: Request) -> Made:
        answer = request.client("lambda").publish_layer_version(
            LayerName=request.name("LayerName"),
            Content=request.properties["Content"],
            **request.given("Description", "CompatibleRuntimes", "LicenseInfo"),
        )
        return Made(answer["LayerVersionArn"], {"LayerVersionArn": answer["LayerVersionArn"]})

    def delete(self, request: Request) -> None:
        name, version = request.physical_id.split(":")[-2:]
        request.client("lambda").delete_layer_version(LayerName=name, VersionNumber=int(version))


class Permission(Provider):
    """AWS::Lambda::Permission; every change creates a new one."""

    def replaces(self, member: str) -> bool:
        return True

    def create(self, request: Request) -> Made:
        statement = request.name("Id", 100)
        members = ("FunctionName", "Action", "Principal", "SourceArn", "SourceAccount", "EventSourceToken")
        request.client("lambda").add_permission(StatementId=statement, **request.given(*members))
        return Made(statement, {"Id": statement})

    def delete(self, request: Request) -> None:
        request.client("lambda").remove_permission(
            FunctionName=request.properties["FunctionName"], StatementId=request.physical_id
        )


class Version(Provider):
    """AWS::Lambda::Version; every change publishes a new one.

    A deleted one stays: moto would reuse its number.
    """

    def replaces(self, member: str) -> bool:
        return True

    def create(self, request: Request) -> Made:
        given = request.given("CodeSha256", "Description")
        answer = request.client("lambda").publish_version(FunctionName=request.properties["FunctionName"], **given)
        arn, version = answer["FunctionArn"], str(answer["Version"])
        return Made(arn, {"FunctionArn": arn, "Version": version})

    def delete(self, request: Request) -> None:
        return None


class Alias(Provider):
    """AWS::Lambda::Alias."""

    create_only = frozenset({"Name", "FunctionName"})

    def create(self, request: Request) -> Made:
        answer = request.client("lambda").create_alias(
            **request.given("FunctionName", "Name", "FunctionVersion", "Description")
        )
        return Made(answer["AliasArn"], {"AliasArn": answer["AliasArn"]})

    def update(self, request: Request) -> Made:
        answer = request.client("lambda").update_alias(
            **request.given("FunctionName", "Name", "FunctionVersion", "Description")
        )
        return Made(answer["AliasArn"], {"AliasArn": answer["AliasArn"]})

    def delete(self, request: Request) -> None:
        request.client("lambda").delete_alias(**request.given("FunctionName", "Name"))


class EventSourceMapping(Provider):
    """AWS::Lambda::EventSourceMapping, for queues."""

    create_only = frozenset({"EventSourceArn"})

    def create(self, request: Request) -> Made:
        answer = request.client("lambda").create_event_source_mapping(
            EventSourceArn=request.properties["EventSourceArn"], **self._options(request)
        )
        return Made(answer["UUID"], {"Id": answer["UUID"], "EventSourceMappingArn": answer["EventSourceMappingArn"]})

    def update(self, request: Request) -> Made:
        answer = request.client("lambda").update_event_source_mapping(
            UUID=request.physical_id, **{"Enabled": True, **self._options(request)}
        )
        return Made(answer["UUID"], request.attributes)

    def delete(self, request: Request) -> None:
        request.client("lambda").delete_event_source_mapping(UUID=request.physical_id)

    def _options(self, request: Request) -> dict[str, Any]:
        options = request.given(
            "FunctionName", "BatchSize", "Enabled", "FilterCriteria", "FunctionResponseTypes",
            "MaximumBatchingWindowInSeconds", "ScalingConfig",
        )  # fmt: skip
        for member in ("BatchSize", "MaximumBatchingWindowInSeconds"):
            if member in options:
                options[member] = int(options[member])
        return options


class EventInvokeConfig(Provider):
    """AWS::Lambda::EventInvokeConfig."""

    create_only = frozenset({"FunctionName", "Qualifier"})

    def create(self, request: Request) -> Made:
        self._put(request)
        return Made(request.name("Name"))

    def update(self, request: Request) -> Made:
        self._put(request)
        return Made(request.physical_id)

    def delete(self, request: Request) -> None:
        functions = request.client("lambda")
        functions.delete_function_event_invoke_config(**request.given("FunctionName", "Qualifier"))

    def _put(self, request: Request) -> None:
        told = request.given("FunctionName", "Qualifier", "DestinationConfig")
        for member in ("MaximumEventAgeInSeconds", "MaximumRetryAttempts"):
            if member in request.properties:
                told[member] = int(request.properties[member])
        request.client("lambda").put_function_event_invoke_config(**told)


def _reserve(request: Request, name: str) -> None:
    functions, reserved = request.client("lambda"), request.properties.get("ReservedConcurrentExecutions")
    if reserved is not None:
        functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=int(reserved))
    elif "ReservedConcurrentExecutions" in request.previous:
        functions.delete_function_concurrency(FunctionName=name)


def _configuration(request: Request) -> dict[str, Any]:
    told = request.given(*_CONFIGURATION)
    for member in ("Timeout", "MemorySize"):
        if member in told:
            told[member] = int(told[member])
    return told


def _code(code: Mapping[str, Any], runtime: str) -> dict[str, Any]:
    """The code as the API expects it: inline code becomes an archive with one file."""
    if "ZipFile" not in code:
        return dict(code)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.js" if runtime.startswith("nodejs") else "index.py", code["ZipFile"])
    return {"ZipFile": archive.getvalue()}


LAMBDA_RESOURCES: Mapping[str, Provider] = {
    "AWS::Lambda::Alias": Alias(),
    "AWS::Lambda::EventInvokeConfig": EventInvokeConfig(),
    "AWS::Lambda::EventSourceMapping": EventSourceMapping(),
    "AWS::Lambda::Function": Function(),
    "AWS::Lambda::LayerVersion": LayerVersion(),
    "AWS::Lambda::Permission": Permission(),
    "AWS::Lambda::Version": Version(),
}
