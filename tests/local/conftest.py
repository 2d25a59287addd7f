from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.local.support import BUCKET, Account


@pytest.fixture
def account() -> Iterator[Account]:
    """An empty mocked account with one bucket."""
    with mock_aws():
        account = Account()
        location = {"LocationConstraint": account.region}
        account.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)
        yield account
