"""Endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...notation.nodes import NOTHING
from ...steps.hosting.endpoint_config import AsyncInference, ProductionVariant, ServerlessInference
from ..request import (
    Request,
    Table,
    at,
    dicts,
    duration,
    image,
    key,
    made,
    of_step,
    place,
    plain,
    read,
    role,
    text_map,
    topic,
)
from .base import network

_MODEL = of_step("ModelName", "ModelStep")
_VARIANT: Table = {
    "model": ("ModelName", _MODEL),
    "instance_type": ("InstanceType", plain),
    "initial_instance_count": ("InitialInstanceCount", plain),
    "name": ("VariantName", plain),
    "initial_weight": ("InitialVariantWeight", plain),
    "min_instances": ("ManagedInstanceScaling.MinInstanceCount", plain),
    "max_instances": ("ManagedInstanceScaling.MaxInstanceCount", plain),
    "routing_strategy": ("RoutingConfig.RoutingStrategy", plain),
    "volume_size_in_gb": ("VolumeSizeInGB", plain),
}
_OF_VARIANTS = (
    *("ModelName", "InstanceType", "InitialInstanceCount", "VariantName", "InitialVariantWeight", "RoutingConfig"),
    *("ManagedInstanceScaling", "VolumeSizeInGB", "ServerlessConfig"),
)
_SERVERLESS: Table = {
    "memory_size_in_mb": ("MemorySizeInMB", plain),
    "max_concurrency": ("MaxConcurrency", plain),
    "provisioned_concurrency": ("ProvisionedConcurrency", plain),
}
_ASYNC: Table = {
    "output": ("OutputConfig.S3OutputPath", place),
    "failures": ("OutputConfig.S3FailurePath", place),
    "success_topic": ("OutputConfig.NotificationConfig.SuccessTopic", topic),
    "error_topic": ("OutputConfig.NotificationConfig.ErrorTopic", topic),
    "max_concurrent_invocations_per_instance": ("ClientConfig.MaxConcurrentInvocationsPerInstance", plain),
    "kms_key": ("OutputConfig.KmsKeyId", key),
}
_CONFIG: Table = {
    "endpoint_config_name": ("EndpointConfigName", plain),
    "volume_kms_key": ("KmsKeyId", key),
    "role": ("ExecutionRoleArn", role),
    "enable_network_isolation": ("EnableNetworkIsolation", plain),
}


def endpoint_config(request: Request) -> dict[str, Any]:
    """The fields of an ``EndpointConfigStep``."""
    found = {**read(request.arguments, _CONFIG), **network(request.at("VpcConfig"))}
    for field, member in (("variants", "ProductionVariants"), ("shadow_variants", "ShadowProductionVariants")):
        variants = [_variant(one) for one in dicts(request.at(member))]
        if variants:
            found[field] = variants
    if isinstance(request.at("AsyncInferenceConfig"), Mapping):
        found["async_inference"] = made(AsyncInference, **read(request.at("AsyncInferenceConfig"), _ASYNC))
    return found


def _variant(one: Mapping[str, Any]) -> Any:
    serverless = one.get("ServerlessConfig")
    found = read(one, _VARIANT)
    if found.get("initial_instance_count") == 1:
        del found["initial_instance_count"]
    if isinstance(serverless, Mapping):
        found["serverless"] = made(ServerlessInference, **read(serverless, _SERVERLESS))
    more = {name: value for name, value in one.items() if name not in _OF_VARIANTS}
    return made(ProductionVariant, **found, overrides=more or None)


def endpoint(request: Request) -> dict[str, Any]:
    """The fields of an ``EndpointStep``."""
    return read(request.arguments, _ENDPOINT)


_ENDPOINT: Table = {
    "endpoint_name": ("EndpointName", plain),
    "config": ("EndpointConfigName", of_step("EndpointConfigName", "EndpointConfigStep")),
}
_NEEDS = "Specification.ComputeResourceRequirements"
_STARTUP = "Specification.StartupParameters"
_COMPONENT: Table = {
    "inference_component_name": ("InferenceComponentName", plain),
    "endpoint": ("EndpointName", of_step("EndpointName", "EndpointStep")),
    "variant": ("VariantName", plain),
    "model": ("Specification.ModelName", _MODEL),
    "image": ("Specification.Container.Image", image),
    "model_data": ("Specification.Container.ArtifactUrl", place),
    "environment": ("Specification.Container.Environment", text_map),
    "base_component": (
        "Specification.BaseInferenceComponentName",
        of_step("InferenceComponentName", "InferenceComponentStep"),
    ),
    "min_memory_in_mb": (f"{_NEEDS}.MinMemoryRequiredInMb", plain),
    "max_memory_in_mb": (f"{_NEEDS}.MaxMemoryRequiredInMb", plain),
    "cpu_cores": (f"{_NEEDS}.NumberOfCpuCoresRequired", plain),
    "accelerators": (f"{_NEEDS}.NumberOfAcceleratorDevicesRequired", plain),
    "copies": ("RuntimeConfig.CopyCount", plain),
    "model_data_download_timeout": (f"{_STARTUP}.ModelDataDownloadTimeoutInSeconds", duration),
    "startup_health_check_timeout": (f"{_STARTUP}.ContainerStartupHealthCheckTimeoutInSeconds", duration),
}


def inference_component(request: Request) -> dict[str, Any]:
    """The fields of an ``InferenceComponentStep``."""
    found = read(request.arguments, _COMPONENT)
    if found.get("copies") == 1:
        del found["copies"]
    if at(request.arguments, "VariantName") is None:
        found["variant"] = NOTHING
    return found
