"""The policies of the resources that AWS asks for steps: of buckets, keys, queues, topics, functions and groups."""

from __future__ import annotations

import json

from moto.kms.models import kms_backends
from moto.s3.models import s3_backends

from ...held_policies import policy_of
from ...sagemaker.registry import Registry


def policy_on(arn: str, registry: Registry) -> str | None:
    """The policy of a resource; None without one.

    A key that is not here has the policy that keys have by default: it leaves to its account who may use it.
    """
    if arn.count(":") < 5:
        return None
    _, partition, service, region, account, resource = arn.split(":", 5)
    if service == "s3" and not region:
        held_by, owner = s3_backends.bucket_accounts.get(resource.partition("/")[0], ("", ""))
        if not owner:
            return None
        policy = s3_backends[owner][held_by].buckets[resource.partition("/")[0]].policy
        return policy.decode() if isinstance(policy, bytes) else policy
    if service == "kms":
        keys = kms_backends[account][region]
        key = keys.keys.get(keys.any_id_to_key_id(arn))
        return _of_the_account(partition, account) if key is None else str(key.policy)
    if service in ("sqs", "sns", "lambda"):
        return policy_of(arn)
    if service == "sagemaker" and resource.startswith("model-package"):
        return registry.of(arn).policies.get(resource.split("/")[1].lower())
    return None


def _of_the_account(partition: str, account: str) -> str:
    root = {"AWS": f"arn:{partition}:iam::{account}:root"}
    return json.dumps({"Statement": [{"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}]})
