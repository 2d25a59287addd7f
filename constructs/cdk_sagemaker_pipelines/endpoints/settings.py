"""What is deployed of a version: its model, its variant and its configuration, as the API takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..language import PipelineError
from ..properties.service_model import Model
from ..steps.base.field_checks import literal, of_type, whole
from ..steps.hosting.endpoint_config import ServerlessInference

VARIANT = "AllTraffic"
"""The name of the only variant."""
_MOST_INSTANCES = 2_147_483_647
_FIELDS = {
    "InstanceType": "instance_type",
    "KmsKeyId": "volume_kms_key",
    "ServerlessConfig.MaxConcurrency": "serverless.max_concurrency",
    "ServerlessConfig.MemorySizeInMB": "serverless.memory_size_in_mb",
    "ServerlessConfig.ProvisionedConcurrency": "serverless.provisioned_concurrency",
}
"""What the user calls the members of the requests."""


def variant(instance_type: Any, instance_count: Any, serverless: Any) -> dict[str, Any]:
    """What the variant runs on. Raises ``PipelineError`` unless exactly one of both kinds is given."""
    of_type(serverless, ServerlessInference, "serverless", "ServerlessInference(...)")
    if (instance_type is None) == (serverless is None):
        raise PipelineError("give exactly one of instance_type and serverless")
    if serverless is None:
        count = 1 if instance_count is None else instance_count
        whole(count, 1, _MOST_INSTANCES, "instance_count")
        return {"InstanceType": literal(instance_type, "instance_type"), "InitialInstanceCount": count}
    if instance_count is not None:
        raise PipelineError("instance_count needs instance_type; serverless has no instances")
    capacity = {
        "MemorySizeInMB": serverless.memory_size_in_mb,
        "MaxConcurrency": serverless.max_concurrency,
        "ProvisionedConcurrency": serverless.provisioned_concurrency,
    }
    return {"ServerlessConfig": given(capacity)}


def refuse_beside_serverless(**others: Any) -> None:
    """Raises ``PipelineError`` for what an endpoint without instances does not have.

    Source: [Feature exclusions](https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html#serverless-endpoints-how-it-works-exclusions).
    """
    for what, value in others.items():
        if value:
            raise PipelineError(f"{what} needs instance_type; an endpoint that is serverless does not have it")


def given(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that are not None."""
    return {name: value for name, value in members.items() if value is not None}


def alarms_of(deployment: Mapping[str, Any]) -> list[str]:
    """The names of the alarms that roll a deployment back."""
    return [one["AlarmName"] for one in deployment.get("AutoRollbackConfiguration", {}).get("Alarms", ())]


def refuse(settings: Mapping[str, Any]) -> None:
    """Raises ``PipelineError`` for what the API would refuse in the variant and the volumes' key."""
    members = {"VariantName": VARIANT, "ModelName": "model", **settings["Variant"]}
    key = {name: value for name, value in settings["Config"].items() if name == "KmsKeyId"}
    request = {"EndpointConfigName": "config", "ProductionVariants": [members], **key}
    for finding in Model().check_request("EndpointConfig", request):
        where = finding.where.removeprefix("ProductionVariants[0].")
        raise PipelineError(f"{_FIELDS.get(where, where)}: {finding.text}")
