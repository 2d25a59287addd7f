"""The actions that operations need and the ARNs of their resources, as the Service Authorization Reference lists them.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
``actions.json`` is written by ``python -m scripts.generate``.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

ANY = "any"
"""The kind of what is given by its ARN."""

SERVICES = {
    "emr": "elasticmapreduce", "stepfunctions": "states", "resourcegroupstaggingapi": "tag",
    "sagemaker-runtime": "sagemaker",
}  # fmt: skip
"""IAM's names of services that botocore calls otherwise."""
_RUNTIME = {"InvokeEndpoint": "InvokeEndpoint: endpoint*", "InvokeEndpointAsync": "InvokeEndpointAsync: endpoint*"}
"""Operations of the runtime of SageMaker, which IAM counts among SageMaker's."""


class Needed(NamedTuple):
    """What an operation needs: an action, on kinds of resources."""

    action: str
    """With its service."""
    required: tuple[str, ...]
    """The kinds of resources that every request is about."""
    possible: tuple[str, ...]
    """Those that it may be about, where none is required."""


def needed(service: str, operation: str) -> Needed | None:
    """What an operation of a service, by IAM's name, needs; None of one that the reference does not list."""
    told = _services().get(service, {}).get("operations", {}).get(operation)
    if told is None and service == "sagemaker":
        told = _RUNTIME.get(operation)
    if told is None:
        return None
    action, colon, kinds = told.rpartition(": ")
    named = [kind for kind in kinds.split(", ") if kind]
    return Needed(
        f"{service}:{action if colon else operation}",
        tuple(kind[:-1] for kind in named if kind.endswith("*")),
        tuple(kind for kind in named if not kind.endswith("*")),
    )


def template(service: str, kind: str) -> str:
    """The ARN of a kind of resource, with variables such as ``${QueueName}``."""
    found: str = _services()[service]["resources"][kind]
    return found


@cache
def _services() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(Path(__file__).with_name("actions.json").read_text(encoding="utf-8"))["services"]
    return read
