"""Who may talk to the server at all: names, origins and paths, before anything is verified."""

from __future__ import annotations

import socket

import pytest
from botocore.exceptions import ClientError

from cdk_sagemaker_pipelines.local.aws.front import gate
from cdk_sagemaker_pipelines.local.aws.front.refusal import Refused
from cdk_sagemaker_pipelines.local.aws.front.request import RAW_HEADERS, HttpRequest
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

from .wire import Reply, send, signed

PORT = 5566


def status(host: str = "localhost:5566", target: str = "/", path: str | None = None, **headers: str) -> int:
    """The gate's status; 200 if it lets a request through."""
    pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
    environ = {
        "REQUEST_METHOD": "GET", "RAW_URI": target, "HTTP_HOST": host, RAW_HEADERS: [("Host", host), *pairs],
        "PATH_INFO": target.partition("?")[0] if path is None else path,
    }  # fmt: skip
    try:
        gate.check(HttpRequest(environ), PORT)
    except Refused as refused:
        return refused.status
    return 200


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "127.0.0.1", "[::1]", "data.localhost", "my.data-1.localhost", "a_b.localhost"]
)
def test_the_names_of_this_machine(host: str) -> None:
    assert status(f"{host}:5566") == 200
    assert status(f"{host}:5567") == status(host) == status(f"{host}:") == status(f"{host}:05566") == 421


@pytest.mark.parametrize(
    "host",
    [
        "", ":5566", "evil.example:5566", "localhost.evil.example:5566", "evillocalhost:5566", "localhost.:5566",
        "0.0.0.0:5566", "127.0.0.1.nip.io:5566", "127.0.0.2:5566", "127.1:5566", "2130706433:5566", "[::]:5566",
        "[::ffff:127.0.0.1]:5566", "user@localhost:5566", "localhost:5566@evil.example", "localhost:5566,evil.example",
        "evil.example,localhost:5566", "localhost:5566\x00", ".localhost:5566", "-.localhost:5566", "a..localhost:5566",
        "localhost:5566/", " localhost:5566", "localhost:\uff15\uff15\uff16\uff16", "\u017focalhost:5566",
    ],
)  # fmt: skip
def test_any_other_name_is_misdirected(host: str) -> None:
    assert status(host) == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": ""}, {"origin": "http://localhost:5566"},
        {"Sec_Fetch_Site": "cross-site"}, {"sec_fetch_site": "same-site"}, {"Sec_Fetch_Site": "none, cross-site"},
        {"Sec_Fetch_Site": ""}, {"Sec_Fetch_Site": "NONE"},
    ],
)  # fmt: skip
def test_pages_are_refused(headers: dict[str, str]) -> None:
    assert status(**headers) == 403


@pytest.mark.parametrize("site", ["none", "same-origin"])
def test_what_a_person_opens_is_allowed(site: str) -> None:
    assert status(Sec_Fetch_Site=site, Sec_Fetch_Mode="navigate", Accept="text/html") == 200


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/moto-api/", "/moto-api/"), ("/moto-api/data.json", "/moto-api/data.json"), ("/%6doto-api/", "/moto-api/"),
        ("//moto-api/reset", "/moto-api/reset"), ("/latest/meta-data/iam", "/latest/meta-data/iam"),
        ("/latest/api/token", "/latest/api/token"), ("/favicon.ico", "/favicon.ico"),
    ],
)  # fmt: skip
def test_paths_that_moto_answers_itself_are_closed(target: str, path: str) -> None:
    assert status(target=target, path=path) == 403


@pytest.mark.parametrize("target", ["http://localhost:5566/", "*", "", "/a#b", "/a?b#c"])
def test_a_target_is_a_path(target: str) -> None:
    assert status(target=target) == 400


def refused(aws: EmbeddedAws, **headers: str) -> Reply:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return send(aws, "GET", "/", b"", {**signed(aws, "GET", "/", service="s3"), **more})


def test_a_signature_does_not_open_the_gate(aws: EmbeddedAws) -> None:
    assert refused(aws).status == 200
    answer = refused(aws, Origin="http://localhost")
    assert (answer.status, answer.headers["content-type"]) == (403, "text/plain; charset=utf-8")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert refused(aws, Sec_Fetch_Site="cross-site").status == 403
    assert refused(aws, Host="evil.example").status == 421
    path = "/moto-api/data.json"
    assert send(aws, "GET", path, b"", signed(aws, "GET", path, service="s3")).status == 403
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert send(aws, "OPTIONS", "/", b"", preflight).status == 403


def test_no_response_is_readable_by_a_page(aws: EmbeddedAws) -> None:
    """Not even that of a bucket with rules for pages of its own."""
    s3 = aws.services("us-east-1").client("s3")
    s3.create_bucket(Bucket="data-1")
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "AllowedHeaders": ["*"]}
    s3.put_bucket_cors(Bucket="data-1", CORSConfiguration={"CORSRules": [rule]})
    for method in ("GET", "OPTIONS"):
        answer = send(aws, method, "/data-1", b"", signed(aws, method, "/data-1", service="s3"))
        assert answer.status == 200
        assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost:PORT\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.example\r\nHost: localhost:PORT\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n",
        b"GET http://localhost:PORT/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"CONNECT localhost:PORT HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n",
        b"\x00\x03\x00\x00!\x12\xa4B" + b"\x00" * 12,
        b"POST / HTTP/1.1\r\nHost: localhost:PORT\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost:PORT\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost:PORT\r\nContent-Length: x\r\n\r\n",
    ],
)
def test_what_no_client_sends_is_refused(aws: EmbeddedAws, raw: bytes) -> None:
    port = aws.url.rpartition(":")[2].encode()
    with socket.create_connection(("127.0.0.1", int(port)), timeout=10) as connection:
        connection.sendall(raw.replace(b"PORT", port))
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    status = answer.split(b" ")[1] if answer.startswith(b"HTTP/") else b"4"  # the oldest HTTP has no status
    assert status.startswith(b"4")
    assert b"ListAllMyBuckets" not in answer


def test_a_target_that_is_not_a_url_is_answered(aws: EmbeddedAws, capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing of it comes to the terminal."""
    with socket.create_connection(("127.0.0.1", int(aws.url.rpartition(":")[2])), timeout=10) as connection:
        connection.sendall(b"GET http://[evil HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert capfd.readouterr().err == ""


def test_a_response_with_invalid_headers_is_refused(aws: EmbeddedAws) -> None:
    s3 = aws.services("us-east-1").client("s3")
    s3.create_bucket(Bucket="data-1")
    s3.put_object(Bucket="data-1", Key="k")
    told = s3.get_object(Bucket="data-1", Key="k", ResponseContentDisposition="attachment; filename=é.csv")
    assert told["ContentDisposition"] == "attachment; filename=é.csv"
    with pytest.raises(ClientError, match="ISO-8859-1"):
        s3.get_object(Bucket="data-1", Key="k", ResponseContentDisposition="attachment; filename=€.csv")


def test_a_request_in_the_body_of_another_is_ignored(aws: EmbeddedAws) -> None:
    """A page can choose a body freely: what is left of a refused request must not be read as the next one."""
    inner = signed(aws, "GET", "/", service="s3")
    lines = "".join(f"{name}: {value}\r\n" for name, value in inner.items())
    body = f"GET / HTTP/1.1\r\n{lines}\r\n".encode()
    outer = f"POST / HTTP/1.1\r\nHost: {inner['Host']}\r\nOrigin: null\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", int(aws.url.rpartition(":")[2])), timeout=10) as connection:
        connection.sendall(outer.encode() + body)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert answer.count(b"HTTP/1.1") == 1
