"""Who may ask: attacks on the console, none of which reaches AWS."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Blueprint
from werkzeug.test import Client

from cdk_sagemaker_pipelines.studio import application as made
from cdk_sagemaker_pipelines.studio.current import account
from cdk_sagemaker_pipelines.studio.gate import HEADERS, POLICY, TOKEN, UNREFERRED, Options
from cdk_sagemaker_pipelines.studio.serving import serving
from tests.studio.console import OWN, PORT, Console, Scripted

changing = Blueprint("changing", __name__)
SAME = {"Sec-Fetch-Site": "same-origin"}
OTHERS = ("http://evil.example", "http://localhost:5566", "http://127.0.0.1:5567", "https://localhost:5567", "null")


@changing.post("/change")
def change() -> str:
    """What changes something."""
    account().sagemaker.stop_pipeline_execution(PipelineExecutionArn="arn")
    return "changed"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Scripted, Console]]:
    stopped = {"PipelineExecutionArn": "arn"}
    scripted = Scripted(Search={"Results": []}, StopPipelineExecution=stopped)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(made, "PAGES", (*made.PAGES, changing))
        yield scripted, Console(scripted.account)


@pytest.fixture
def scripted(served: tuple[Scripted, Console]) -> Scripted:
    """An account that was asked for nothing yet."""
    for service in served[0].services.values():
        service.asked.clear()
    return served[0]


@pytest.fixture
def console(served: tuple[Scripted, Console], scripted: Scripted) -> Console:
    return served[1]


def asked(console: Console, method: str = "GET", path: str = "/", *, cookie: bool = True, **more: Any) -> Any:
    """The answer to a request; without anything else it is one that is answered."""
    client = Client(console.application)
    if cookie:
        client.set_cookie(console.options.cookie, console.options.session, domain="localhost")
        client.set_cookie(console.options.cookie, console.options.session, domain="127.0.0.1")
    headers = {name: value for name, value in {**SAME, **more.pop("headers", {})}.items() if value is not None}
    return client.open(path, base_url=more.pop("base_url", OWN), method=method, headers=headers, **more)


def refused(console: Console, scripted: Scripted, status: int, *arguments: Any, **more: Any) -> str:
    """The text of an answer that nobody asked AWS for."""
    answer = asked(console, *arguments, **more)
    assert (answer.status_code, dict(scripted.asked)) == (status, {})
    expected = UNREFERRED if "key=" in str(arguments) + str(more.get("path")) else HEADERS
    assert {name: answer.headers[name] for name in HEADERS} == expected
    assert not any(name.lower().startswith("access-control-") for name, _ in answer.headers)
    return str(answer.text)


def test_a_browser_with_the_key_is_answered(console: Console, scripted: Scripted) -> None:
    assert asked(console).status_code == 200
    assert asked(console, headers={"Sec-Fetch-Site": "none"}).status_code == 200
    assert asked(console, headers={"Sec-Fetch-Site": None}).status_code == 200
    assert console.post("/change").text == "changed"
    assert scripted.asked["StopPipelineExecution"] == 1


@pytest.mark.parametrize("name", ["127.0.0.1", "[::1]", "LocalHost"])
def test_the_names_of_this_machine(console: Console, scripted: Scripted, name: str) -> None:
    refused(console, scripted, 401, base_url=f"http://{name}:{PORT}", cookie=False)


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example:5567", "localhost", "localhost:5566", "a.localhost:5567", "127.0.0.1.evil.example:5567"),
        *("localhost:5567,evil.example", "localhost:5567.", "127.0.0.2:5567", "0.0.0.0:5567", ""),
    ],
)
def test_a_name_that_resolves_to_this_machine(console: Console, scripted: Scripted, host: str) -> None:
    refused(console, scripted, 421, headers={"Host": host})
    refused(console, scripted, 421, path=f"/?key={console.options.key}", headers={"Host": host})


def test_without_the_key_or_with_another(console: Console, scripted: Scripted) -> None:
    refused(console, scripted, 401, cookie=False)
    refused(console, scripted, 401, "GET", "/static/studio.css", cookie=False)
    refused(console, scripted, 401, "GET", "/?key=", cookie=False)
    refused(console, scripted, 401, "GET", f"/?key={'x' * 32}")
    refused(console, scripted, 401, "GET", "/?key=%F0%9F%98%80", cookie=False)
    refused(console, scripted, 401, "POST", "/change", cookie=False, headers={"Origin": OWN})
    forged = f"{console.options.cookie}={console.options.key}"
    refused(console, scripted, 401, cookie=False, headers={"Cookie": forged})
    refused(console, scripted, 401, cookie=False, headers={"Cookie": f"smpipe-studio-1={console.options.session}"})


@pytest.mark.parametrize("site", ["cross-site", "same-site", "x"])
def test_another_site_asks(console: Console, scripted: Scripted, site: str) -> None:
    """By fetch, image, frame or link; a page at another port of this machine is of the same site: it has the cookie."""
    page = refused(console, scripted, 403, "GET", "/p/A?x=1", headers={"Sec-Fetch-Site": site})
    assert '<a href="/p/A?x=1">' in page, "a person who followed a link can go on"
    refused(console, scripted, 403, "POST", "/change", headers={"Sec-Fetch-Site": site, "Origin": OWN})


@pytest.mark.parametrize("origin", OTHERS)
def test_another_origin_posts_a_form(console: Console, scripted: Scripted, origin: str) -> None:
    form = {TOKEN: console.options.token}
    for site in ("same-origin", None):
        headers = {"Sec-Fetch-Site": site, "Origin": origin}
        refused(console, scripted, 403, "POST", "/change", headers=headers, data=form)
        headers = {"Sec-Fetch-Site": site, "Origin": None, "Referer": f"{origin}/{OWN}/"}
        refused(console, scripted, 403, "POST", "/change", headers=headers, data=form)
    refused(console, scripted, 403, headers={"Origin": origin})


def test_a_change_needs_to_say_where_it_comes_from(console: Console, scripted: Scripted) -> None:
    form = {TOKEN: console.options.token}
    refused(console, scripted, 403, "POST", "/change", data=form)
    refused(console, scripted, 403, "POST", "/change", data=form, headers={"Referer": "http://[x"})
    answer = asked(console, "POST", "/change", data=form, headers={"Referer": f"{OWN}/p/A", "Sec-Fetch-Site": None})
    assert answer.text == "changed"


@pytest.mark.parametrize("token", [None, "", "x", "ü"])
def test_a_form_without_its_token(console: Console, scripted: Scripted, token: str | None) -> None:
    form = {} if token is None else {TOKEN: token}
    page = asked(console, "POST", "/change", data=form, headers={"Origin": OWN})
    assert page.status_code == 403
    assert "StopPipelineExecution" not in scripted.asked
    body = asked(console, "POST", "/change", json={TOKEN: console.options.token}, headers={"Origin": OWN})
    assert body.status_code == 403
    assert "StopPipelineExecution" not in scripted.asked


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "X"])
def test_other_methods(console: Console, scripted: Scripted, method: str) -> None:
    refused(console, scripted, 405, method, "/change", headers={"Origin": OWN})


def test_a_change_is_made_by_post_alone(console: Console, scripted: Scripted) -> None:
    assert asked(console, "GET", f"/change?{TOKEN}={console.options.token}").status_code == 405
    assert "StopPipelineExecution" not in scripted.asked


def test_one_for_reading_only_refuses_every_change(scripted: Scripted) -> None:
    console = Console(scripted.account, read_only=True)
    form = {TOKEN: console.options.token}
    page = refused(console, scripted, 403, "POST", "/change", data=form, headers={"Origin": OWN})
    assert "--read-only" in page
    assert "for reading only" in console.get("/")


def test_the_link_becomes_a_cookie_and_leaves_the_address(console: Console, scripted: Scripted) -> None:
    link = console.options.link.removeprefix(OWN)
    answer = asked(console, "GET", f"{link}&q=a+b&q=c", cookie=False, headers={"Sec-Fetch-Site": "none"})
    assert (answer.status_code, answer.headers["Location"], dict(scripted.asked)) == (303, "/?q=a+b&q=c", {})
    cookie = answer.headers["Set-Cookie"]
    assert cookie == f"smpipe-studio-{PORT}={console.options.session}; HttpOnly; Path=/; SameSite=Strict"
    assert console.options.key not in answer.text + str(answer.headers)
    deep = asked(console, "GET", f"/p/A%2FB/e/x?key={console.options.key}", cookie=False)
    assert deep.headers["Location"] == "/p/A/B/e/x"


def test_a_link_on_another_site_leads_on_by_a_page_of_ours(console: Console, scripted: Scripted) -> None:
    link = console.options.link.removeprefix(OWN)
    answer = asked(console, "GET", link, cookie=False, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, answer.headers["Refresh"], dict(scripted.asked)) == (200, "0; url=/", {})
    assert "Set-Cookie" in answer.headers
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert console.options.key not in answer.text + str(answer.headers)


@pytest.mark.parametrize("path", ["//evil.example", "/%2Fevil.example", "/\\evil.example", "/%5C/evil.example"])
def test_the_link_leads_nowhere_else(console: Console, path: str) -> None:
    answer = asked(console, "GET", f"{OWN}{path}?key={console.options.key}", cookie=False)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/evil.example"


@pytest.mark.parametrize("text", ["%3Cscript%3Ealert(1)%3C/script%3E", "%22%3E%3Cimg%20src%3Dx%3E", "%0d%0aX:%20y"])
def test_a_refusal_quotes_no_markup(console: Console, scripted: Scripted, text: str) -> None:
    page = refused(console, scripted, 403, "GET", f"/{text}?{text}={text}", headers={"Sec-Fetch-Site": "cross-site"})
    assert not any(mark in page for mark in ("<script", "<img", "\r"))
    link = asked(console, "GET", f"/{text}?{text}={text}&key={console.options.key}", cookie=False)
    assert not any(mark in link.headers["Location"] for mark in '<>\r\n"')


def test_every_page_says_what_browsers_may_do_with_it(console: Console) -> None:
    for path, status in (("/", 200), ("/nowhere", 404), ("/static/studio.css", 200), ("/static/../gate.py", 404)):
        answer = asked(console, "GET", path)
        assert answer.status_code == status
        assert {name: answer.headers.getlist(name) for name in HEADERS} == {name: [HEADERS[name]] for name in HEADERS}
    assert "'unsafe" not in POLICY


def test_a_form_that_is_too_large_is_refused(console: Console, scripted: Scripted) -> None:
    form = {TOKEN: console.options.token, "text": "x" * made.LARGEST}
    assert asked(console, "POST", "/change", data=form, headers={"Origin": OWN}).status_code == 413
    assert "StopPipelineExecution" not in scripted.asked


def test_neither_key_nor_credentials_are_in_texts(console: Console, scripted: Scripted) -> None:
    options = console.options
    assert options.key not in repr(options)
    pages = [console.get("/"), console.get("/?q=x"), console.get("/nowhere", 404)]
    for secret in (options.key, options.session, "none:none"):
        assert not any(secret in page for page in pages)
    with pytest.raises(ValueError, match="needs 16 or more"):
        Options(1, "short")


@pytest.fixture
def port(scripted: Scripted) -> Iterator[tuple[int, Options]]:
    with serving(scripted.account, 0) as options:
        yield options.port, options


def sent(port: int, request: bytes) -> bytes:
    """The answer to bytes on the wire."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.connect()
    connection.sock.sendall(request)
    answer = b""
    while part := connection.sock.recv(65536):
        answer += part
    connection.close()
    return answer


def test_on_the_wire(port: tuple[int, Options], scripted: Scripted, capfd: pytest.CaptureFixture[str]) -> None:
    number, options = port
    cookie = f"Cookie: {options.cookie}={options.session}\r\n"
    own, after = f"Host: localhost:{number}\r\n", "Connection: close\r\n\r\n"
    for line, status in {
        f"GET / HTTP/1.1\r\n{own}Host: evil.example\r\n{cookie}{after}": 421,
        f"GET http://evil.example/ HTTP/1.1\r\n{own}{cookie}{after}": 421,
        f"GET http://[x/ HTTP/1.1\r\n{own}{cookie}{after}": 400,
        f"GET / HTTP/1.0\r\n{cookie}\r\n": 421,
        f"GET /?key={options.key}%00 HTTP/1.1\r\n{own}{after}": 401,
        f"GET / HTTP/1.1\r\n{own}{after}": 401,
        f"GET /{options.key} HTTP/1.1\r\n{own}{after}": 401,
    }.items():
        assert sent(number, line.encode()).split(b" ")[1] == str(status).encode(), line
    assert dict(scripted.asked) == {}
    assert b" 200 " in sent(number, f"GET / HTTP/1.1\r\n{own}{cookie}{after}".encode()).splitlines()[0]
    told = capfd.readouterr()
    assert (told.out, told.err) == ("", "")


def test_the_port_is_free_again(scripted: Scripted) -> None:
    before = threading.active_count()
    with serving(scripted.account, 0) as options, serving(scripted.account, 0) as other:
        assert options.port != other.port
        assert options.key != other.key
    with serving(scripted.account, options.port):
        pass
    assert threading.active_count() == before
