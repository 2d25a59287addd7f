"""The policies of resources that the local AWS holds, by their ARNs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from moto.ecr.models import ecr_backends
from moto.events.models import events_backends
from moto.kms.models import kms_backends
from moto.secretsmanager.models import secretsmanager_backends

from ..held_policies import policy_of
from ..principals import role_of
from ..ram_api import policy_of_pipeline

EVERYBODY = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]})
"""The policy of what is another account's and has none here: the other side of the decision is asked alone."""


class Stores(Protocol):
    """What holds the model packages of an account and region."""

    def sagemaker(self, account: str, region: str) -> Any: ...


def held_policy(stores: Stores, arn: str, account: str) -> str | None:
    """The policy of a resource that somebody of an account asks for; None without one."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return None
    own = _HELD.get(parts[2])
    if own is not None:
        return own(arn)
    if parts[2] == "iam" and parts[5].startswith("role/"):
        role = role_of(arn)
        return None if role is None else str(role.assume_role_policy_document)
    if parts[2] == "sagemaker" and parts[5].startswith(("model-package-group/", "model-package/")):
        found = stores.sagemaker(parts[4], parts[3]).registry.policies.get(parts[5].split("/")[1].lower())
        return None if found is None else str(found)
    if parts[2] == "sagemaker" and parts[5].startswith("pipeline/") and parts[4] != account:
        return policy_of_pipeline(":".join(parts[:5]) + ":" + "/".join(parts[5].split("/")[:2]), parts[4], parts[3])
    return EVERYBODY if parts[4] not in ("", account) else None


def _of_bus(arn: str) -> str | None:
    region, account, name = arn.split(":", 5)[3:]
    bus = events_backends[account][region].event_buses.get(name.removeprefix("event-bus/"))
    return None if bus is None or bus.policy is None else str(bus.policy)


def _of_key(arn: str) -> str | None:
    region, account, name = arn.split(":", 5)[3:]
    key = kms_backends[account][region].keys.get(name.removeprefix("key/"))
    return None if key is None else str(key.policy)


def _of_secret(arn: str) -> str | None:
    region, account = arn.split(":", 5)[3:5]
    secret = secretsmanager_backends[account][region].secrets.get(arn)
    return getattr(secret, "policy", None)


def _of_repository(arn: str) -> str | None:
    region, account, name = arn.split(":", 5)[3:]
    repository = ecr_backends[account][region].repositories.get(name.removeprefix("repository/"))
    return None if repository is None else repository.policy


_HELD: Mapping[str, Callable[[str], str | None]] = {
    "ecr": _of_repository, "events": _of_bus, "kms": _of_key, "lambda": policy_of, "secretsmanager": _of_secret,
    "sns": policy_of, "sqs": policy_of,
}  # fmt: skip
"""By service."""
