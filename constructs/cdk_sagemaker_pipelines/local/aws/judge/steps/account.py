"""What steps name besides their arguments: keys of buckets, queues and topics, and what is in SageMaker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from ....calls.written_keys import written_with
from ...held_keys import held_key
from ...sagemaker.hosting import Hosting
from ...sagemaker.registry import Registry


class HeldAccount:
    """An account in one region, as moto and the store of SageMaker have it; implements ``local.calls.Account``.

    ``results``: those of the earlier steps of the execution by their names, which may have been scripted.
    """

    def __init__(
        self,
        account: str,
        region: str,
        registry: Registry,
        hosting: Hosting,
        results: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self._account, self._region = account, region
        self._registry, self._hosting = registry, hosting
        self._results = results

    def bucket_key(self, bucket: str) -> str | None:
        partition, owner = s3_backends.bucket_accounts.get(bucket, ("", ""))
        if not owner:
            return None
        held = s3_backends[owner][partition].buckets[bucket]
        rule = (held.encryption or {}).get("Rule", {})
        return self._key(rule.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID"), owner)

    def object_key(self, bucket: str, key: str) -> str | None:
        return written_with(self._results, bucket, key)

    def queue_key(self, arn: str) -> str | None:
        _, _, _, region, account, name = arn.split(":", 5)
        queue = sqs_backends[account][region].queues.get(name)
        return self._key(getattr(queue, "kms_master_key_id", None), account)

    def topic_key(self, arn: str) -> str | None:
        if arn.count(":") < 5:
            return None
        _, _, _, region, account, _ = arn.split(":", 5)
        topic = sns_backends[account][region].topics.get(arn)
        return self._key(getattr(topic, "kms_master_key_id", None), account)

    def described(self, kind: str, name: str) -> Mapping[str, Any] | None:
        if kind == "ModelPackage":
            packages = self._registry.of(name).packages
            return packages.get(name) or packages.get(name.lower())
        if kind == "InstanceProfile":
            return _role_in(self._account, name)
        held = {
            "Model": self._registry.models,
            "EndpointConfig": self._hosting.configs,
            "Endpoint": self._hosting.endpoints,
        }
        last = name.rpartition("/")[2]
        return held[kind].get(last) or self._result(f"{kind}Name", last)

    def _result(self, member: str, name: str) -> Mapping[str, Any] | None:
        """The result of the step that made what has this name."""
        results = (self._results[step] for step in self._results)
        return next((one for one in results if one.get(member) == name), None)

    def _key(self, given: str | None, account: str) -> str | None:
        """The ARN of a key of the account; None of one that AWS manages, which has no policy of anybody's."""
        if not given or "alias/aws/" in given:
            return None
        held = held_key(given, account, self._region)
        return None if held is None else str(held.arn)


def _role_in(account: str, profile: str) -> Mapping[str, Any] | None:
    for backend in list(iam_backends[account].values()):
        for held in list(backend.instance_profiles.values()):
            if held.name == profile and held.roles:
                return {"RoleArn": held.roles[0].arn}
    return None
