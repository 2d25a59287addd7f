"""What the jobs of a monitoring schedule need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .environment import Environment
from .needs import Needs
from .permissions import Permission
from .settings import of_settings
from .types.checks.clarify_check import served

_NAMESPACES = ["AWS/SageMaker", "/aws/sagemaker/*", "aws/sagemaker/*"]
"""AWS's pages write those of monitoring with a leading slash and without one."""


def of_jobs(name: str, settings: Mapping[str, Any], environment: Environment) -> list[Permission]:
    """What the role of the jobs needs; what is not known here has no resources.

    ``settings``: the URIs ``Captured`` and ``Reads``, of which those that end with a slash are folders, the URI
    ``Output`` and its ``KmsKeyId``, the keys ``CaptureKmsKeyId`` and ``VolumeKmsKeyId``, ``ImageUri``, a ``VpcConfig``,
    and a ``ModelName`` that is served for the jobs.
    """
    return of_settings(_of_jobs, "Processing", name, settings, environment)


def _of_jobs(need: Needs) -> Iterator[Permission]:
    settings = need.arguments
    yield from need.logs("ProcessingJobs", metrics=False)
    metrics = {"StringLike": {"cloudwatch:namespace": _NAMESPACES}}
    yield Permission(("cloudwatch:PutMetricData",), ("*",), metrics, need.because())
    yield from need.read(settings, "Captured")
    yield from need.key(settings, "CaptureKmsKeyId", actions=("kms:Decrypt",))
    for uri in settings.every("Reads[]"):
        is_folder = str(uri.value).endswith("/")
        yield from need.read(uri) if is_folder else need.read_object(uri)
    yield from need.write(settings, "Output")
    yield from need.output_key(settings, "KmsKeyId")
    yield from need.volume_key(settings.at("VolumeKmsKeyId"))
    yield from need.image(settings.at("ImageUri"))
    yield from need.network(settings.at("VpcConfig"))
    model = settings.at("ModelName")
    if model.given:
        yield from served(need, model)
