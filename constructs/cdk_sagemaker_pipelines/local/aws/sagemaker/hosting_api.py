"""The operations for hosting and lineage. moto answers for the deployed endpoints that it knows."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from .events import of_endpoint, of_endpoint_config
from .request import SageMakerRequest


class HostingOperations(SageMakerRequest):
    """Each public method is an operation."""

    # Endpoints

    def create_endpoint_config(self) -> ActionResult:
        config = self._store.hosting.create_config(self._request)
        self._tag(config["EndpointConfigArn"])
        self._store.bus.send(lambda: of_endpoint_config(config))
        return ActionResult({"EndpointConfigArn": config["EndpointConfigArn"]})

    def describe_endpoint_config(self) -> ActionResult:
        name, hosting = self._request["EndpointConfigName"], self._store.hosting
        if name not in hosting.configs and name in self.sagemaker_backend.endpoint_configs:
            return super().describe_endpoint_config()
        return ActionResult(hosting.config(name))

    def delete_endpoint_config(self) -> ActionResult:
        gone = self._store.hosting.configs.pop(self._request["EndpointConfigName"], None)
        return super().delete_endpoint_config() if gone is None else self._untagged(gone["EndpointConfigArn"])

    def list_endpoint_configs(self) -> ActionResult:
        return self._named("EndpointConfig", "EndpointConfigs", self._store.hosting.configs)

    def create_endpoint(self) -> ActionResult:
        endpoint = self._store.hosting.create_endpoint(self._request)
        self._tag(endpoint["EndpointArn"])
        self._store.bus.send(lambda: of_endpoint(endpoint))
        return ActionResult({"EndpointArn": endpoint["EndpointArn"]})

    def update_endpoint(self) -> ActionResult:
        endpoint = self._store.hosting.update_endpoint(self._request)
        self._store.bus.send(lambda: of_endpoint(endpoint))
        return ActionResult({"EndpointArn": endpoint["EndpointArn"]})

    def describe_endpoint(self) -> ActionResult:
        name, hosting = self._request["EndpointName"], self._store.hosting
        if name not in hosting.endpoints and name in self.sagemaker_backend.endpoints:
            return super().describe_endpoint()
        return ActionResult(hosting.endpoint(name))

    def delete_endpoint(self) -> ActionResult:
        gone = self._store.hosting.endpoints.pop(self._request["EndpointName"], None)
        return super().delete_endpoint() if gone is None else self._untagged(gone["EndpointArn"])

    def list_endpoints(self) -> ActionResult:
        return self._named("Endpoint", "Endpoints", self._store.hosting.endpoints)

    # Inference components

    def create_inference_component(self) -> ActionResult:
        component = self._store.hosting.create_component(self._request)
        self._tag(component["InferenceComponentArn"])
        return ActionResult({"InferenceComponentArn": component["InferenceComponentArn"]})

    def update_inference_component(self) -> ActionResult:
        component = self._store.hosting.update_component(self._request)
        return ActionResult({"InferenceComponentArn": component["InferenceComponentArn"]})

    def describe_inference_component(self) -> ActionResult:
        return ActionResult(self._store.hosting.component(self._request["InferenceComponentName"]))

    def delete_inference_component(self) -> ActionResult:
        component = self._store.hosting.component(self._request["InferenceComponentName"])
        del self._store.hosting.components[component["InferenceComponentName"]]
        return self._untagged(component["InferenceComponentArn"])

    def list_inference_components(self) -> ActionResult:
        return self._named("InferenceComponent", "InferenceComponents", self._store.hosting.components)

    # Lineage

    def create_action(self) -> ActionResult:
        return self._created("Action")

    def create_artifact(self) -> ActionResult:
        return self._created("Artifact")

    def create_context(self) -> ActionResult:
        return self._created("Context")

    def describe_action(self) -> ActionResult:
        return ActionResult(self._store.lineage.find("Action", self._request["ActionName"]))

    def describe_artifact(self) -> ActionResult:
        return ActionResult(self._store.lineage.find("Artifact", self._request["ArtifactArn"]))

    def describe_context(self) -> ActionResult:
        return ActionResult(self._store.lineage.find("Context", self._request["ContextName"]))

    def list_actions(self) -> ActionResult:
        return self._entities("Action", "ActionSummaries")

    def list_artifacts(self) -> ActionResult:
        return self._entities("Artifact", "ArtifactSummaries")

    def list_contexts(self) -> ActionResult:
        return self._entities("Context", "ContextSummaries")

    def add_association(self) -> ActionResult:
        association = self._store.lineage.associate(self._request)
        return ActionResult({end: association[end] for end in ("SourceArn", "DestinationArn")})

    def list_associations(self) -> ActionResult:
        asked = {end: self._request[end] for end in ("SourceArn", "DestinationArn") if end in self._request}
        found = [a for a in self._store.lineage.associations if all(a[end] == arn for end, arn in asked.items())]
        return self._page("AssociationSummaries", found, by="CreationTime", key=lambda a: a["CreationTime"])

    def _created(self, kind: str) -> ActionResult:
        entity = self._store.lineage.create(kind, self._request)
        self._tag(entity[f"{kind}Arn"])
        return ActionResult({f"{kind}Arn": entity[f"{kind}Arn"]})

    def _entities(self, kind: str, member: str) -> ActionResult:
        found, source = self._store.lineage.of_kind(kind), self._request.get("SourceUri")
        found = [entity for entity in found if source in (None, entity["Source"]["SourceUri"])]
        by_name = self._request.get("SortBy") == "Name"
        name = f"{kind}Name" if by_name else "CreationTime"
        return self._page(member, found, by="CreationTime", key=lambda entity: entity[name])

    def _named(self, kind: str, member: str, kept: dict[str, dict[str, Any]]) -> ActionResult:
        by = f"{kind}Name" if self._request.get("SortBy") == "Name" else "CreationTime"
        found = list(kept.values())
        return self._page(member, found, by="CreationTime", key=lambda item: item[by], contains=f"{kind}Name")

    def _untagged(self, arn: str) -> ActionResult:
        self._store.tags.pop(arn, None)
        return EmptyResult()
