"""What the policy of a resource says to who asks, without a server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws.principals import holding, service
from cdk_sagemaker_pipelines.local.aws.repeating import repeatable
from cdk_sagemaker_pipelines.local.aws.resource_policies import refusal

ACCOUNT, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/job"
QUEUE = f"arn:aws:sqs:eu-west-1:{OTHER}:q"
SEND = "sqs:SendMessage"
TOPIC = service("sns", ACCOUNT, f"arn:aws:sns:eu-west-1:{ACCOUNT}:t")


def policy(*statements: dict[str, Any]) -> str:
    allow = {"Effect": "Allow", "Principal": "*", "Action": SEND}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**allow, **one} for one in statements]})


def ends(found: str | None) -> str:
    """What a refusal says after who asks for what; empty of none."""
    return (found or "").partition(f"{QUEUE} ")[2]


NOT_ALLOWED = f"because no resource-based policy allows the {SEND} action"


def test_it_is_as_late_as_on_the_local_aws() -> None:
    until = policy({"Condition": {"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}})
    for moment, told in ((1_800_000_000.0, ""), (2_000_000_000.0, NOT_ALLOWED)):
        with repeatable(b"seed", moment):
            assert ends(refusal(until, holding(ROLE), SEND, QUEUE)) == told


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}, "Bool": {"aws:PrincipalIsAWSService": "true"}}, ""),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, NOT_ALLOWED),
        ({"StringEquals": {"aws:SourceOrgID": "o-1"}}, NOT_ALLOWED),
        (
            {"IpAddress": {"aws:SourceIp": "127.0.0.1"}},
            "because statement 1 of the resource-based policy depends on aws:SourceIp, of which nothing is known",
        ),
    ],
    ids=["source", "organization", "source-organization", "address"],
)
def test_a_service_asks_for_a_resource(condition: Any, told: str) -> None:
    only = policy({"Principal": {"Service": "sns.amazonaws.com"}, "Condition": condition})
    assert ends(refusal(only, TOPIC, SEND, QUEUE)) == told


def test_a_policy_that_cannot_be_read_refuses_in_words() -> None:
    wrong = policy({"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/j*"}})
    found = refusal(wrong, holding(ROLE), SEND, QUEUE)
    assert found == (
        f"User: {ROLE} is not authorized to perform: {SEND} on resource: {QUEUE} because statement 1 of the "
        f"resource-based policy: arn:aws:iam::{ACCOUNT}:role/j* cannot be a principal: its name cannot have a wildcard"
    )
    assert "is not JSON" in ends(refusal("{", holding(ROLE), SEND, QUEUE))


def test_what_moto_makes_of_everybody() -> None:
    everybody = policy({"Principal": {"AWS": "arn:aws:iam::*:root"}})
    assert refusal(everybody, holding(ROLE), SEND, QUEUE) is None


def test_of_two_that_may_be_meant_one_is_enough_and_one_denial_refuses() -> None:
    account = holding(f"arn:aws:iam::{ACCOUNT}:root")
    by_service = {"Principal": {"Service": "sns.amazonaws.com"}}
    assert refusal(policy(by_service), account, SEND, QUEUE, (TOPIC, QUEUE)) is None
    assert ends(refusal(policy(by_service), account, SEND, QUEUE)) == NOT_ALLOWED
    denied = policy(by_service, {"Effect": "Deny", "Principal": {"AWS": ACCOUNT}})
    assert "with an explicit deny" in ends(refusal(denied, account, SEND, QUEUE, (TOPIC, QUEUE)))


def test_who_is_neither_an_account_nor_a_role() -> None:
    with pytest.raises(ValueError, match="events is not the ARN of a role"):
        holding("events")
