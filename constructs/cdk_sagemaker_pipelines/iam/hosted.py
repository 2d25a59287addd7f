"""What an endpoint needs that follows approvals: the role of its models, and the function that deploys them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .arns import model_package_group_arns, version_arns
from .environment import Environment
from .escaping import marked
from .needs import HOSTING_NETWORK, Needs
from .permissions import Permission, Reason
from .settings import of_settings

_OWN = ("sagemaker:AddTags", "sagemaker:DeleteTags", "sagemaker:DeleteEndpoint", "sagemaker:DescribeEndpoint")
_CHANGE = ("sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint")
_CONFIG = ("sagemaker:AddTags", "sagemaker:CreateEndpointConfig", "sagemaker:DeleteEndpointConfig")
_MODEL = ("sagemaker:AddTags", "sagemaker:CreateModel", "sagemaker:DeleteModel", "sagemaker:DescribeModel")


def of_models(name: str, settings: Mapping[str, Any], environment: Environment) -> list[Permission]:
    """What the role of the models needs; what is not known here has no resources.

    ``settings``: the URIs ``Reads``, where the models are, a ``VpcConfig``, a ``DataCaptureConfig``, and ``Alarms``,
    the names of those that roll a deployment back.
    """
    return of_settings(_of_models, "EndpointConfig", name, settings, environment)


def _of_models(need: Needs) -> Iterator[Permission]:
    settings = need.arguments
    yield from need.logs("Endpoints/*")
    for uri in settings.every("Reads[]"):
        yield from need.read(uri)
    yield from need.network(settings.at("VpcConfig"), HOSTING_NETWORK)
    capture = settings.at("DataCaptureConfig")
    if capture.given:
        yield from need.write(capture, "DestinationS3Uri")
        yield from need.output_key(capture, "KmsKeyId")
    for alarm in settings.every("Alarms[]"):
        arn = need.environment.arn("cloudwatch", f"alarm:{alarm.value}")
        yield Permission(("cloudwatch:DescribeAlarms",), (arn,), because=need.because(alarm))


def of_function(
    name: str, group: str, role: str, volume_key: str | None, environment: Environment
) -> Iterator[Permission]:
    """What the function needs that deploys the versions of a group.

    ``name``: the endpoint's, with which the names of its configurations and models begin; ``group``: its name or ARN;
    ``role``: the ARN of the models' role. Texts are marked.
    """
    here = marked(environment)
    groups = model_package_group_arns(group, here)
    versions, of_group, own = version_arns(groups), (Reason(name, "group"),), (Reason(name, "endpoint_name"),)
    # the guide speaks of the group, the service authorization reference of its versions
    yield Permission(("sagemaker:ListModelPackages",), (*groups, *versions), because=of_group)
    yield Permission(("sagemaker:CreateModel", "sagemaker:DescribeModelPackage"), versions, because=of_group)
    endpoints, configs, models = (
        tuple(dict.fromkeys(here.sagemaker(f"{kind}/{one}{end}") for one in (name, name.lower())))
        for kind, end in (("endpoint", ""), ("endpoint-config", "-v*"), ("model", "-v*"))
    )
    yield Permission((*_OWN, *_CHANGE), endpoints, because=own)
    yield Permission((*_CONFIG, *_CHANGE), configs, because=own)
    yield Permission(_MODEL, models, because=own)
    yield Permission(("sagemaker:ListEndpointConfigs",), ("*",), because=own)
    passed = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    yield Permission(("iam:PassRole",), (role,), passed, (Reason(name, "role"),))
    if volume_key is not None:
        key = (Reason(name, "volume_kms_key"),)
        only = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
        yield Permission(("kms:CreateGrant",), (volume_key,), only, key)
        yield Permission(("kms:DescribeKey",), (volume_key,), because=key)
