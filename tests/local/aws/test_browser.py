"""A hostile web page in a real browser: none of its requests reaches an operation.

Debian's chromium-headless-shell is enough, which ``.ci/run`` installs. It needs no driver: it opens the page, and the
page tells when it is through.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from cdk_sagemaker_pipelines.local.aws.dispatch import Dispatcher
from cdk_sagemaker_pipelines.local.aws.front import application, gate
from cdk_sagemaker_pipelines.local.aws.front.request import HttpRequest
from cdk_sagemaker_pipelines.local.aws.front.signature import Caller
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.browsers import BROWSER

from .conftest import ACCOUNT, REGION, FakeExecution

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-popup-blocking",
)  # fmt: skip
PAGE = (Path(__file__).parent / "pages" / "attack.html").read_text(encoding="utf-8")
ARRIVING = {
    "get", "cors", "simple", "keepalive", "no-referrer", "credentials", "beacon", "xhr", "worker", "events", "socket",
    "img", "script", "module", "style", "video", "object", "frame", "form", "upload", "text", "redirected",
    "redirected-fetch", "sandbox", "sandbox-form", "data", "data-form", "link", "ping",
}  # fmt: skip
"""Attacks that this browser is known to send; that it sends them is checked, or the test would prove nothing."""
LONGEST = 60

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
]


@dataclass
class Watched:
    """A local AWS that reports the requests it got, and which of them reached an operation."""

    aws: EmbeddedAws
    seen: list[tuple[str, str, str, int]] = field(default_factory=list)
    """Method, host, path and status of every request."""
    reached: list[str] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.aws.url.rpartition(":")[2])

    def kinds(self) -> set[str]:
        """The last part of each request's path."""
        return {path.rpartition("/")[2].partition("?")[0] for _, _, path, _ in self.seen}


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    aws = EmbeddedAws(REGION, ACCOUNT, executions=FakeExecution)
    watched = Watched(aws)
    front, dispatch = application.Front.__call__, Dispatcher.__call__

    def fronted(self: Any, environ: Any, start_response: Any) -> Any:
        def start(status: str, headers: Any, *more: Any) -> Any:
            told = environ["REQUEST_METHOD"], environ.get("HTTP_HOST", ""), environ["RAW_URI"], int(status[:3])
            watched.seen.append(told)
            assert not [name for name, _ in headers if name.lower().startswith("access-control-")]
            return start_response(status, headers, *more)

        return front(self, environ, start)

    def dispatched(self: Any, environ: Any, start_response: Any) -> Any:
        watched.reached.append(f"{environ['REQUEST_METHOD']} {environ['RAW_URI']}")
        return dispatch(self, environ, start_response)

    monkeypatch.setattr(application.Front, "__call__", fronted)
    monkeypatch.setattr(Dispatcher, "__call__", dispatched)
    with aws:
        yield watched


class Evil:
    """The page's own server: has the page, redirects where it is told to, and hears when the page is through."""

    def __init__(self, port_of_aws: int) -> None:
        evil, self.through = self, threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                if parts.path == "/redirect":
                    self.send_response(307)
                    self.send_header("Location", parse_qs(parts.query)["to"][0])
                    self.end_headers()
                    return
                if parts.path == "/report":
                    evil.through.set()
                content = PAGE.encode() if parts.path == "/attack" else b""
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                # the browser itself reports what a page was forbidden, to whom the page names
                policy = f"img-src 'none'; report-uri http://localhost:{port_of_aws}/0/csp"
                self.send_header("Content-Security-Policy-Report-Only", policy)
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_GET

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Evil:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Rebinding:
    """A name that first resolves to the page's server and then to this machine, as its DNS server can arrange."""

    def __init__(self, evil: int, aws: int) -> None:
        self._evil, self._aws = evil, aws
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            head = client.recv(65536)
            own = head.split(b" ")[1:2] and head.split(b" ")[1].startswith((b"/attack", b"/report", b"/redirect"))
            with socket.create_connection(("127.0.0.1", self._evil if own else self._aws)) as server:
                # one request a connection, so that the next one is led anew
                head = head.replace(b"Connection: keep-alive\r\n", b"Connection: close\r\n", 1)
                server.sendall(head)
                back = threading.Thread(target=_pump, args=(server, client), daemon=True)
                back.start()
                threading.Thread(target=_pump, args=(client, server), daemon=True).start()
                back.join(LONGEST)


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Copies until the source ends; a broken connection, as with a body left unread, counts as the end."""
    with contextlib.suppress(OSError):
        try:
            while content := source.recv(65536):
                target.sendall(content)
        finally:
            target.shutdown(socket.SHUT_WR)


def browse(url: str, until: threading.Event, profile: Path, *rules: str, after: float = 1) -> None:
    """Opens a page and leaves it open until it is through, and a little longer."""
    assert BROWSER is not None
    mapped = ["--host-resolver-rules=" + ",".join(f"MAP {rule}" for rule in rules)] if rules else []
    command = [BROWSER, *FLAGS, f"--user-data-dir={profile}", *mapped, "--remote-debugging-port=0", url]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, start_new_session=True, stdout=quiet, stderr=quiet) as browser:
        try:
            assert until.wait(LONGEST), "the page does not come to its end"
            threading.Event().wait(after)
        finally:
            os.killpg(browser.pid, signal.SIGKILL)


def page(host: str, evil: int, *bases: str) -> str:
    return f"http://{host}:{evil}/attack?bases={','.join(bases)}"


def addresses(port: int) -> list[str]:
    return [f"http://{name}:{port}" for name in ("localhost", "127.0.0.1", "data-1.localhost")]


def assert_all_refused(watched: Watched) -> None:
    assert watched.reached == []
    assert watched.seen
    assert {status for *_, status in watched.seen} <= {400, 403, 413, 421}


@pytest.mark.parametrize("host", ["evil.example", "localhost", "other.localhost"])
def test_a_page_of_another_origin_reaches_nothing(watched: Watched, tmp_path: Path, host: str) -> None:
    """From another site, and from this machine: from another port, and from another name below localhost."""
    with Evil(watched.port) as evil:
        url = page(host, evil.port, *addresses(watched.port))
        browse(url, evil.through, tmp_path, "evil.example 127.0.0.1")
    assert_all_refused(watched)
    assert ARRIVING - watched.kinds() == set()
    assert "top" in watched.kinds()


def test_a_rebound_name_reaches_nothing(watched: Watched, tmp_path: Path) -> None:
    """DNS rebinding: for the browser, page and local AWS have the same origin, and no request is cross-origin."""
    name = f"rebound.example:{watched.port}"
    known = {"get", "cors", "put", "simple", "frame", "form", "top"}
    for visit in range(3):  # a busy machine's browser may drop what it has not sent when the page leaves
        with Evil(watched.port) as evil:
            rebinding = Rebinding(evil.port, watched.port)
            url = page("rebound.example", watched.port, f"http://{name}")
            browse(url, evil.through, tmp_path / str(visit), f"{name} 127.0.0.1:{rebinding.port}")
            rebinding.close()
        if known <= watched.kinds():
            break
    assert_all_refused(watched)
    assert known <= watched.kinds()
    assert {host for _, host, _, _ in watched.seen} >= {name}
    assert {status for _, host, _, status in watched.seen if host == name} == {421}


def test_a_page_among_the_users_objects_reaches_nothing_more(watched: Watched, tmp_path: Path) -> None:
    """A report that a job wrote, opened by its presigned URL: a person's own action, and from our own origin."""
    s3 = boto3.client(
        "s3", region_name=REGION, endpoint_url=watched.aws.url,
        aws_access_key_id=ACCOUNT, aws_secret_access_key=watched.aws.environment()["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip
    s3.create_bucket(Bucket="data-1", CreateBucketConfiguration={"LocationConstraint": REGION})
    with Evil(watched.port) as evil:
        content = PAGE.replace('"/report"', f'"http://localhost:{evil.port}/report"').replace(
            'query.get("bases").split(",")', "[location.origin]"
        ).replace('{method: "POST", body: "sent"}', '{method: "POST", mode: "no-cors", body: "sent"}')  # fmt: skip
        s3.put_object(Bucket="data-1", Key="report.html", Body=content.encode(), ContentType="text/html")
        url = s3.generate_presigned_url("get_object", Params={"Bucket": "data-1", "Key": "report.html"})
        watched.reached.clear()
        browse(url, evil.through, tmp_path)
    assert [entry.partition("?")[0] for entry in watched.reached] == ["GET /data-1/report.html"]
    assert {"get", "cors", "put", "simple", "frame", "form"} <= watched.kinds()


@pytest.mark.parametrize("signatures", [True, False])
def test_without_the_gate_only_the_signature_protects_operations(
    watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signatures: bool
) -> None:
    """The signature suffices; without both, the page's requests are carried out: the tests above can fail."""

    def anybody(self: Any, request: HttpRequest) -> tuple[Caller, None]:
        return Caller(self._keys.of_account(ACCOUNT), "s3", REGION), None

    monkeypatch.setattr(gate, "check", lambda request, port: None)
    if not signatures:
        monkeypatch.setattr(application.Front, "_caller", anybody)
    with Evil(watched.port) as evil:
        url = page("evil.example", evil.port, f"http://localhost:{watched.port}")
        browse(url, evil.through, tmp_path, "evil.example 127.0.0.1")
    assert (watched.reached == []) == signatures
    assert len(watched.seen) > 20
