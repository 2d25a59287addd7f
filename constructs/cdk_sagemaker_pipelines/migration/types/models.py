"""Models and their versions."""

from __future__ import annotations

from typing import Any

from ...notation.nodes import SKIP
from ...steps.models.register_model import BASELINES, METRICS, DriftCheckBaselines, ModelMetrics
from ..request import Request, Table, at, made, of_step, place, plain, read, role, text_map
from .base import containers, network

_MODEL: Table = {
    "role": ("ExecutionRoleArn", role),
    "enable_network_isolation": ("EnableNetworkIsolation", plain),
    "model_package": ("PrimaryContainer.ModelPackageName", of_step("ModelPackageArn", "RegisterModelStep")),
}


def model(request: Request) -> dict[str, Any]:
    """The fields of a ``ModelStep``."""
    found = {**read(request.arguments, _MODEL), **network(request.at("VpcConfig"))}
    primary, several = request.at("PrimaryContainer"), request.at("Containers")
    if "model_package" in found:
        environment = text_map(at(primary, "Environment"))
        return {**found, **({} if environment is SKIP else {"environment": environment})}
    return {**found, **containers([primary] if several is None else several)}


_REGISTER: Table = {
    "model_package_group": ("ModelPackageGroupName", plain),
    "content_types": ("InferenceSpecification.SupportedContentTypes", plain),
    "response_types": ("InferenceSpecification.SupportedResponseMIMETypes", plain),
    "inference_instances": ("InferenceSpecification.SupportedRealtimeInferenceInstanceTypes", plain),
    "transform_instances": ("InferenceSpecification.SupportedTransformInstanceTypes", plain),
    "approval_status": ("ModelApprovalStatus", plain),
    "customer_metadata": ("CustomerMetadataProperties", text_map),
    "model_package_description": ("ModelPackageDescription", plain),
}


def register_model(request: Request) -> dict[str, Any]:
    """The fields of a ``RegisterModelStep``."""
    found = read(request.arguments, _REGISTER)
    found |= containers(request.at("InferenceSpecification.Containers"))
    for field, kind, homes, member in (
        ("model_metrics", ModelMetrics, METRICS, "ModelMetrics"),
        ("drift_check_baselines", DriftCheckBaselines, BASELINES, "DriftCheckBaselines"),
    ):
        files = {name: at(request.at(member), ".".join(home)) for name, home in homes.items()}
        said = {name: place(at(file, "S3Uri")) for name, file in files.items() if at(file, "S3Uri") is not None}
        types = {at(file, "ContentType") for file in files.values() if isinstance(at(file, "ContentType"), str)}
        if said:
            found[field] = made(kind, **said, content_type=types.pop() if len(types) == 1 else None)
    return found
