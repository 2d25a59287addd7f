"""Pages of others in the same browser, which has the cookie of the console: none of them reaches AWS."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import pytest

from cdk_sagemaker_pipelines.studio.gate import TOKEN, Options
from cdk_sagemaker_pipelines.studio.serving import serving
from tests.studio.console import Scripted

pytestmark = pytest.mark.browser
PAGE = """<!doctype html><title>attack</title><iframe src="{own}/"></iframe><img src="{own}/p/A">
<a href="{own}/">a link</a>
<form method="post" action="{own}/p/A/start"><input name="token" value="{token}"><button>send</button></form>
<script>
const ask = (address, how) => fetch(address, how).then((answer) => answer.text(), () => "refused");
const blind = {{ mode: "no-cors", credentials: "include" }}, body = new URLSearchParams({{ token: "{token}" }});
window.got = Promise.all([
  ask("{own}/"), ask("{own}/", {{ credentials: "include" }}), ask("{own}/", blind),
  ask("{own}/p/A/start", {{ ...blind, method: "POST", body }}),
]);
</script>"""


class Attacked(NamedTuple):
    """The console, and a server of somebody else on this machine."""

    scripted: Scripted
    options: Options
    port: int


@pytest.fixture
def attacked() -> Iterator[Attacked]:
    scripted = Scripted(Search={"Results": []})
    with serving(scripted.account, 0) as options:
        text = PAGE.format(own=f"http://localhost:{options.port}", token=options.token).encode()

        class Answering(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: Any) -> None:
                """Logs nothing."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield Attacked(scripted, options, server.server_port)
            server.shutdown()


def browser_with_the_key(chromium: Any, attacked: Attacked) -> Any:
    """A page of a browser in which the console has been opened; AWS was asked for nothing since."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(attacked.options.link)
    assert page.url == f"http://localhost:{attacked.options.port}/"
    assert page.locator("h1").inner_text() == "Pipelines"
    (cookie,) = context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    for service in attacked.scripted.services.values():
        service.asked.clear()
    return page


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "evil.localhost"])
def test_a_page_of_another_fetches_frames_and_posts(chromium: Any, attacked: Attacked, host: str) -> None:
    page = browser_with_the_key(chromium, attacked)
    page.goto(f"http://{host}:{attacked.port}/")
    answers = page.evaluate("window.got")
    assert [answer for answer in answers if answer not in ("refused", "")] == []
    assert all("Pipelines" not in frame.content() for frame in page.frames[1:])
    with page.expect_navigation():
        page.get_by_role("button", name="send").click()
    assert "another site led here" in page.content()
    page.goto(f"http://{host}:{attacked.port}/")
    with page.expect_navigation():
        page.get_by_role("link", name="a link").click()
    assert page.locator("h1").inner_text() == "smpipe studio"
    assert dict(attacked.scripted.asked) == {}
    with page.expect_navigation():
        page.get_by_role("link", name="Go on to the console").click()
    assert page.locator("h1").inner_text() == "Pipelines"
    page.context.close()


def test_another_name_of_this_machine_is_not_the_console(chromium: Any, attacked: Attacked) -> None:
    page = browser_with_the_key(chromium, attacked)
    page.goto(f"http://evil.localhost:{attacked.options.port}/?key={attacked.options.key}")
    assert "and no other name" in page.content()
    assert dict(attacked.scripted.asked) == {}
    page.context.close()


def test_the_key_is_in_no_address_that_the_browser_keeps_or_sends(chromium: Any, attacked: Attacked) -> None:
    page = chromium.new_context().new_page()
    sent: list[Any] = []
    page.on("request", lambda request: sent.append(request))
    page.goto(f"http://evil.localhost:{attacked.port}/")
    page.evaluate("(link) => { location.href = link; }", attacked.options.link)
    page.wait_for_url(f"http://localhost:{attacked.options.port}/")
    with_key = [each for each in sent if attacked.options.key in each.url]
    assert len(with_key) == 1
    assert not any(attacked.options.key in str(each.all_headers()) for each in sent)
    assert page.evaluate("document.referrer") in ("", f"http://localhost:{attacked.options.port}/")
    assert page.locator(f"input[name={TOKEN}]").count() == 0
    page.context.close()


def test_a_service_worker_that_somebody_left_at_the_port_is_removed(chromium: Any) -> None:
    served = {
        "/": ("text/html", b"<script>navigator.serviceWorker.register('/w.js')</script>"),
        "/w.js": ("text/javascript", b"addEventListener('fetch', (event) => event.respondWith(fetch(event.request)));"),
    }

    class Before(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, text = served.get(self.path, ("text/plain", b""))
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:
            """Logs nothing."""

    page = chromium.new_context().new_page()
    with ThreadingHTTPServer(("127.0.0.1", 0), Before) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page.goto(f"http://localhost:{server.server_port}/")
        page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
        server.shutdown()
    with serving(Scripted(Search={"Results": []}).account, server.server_port) as options:
        page.goto(options.link)
        page.reload()
        assert page.locator("h1").inner_text() == "Pipelines"
        left = page.evaluate("navigator.serviceWorker.getRegistrations().then((found) => found.length)")
        assert (left, page.evaluate("navigator.serviceWorker.controller")) == (0, None)
    page.context.close()
