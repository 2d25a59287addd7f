"""Requests as bytes on the wire, signed by botocore but written by hand: requests that no AWS client would send."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws


@dataclass(frozen=True)
class Reply:
    """The response."""

    status: int
    headers: Mapping[str, str]
    text: str


def credentials(variables: Mapping[str, str]) -> Credentials:
    """The key in the variables."""
    return Credentials(
        variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"], variables.get("AWS_SESSION_TOKEN") or None
    )


def signed(
    aws: EmbeddedAws,
    method: str = "POST",
    path: str = "/",
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    *,
    service: str = "sagemaker",
    region: str = "us-east-1",
    account: str | None = None,
    key: Credentials | None = None,
) -> dict[str, str]:
    """The headers of a request with those of its signature."""
    request = AWSRequest(method, aws.url + path, {**(headers or {}), "Host": urlsplit(aws.url).netloc}, body)
    auth = S3SigV4Auth if service == "s3" else SigV4Auth
    auth(key or credentials(aws.environment(account)), service, region).add_auth(request)
    return dict(request.headers.items())


def send(
    aws: EmbeddedAws, method: str = "POST", path: str = "/", body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Reply:
    """Sends a request as it is."""
    connection = http.client.HTTPConnection("127.0.0.1", int(aws.url.rpartition(":")[2]), timeout=60)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        told = {"Host": urlsplit(aws.url).netloc, "Content-Length": str(len(body)), **(headers or {})}
        for name, value in told.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
        return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, text)
    finally:
        connection.close()


def call(aws: EmbeddedAws, target: str, body: bytes, **options: str) -> Reply:
    """Sends a signed request of a service that speaks JSON."""
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
    return send(aws, "POST", "/", body, signed(aws, "POST", "/", body, headers, **options))  # type: ignore[arg-type]
