"""A refusal in the shape that each client reads."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from cdk_sagemaker_pipelines.local.aws.front.refusal import Protocol, Refused, answer, protocol_of

HOSTILE = "a<b>&\x1b[2J\x00\ud800\ufffe\U0001f600 é"


@pytest.mark.parametrize("protocol", ["json", "rest-json", "query", "ec2", "rest-xml", "text"])
def test_any_text_in_it_can_be_read(protocol: Protocol) -> None:
    if protocol == "text":
        return  # which holds no text of others
    told = answer(Refused(400, "ValidationError", HOSTILE), protocol, "route53")
    headers = dict(told.headers)
    assert headers["Content-Length"] == str(len(told.body))
    assert headers["X-Content-Type-Options"] == "nosniff"
    if "json" in protocol:
        assert json.loads(told.body)["message"] == HOSTILE
        assert headers["x-amzn-ErrorType"] == "ValidationError"
    else:
        message = ElementTree.fromstring(told.body).find(".//Message")
        assert message is not None
        assert message.text == "a<b>&?[2J???\U0001f600 é"


@pytest.mark.parametrize(
    ("service", "content_type", "has_target", "protocol"),
    [
        ("sagemaker", "application/x-amz-json-1.1", True, "json"), ("lambda", "application/json", False, "rest-json"),
        ("sts", "application/x-www-form-urlencoded; charset=utf-8", False, "query"), ("sts", "", False, "query"),
        ("ec2", "application/x-www-form-urlencoded", False, "ec2"), ("s3", "", False, "rest-xml"),
        ("", "text/plain", False, "rest-xml"), ("s3", "application/x-www-form-urlencoded", False, "rest-xml"),
        ("", "application/x-www-form-urlencoded", False, "query"),
    ],
)  # fmt: skip
def test_the_protocol_follows_from_what_clients_send(
    service: str, content_type: str, has_target: bool, protocol: str
) -> None:
    assert protocol_of(service, content_type, has_target) == protocol


def test_errors_have_the_names_of_each_service() -> None:
    refused = Refused(403, "InvalidClientTokenId", "x")
    codes: list[tuple[Protocol, str, str]] = [
        ("json", "sagemaker", "UnrecognizedClientException"),
        ("rest-xml", "s3", "InvalidAccessKeyId"),
        ("query", "sts", "InvalidClientTokenId"),
        ("rest-xml", "route53", "InvalidClientTokenId"),
    ]
    for protocol, service, code in codes:
        assert code.encode() in answer(refused, protocol, service).body
