"""AWS's own managed policies, which each account has, are those that moto reads from its text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from moto.iam import models as iam

from cdk_sagemaker_pipelines.local.aws.moto_patches import repaired

ACCOUNT = "111122223333"


def told(policies: Iterable[iam.ManagedPolicy]) -> dict[str, Any]:
    """All of each policy by its ARN, but for its ID, which is drawn."""
    return {
        policy.arn: {**vars(policy), "id": None, "versions": [vars(version) for version in policy.versions]}
        for policy in policies
    }


@pytest.mark.parametrize("partition", ["aws", "aws-cn"])
def test_they_are_what_moto_makes_of_its_text(partition: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    own = told(iam.IAMBackend(partition, ACCOUNT).managed_policies.values())
    with repaired():
        ours = iam.IAMBackend(partition, ACCOUNT).managed_policies
        other = iam.IAMBackend(partition, "222233334444").managed_policies
        assert told(ours.values()) == own
        assert f"arn:{partition}:iam::aws:policy/AmazonSageMakerFullAccess" in own
        assert not {policy.id for policy in ours.values()} & {policy.id for policy in other.values()}


def test_moto_reads_them_itself_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MOTO_IAM_LOAD_MANAGED_POLICIES", raising=False)
    with repaired():
        pass
    assert iam.IAMBackend("aws", ACCOUNT).managed_policies == {}
