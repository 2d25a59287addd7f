"""What the fields of several types say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...language import CacheConfig, RetryPolicy
from ...language.references import is_expression_json
from ...notation.nodes import SKIP, Existing, Made
from ...steps.models.model_container import ModelContainer, UncompressedModel
from ..request import Request, Table, at, dicts, image, made, number_or_text, place, text_map

JOB: Table = {"environment": ("Environment", text_map)}


def envelope(request: Request) -> dict[str, Any]:
    """The fields of every step."""
    step = request.step
    found = {
        "display_name": step.get("DisplayName"),
        "description": step.get("Description"),
        "cache": _cache(step.get("CacheConfig")),
        "retry_policies": [_retries(policy) for policy in dicts(step.get("RetryPolicies"))] or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _cache(config: Any) -> Made | None:
    if not isinstance(config, Mapping):
        return None
    if config == {"Enabled": True}:
        return Made("CacheConfig.of_any_age")
    return made(CacheConfig, expire_after=config.get("ExpireAfter"), enabled=config.get("Enabled"))


def _retries(policy: Mapping[str, Any]) -> Made:
    attempts = policy.get("MaxAttempts")
    return made(
        RetryPolicy,
        exception_types=policy.get("ExceptionType"),
        interval_seconds=policy.get("IntervalSeconds"),
        backoff_rate=policy.get("BackoffRate"),
        max_attempts=None if attempts == 5 else attempts,
        expire_after_min=policy.get("ExpireAfterMin"),
    )


def network(config: Any) -> dict[str, Any]:
    """The fields that say a ``VpcConfig``, by the ids of what is in it."""
    groups, subnets = at(config, "SecurityGroupIds"), at(config, "Subnets")
    known = all(isinstance(ids, list) and ids and all(isinstance(one, str) for one in ids) for ids in (groups, subnets))
    if not known:
        return {}
    return {
        "vpc_subnets": Made("ec2.SubnetSelection", {"subnets": [Existing("subnet", one) for one in subnets]}),
        "security_groups": [Existing("security_group", one) for one in groups],
    }


def container(value: Any) -> dict[str, Any]:
    """The fields of a model's container."""
    uncompressed = at(value, "ModelDataSource.S3DataSource.S3Uri")
    data = at(value, "ModelDataUrl")
    found = {
        "image": None if at(value, "Image") is None else image(at(value, "Image")),
        "model_data": made(UncompressedModel, source=place(uncompressed)) if uncompressed else data and place(data),
        "environment": None if text_map(at(value, "Environment")) is SKIP else at(value, "Environment"),
        "container_hostname": at(value, "ContainerHostname"),
    }
    return {name: field for name, field in found.items() if field is not None}


def containers(given: Any) -> dict[str, Any]:
    """The fields that say the containers of a model: those of the only one, or a list."""
    said = [container(one) for one in dicts(given)]
    if len(said) == 1 and "container_hostname" not in said[0]:
        return said[0]
    return {"containers": [made(ModelContainer, **one) for one in said]} if said else {}


def hyperparameters(value: Any) -> Any:
    """The hyperparameters of an algorithm, numbers as such."""
    if not isinstance(value, Mapping) or not value or is_expression_json(value):
        return SKIP
    return {name: number_or_text(item) for name, item in value.items()}


def location(value: Any) -> Any:
    """A place in S3, where one is given."""
    return None if value is None else place(value)
