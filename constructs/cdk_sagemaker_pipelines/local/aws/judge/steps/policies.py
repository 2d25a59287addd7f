"""The policies of the resources that AWS asks for steps, also where the local AWS has only their names."""

from __future__ import annotations

import json

from moto.s3.models import s3_backends

from ..held import Stores, held_policy


def policy_on(stores: Stores, arn: str, account: str) -> str | None:
    """The policy of a resource that somebody of an account asks for; None without one.

    A key that is not here has the policy that keys have by default: it leaves to its account who may use it.
    """
    if arn.count(":") < 5:
        return None
    _, partition, service, region, owner, resource = arn.split(":", 5)
    if service == "s3" and not region:
        bucket = resource.partition("/")[0]
        held_in, holder = s3_backends.bucket_accounts.get(bucket, ("", ""))
        policy = s3_backends[holder][held_in].buckets[bucket].policy if holder else None
        return policy.decode() if isinstance(policy, bytes) else policy
    if service == "iam":
        return None  # that of a role is about who may take it
    found = held_policy(stores, arn, account)
    if found is None and service == "kms":
        root = {"AWS": f"arn:{partition}:iam::{owner}:root"}
        return json.dumps({"Statement": [{"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}]})
    return found
