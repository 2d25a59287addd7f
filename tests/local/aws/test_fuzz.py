"""Many requests that no client should send: each is answered, none as a failure of the server.

``pytest -m long tests/local/aws/test_fuzz.py`` sends 100,000, in a quarter of an hour.
"""

from __future__ import annotations

import collections
import itertools
from collections.abc import Iterator

import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

from . import wire
from .fuzz import ACCOUNT, SESSION, Fuzz, Request, own_operations

OTHERS = ("lambda", "cloudformation", "sts", "iam", "s3", "sqs", "logs", "ssm", "events", "ecr", "emr", "ec2")
OWN = own_operations()
A_SERVER = 5000
"""The number of requests per server: what they leave behind makes the next ones slower."""


def sent(stream: Iterator[Request], count: int) -> collections.Counter[int]:
    """The number of responses by status. Fails at the first response that should not occur."""
    statuses: collections.Counter[int] = collections.Counter()
    with EmbeddedAws("us-east-1", ACCOUNT) as aws:
        key = wire.credentials(aws.environment())
        for request in itertools.islice(stream, count):
            headers = {**request.headers, "Authorization": request.authorization or ""}
            if request.authorization is None:
                headers = wire.signed(
                    aws, request.method, request.path, request.body, request.headers, service=request.service, key=key
                )
            reply = wire.send(aws, request.method, request.path, request.body, headers)
            statuses[reply.status] += 1
            refused = ("does not offer this: ", f": {request.service} {request.operation}", "the local AWS ")
            named = reply.status == 501 and any(words in reply.text for words in refused)
            assert reply.status < 500 or named, (request, reply)
            assert "Traceback" not in reply.text, (request, reply)
            if request.service == "sagemaker" and request.operation in OWN:
                assert "InternalFailure" not in reply.text, (request, reply)
    return statuses


def test_values_where_they_do_not_belong() -> None:
    statuses = sent(Fuzz(1).broken(OWN), 1000)
    assert {200, 400, 403, 501} <= set(statuses)


def test_values_that_mean_nothing() -> None:
    statuses = sent(Fuzz(2).meaningless(OWN), 1000)
    assert statuses[200] > 100


def test_operations_of_moto() -> None:
    assert sent(Fuzz(3).meaningless(SESSION.get_service_model("sagemaker").operation_names), 400)[200]


@pytest.mark.parametrize("service", OTHERS)
def test_other_services(service: str) -> None:
    sent(Fuzz(4).of(service), 100)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(8))
def test_many_values_where_they_do_not_belong(seed: int) -> None:
    sent(Fuzz(100 + seed).broken(OWN), A_SERVER)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(8))
def test_many_values_that_mean_nothing(seed: int) -> None:
    sent(Fuzz(200 + seed).meaningless(OWN), A_SERVER)


@pytest.mark.long
@pytest.mark.parametrize("service", OTHERS)
def test_many_of_other_services(service: str) -> None:
    sent(Fuzz(300).of(service), 20_000 // len(OTHERS) + 1)
