"""The resource types that the embedded AWS can deploy."""

from __future__ import annotations

from collections.abc import Mapping

from .custom import CUSTOM_RESOURCES
from .emr import EMR_RESOURCES
from .functions import FUNCTION_RESOURCES
from .iam import IAM_RESOURCES
from .kms import KMS_RESOURCES
from .messaging import MESSAGING_RESOURCES
from .moto_models import moto_provider
from .networks import NETWORK_RESOURCES
from .operations import OPERATIONS_RESOURCES
from .provider import Made, Provider, Recorded, Request
from .s3 import S3_RESOURCES
from .sagemaker import SAGEMAKER_RESOURCES

__all__ = ["Made", "Provider", "Request", "provider_for"]

_PROVIDERS: Mapping[str, Provider] = {
    "AWS::CDK::Metadata": Recorded(),
    "AWS::CloudFormation::WaitConditionHandle": Recorded(),
    **CUSTOM_RESOURCES,
    **EMR_RESOURCES,
    **FUNCTION_RESOURCES,
    **IAM_RESOURCES,
    **KMS_RESOURCES,
    **MESSAGING_RESOURCES,
    **NETWORK_RESOURCES,
    **OPERATIONS_RESOURCES,
    **S3_RESOURCES,
    **SAGEMAKER_RESOURCES,
}


def provider_for(name: str) -> Provider:
    """What makes resources of type `name`: ours, else moto's. Raises LookupError with the type and why not."""
    provider = _PROVIDERS.get(name)
    if provider is not None:
        return provider
    if name.startswith("Custom::") or name == "AWS::CloudFormation::CustomResource":
        raise LookupError(f"{name} (its Lambda function would have to be called, which the embedded AWS does not do)")
    provider = moto_provider(name)
    if provider is None:
        raise LookupError(f"{name} (not among the types that the embedded AWS deploys)")
    return provider
