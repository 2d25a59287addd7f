"""Endpoint configurations, endpoints and inference components: they exist and can be read, but nothing serves."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from .errors import ValidationException
from .moments import now
from .registry import Registry


class Hosting:
    """What one account and region hosts; each thing is kept as the members of its Describe response."""

    def __init__(self, account: str, region: str, partition: str, registry: Registry) -> None:
        self._prefix = f"arn:{partition}:sagemaker:{region}:{account}"
        self._registry = registry
        self.configs: dict[str, dict[str, Any]] = {}
        self.endpoints: dict[str, dict[str, Any]] = {}
        self.components: dict[str, dict[str, Any]] = {}
        self.schedules: dict[str, dict[str, Any]] = {}
        """The monitoring schedules."""
        self._lock = threading.Lock()

    def arn(self, resource: str) -> str:
        """The ARN of a resource here."""
        return f"{self._prefix}:{resource}"

    def create_config(self, request: Mapping[str, Any]) -> dict[str, Any]:
        name = request["EndpointConfigName"]
        for variant in [*request["ProductionVariants"], *request.get("ShadowProductionVariants", [])]:
            if "ModelName" in variant:
                self._registry.model(variant["ModelName"])
        own = {"EndpointConfigArn": f"{self._prefix}:endpoint-config/{name.lower()}", "CreationTime": now()}
        return self._put(self.configs, name, {**request, **own}, "endpoint configuration")

    def config(self, name: str) -> dict[str, Any]:
        return self._found(self.configs, name, "endpoint configuration", "endpoint-config")

    def create_endpoint(self, request: Mapping[str, Any]) -> dict[str, Any]:
        config = self.config(request["EndpointConfigName"])
        name, moment = request["EndpointName"], now()
        own = {
            "EndpointArn": f"{self._prefix}:endpoint/{name.lower()}",
            "EndpointStatus": "InService",
            "ProductionVariants": [_variant(variant) for variant in config["ProductionVariants"]],
            "CreationTime": moment,
            "LastModifiedTime": moment,
        }
        return self._put(self.endpoints, name, {**request, **own}, "endpoint")

    def update_endpoint(self, request: Mapping[str, Any]) -> dict[str, Any]:
        endpoint = self.endpoint(request["EndpointName"])
        config = self.config(request["EndpointConfigName"])
        endpoint.update(
            EndpointConfigName=request["EndpointConfigName"],
            ProductionVariants=[_variant(variant) for variant in config["ProductionVariants"]],
            LastModifiedTime=now(),
        )
        return endpoint

    def endpoint(self, name: str) -> dict[str, Any]:
        return self._found(self.endpoints, name, "endpoint", "endpoint")

    def create_component(self, request: Mapping[str, Any]) -> dict[str, Any]:
        name, moment = request["InferenceComponentName"], now()
        endpoint = self.endpoint(request["EndpointName"])
        own = {
            "InferenceComponentArn": f"{self._prefix}:inference-component/{name}",
            "EndpointArn": endpoint["EndpointArn"],
            "InferenceComponentStatus": "InService",
            "CreationTime": moment,
            "LastModifiedTime": moment,
            **self._specified(request),
        }
        return self._put(self.components, name, {**request, **own}, "inference component")

    def update_component(self, request: Mapping[str, Any]) -> dict[str, Any]:
        component = self.component(request["InferenceComponentName"])
        component.update(self._specified(request), LastModifiedTime=now())
        return component

    def component(self, name: str) -> dict[str, Any]:
        return self._found(self.components, name, "inference component", "inference-component")

    def _specified(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The members that a component describes differently from how they were given."""
        described: dict[str, Any] = {}
        if "Specification" in request:
            described["Specification"] = dict(request["Specification"])
            if "ModelName" in request["Specification"]:
                self._registry.model(request["Specification"]["ModelName"])
        if "RuntimeConfig" in request:
            count = request["RuntimeConfig"]["CopyCount"]
            described["RuntimeConfig"] = {"DesiredCopyCount": count, "CurrentCopyCount": count}
        return described

    def _put(self, kept: dict[str, dict[str, Any]], name: str, value: dict[str, Any], what: str) -> dict[str, Any]:
        with self._lock:
            if name in kept:
                raise ValidationException(f'Cannot create already existing {what} "{name}".')
            kept[name] = value
        return value

    def _found(self, kept: dict[str, dict[str, Any]], name: str, what: str, kind: str) -> dict[str, Any]:
        if name not in kept:
            raise ValidationException(f'Could not find {what} "{self._prefix}:{kind}/{name.lower()}".')
        return kept[name]


def _variant(variant: Mapping[str, Any]) -> dict[str, Any]:
    count, weight = variant.get("InitialInstanceCount"), variant.get("InitialVariantWeight")
    members = {
        "VariantName": variant["VariantName"],
        "CurrentInstanceCount": count,
        "DesiredInstanceCount": count,
        "CurrentWeight": weight,
        "DesiredWeight": weight,
        "CurrentServerlessConfig": variant.get("ServerlessConfig"),
    }
    return {name: value for name, value in members.items() if value is not None}
