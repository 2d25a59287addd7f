"""The resource types that the local AWS can deploy."""

from __future__ import annotations

from collections.abc import Mapping

from .batch import BATCH_RESOURCES
from .cloudformation import CLOUDFORMATION_RESOURCES
from .cloudwatch import CLOUDWATCH_RESOURCES
from .cross_region import CROSS_REGION_RESOURCES
from .custom import CUSTOM_RESOURCES
from .ec2 import EC2_RESOURCES
from .ecr import ECR_RESOURCES
from .emr import EMR_RESOURCES
from .events import EVENTS_RESOURCES
from .iam import IAM_RESOURCES
from .kms import KMS_RESOURCES
from .lambda_ import LAMBDA_RESOURCES
from .logs import LOGS_RESOURCES
from .monitoring import MONITORING_RESOURCES
from .moto_models import moto_provider
from .on_functions import OnFunction
from .provider import LeftBehind, Made, Provider, Recorded, Request
from .ram import RAM_RESOURCES
from .route53 import ROUTE53_RESOURCES
from .s3 import S3_RESOURCES
from .sagemaker import SAGEMAKER_RESOURCES
from .sns import SNS_RESOURCES
from .sqs import SQS_RESOURCES
from .ssm import SSM_RESOURCES

__all__ = ["LeftBehind", "Made", "Provider", "Request", "is_custom", "provider_for"]

_PROVIDERS: Mapping[str, Provider] = {
    "AWS::CDK::Metadata": Recorded(),
    "AWS::CloudFormation::WaitConditionHandle": Recorded(),
    **BATCH_RESOURCES,
    **CLOUDFORMATION_RESOURCES,
    **CLOUDWATCH_RESOURCES,
    **CROSS_REGION_RESOURCES,
    **CUSTOM_RESOURCES,
    **EC2_RESOURCES,
    **ECR_RESOURCES,
    **EMR_RESOURCES,
    **EVENTS_RESOURCES,
    **IAM_RESOURCES,
    **KMS_RESOURCES,
    **LAMBDA_RESOURCES,
    **LOGS_RESOURCES,
    **MONITORING_RESOURCES,
    **RAM_RESOURCES,
    **ROUTE53_RESOURCES,
    **S3_RESOURCES,
    **SAGEMAKER_RESOURCES,
    **SNS_RESOURCES,
    **SQS_RESOURCES,
    **SSM_RESOURCES,
}

_ON_FUNCTION = OnFunction()


def is_custom(name: str) -> bool:
    """Whether the type is one of a custom resource."""
    return name.startswith("Custom::") or name == "AWS::CloudFormation::CustomResource"


def provider_for(name: str) -> Provider:
    """The provider of the type ``name``: ours, else moto's. Raises ``LookupError`` with the type and the reason."""
    provider = _PROVIDERS.get(name)
    if provider is not None:
        return provider
    if is_custom(name):
        return _ON_FUNCTION
    provider = moto_provider(name)
    if provider is None:
        raise LookupError(f"{name} (not among the types that the local AWS deploys)")
    return provider
