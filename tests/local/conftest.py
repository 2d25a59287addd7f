from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.local.embedding import Embedded
from tests.local.support import BUCKET, Account


@pytest.fixture
def account() -> Iterator[Account]:
    """An empty mocked account with one bucket."""
    with mock_aws():
        account = Account()
        location = {"LocationConstraint": account.region}
        account.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)
        yield account


@pytest.fixture(scope="module")
def embedded_aws() -> Iterator[EmbeddedAws]:
    """A local AWS."""
    with EmbeddedAws("eu-west-1", "123456789012") as aws:
        yield aws


@pytest.fixture(scope="module")
def embedded(embedded_aws: EmbeddedAws) -> Embedded:
    """A local AWS with one bucket."""
    account = Embedded(embedded_aws)
    location = {"LocationConstraint": "eu-west-1"}
    account.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)
    return account
