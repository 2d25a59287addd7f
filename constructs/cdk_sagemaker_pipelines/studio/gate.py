"""Who may ask: the browser of whoever started the console, for pages of its own, and nobody else.

Every web page in a browser on this machine can send requests here, and its author can make any name resolve to this
machine; other users of the machine can reach the port. So, before anything else looks at a request:

- the ``Host`` must be a name of this machine with our port, whatever a foreign name resolves to;
- ``Sec-Fetch-Site`` must say that a page of ours or a person asks. For every change ``Origin``, or else ``Referer``,
  must be ours as well. A page at another port of this machine is another's;
- the key of the session must be in a cookie. It gets there by the printed link; the address is without it then;
- a change is a POST, and none if the console is for reading only. Its form has a token, which the application checks.

https://fetch.spec.whatwg.org/#origin-header and https://www.w3.org/TR/fetch-metadata/
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from markupsafe import escape
from werkzeug.http import dump_cookie, parse_cookie

from ..local.listening import Application

KEY = "key"
"""The parameter of the printed link."""
TOKEN = "token"
"""The field of a form that shows that we made it."""
SHORTEST_KEY = 16
_OWN_SITES = ("none", "same-origin")
_SAFE = ("GET", "HEAD")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with no-referrer browsers send forms with the origin "null"
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Of every response."""
UNREFERRED = {**HEADERS, "Referrer-Policy": "no-referrer"}
"""Of those to an address with a key."""


@dataclass(frozen=True)
class Options:
    """How the console is served."""

    port: int
    key: str = field(repr=False)
    """At least 16 characters that nobody can guess."""
    read_only: bool = False

    def __post_init__(self) -> None:
        if len(self.key) < SHORTEST_KEY:
            raise ValueError(f"the key has {len(self.key)} characters; it needs {SHORTEST_KEY} or more")

    @property
    def link(self) -> str:
        """What lets its reader in."""
        return f"http://localhost:{self.port}/?{urlencode({KEY: self.key})}"

    @property
    def cookie(self) -> str:
        """The name of the cookie. Browsers send the cookies of one port to all ports of a machine."""
        return f"smpipe-studio-{self.port}"

    @property
    def token(self) -> str:
        """What every form has."""
        return self._derived("form")

    @property
    def session(self) -> str:
        """What the cookie holds."""
        return self._derived("cookie")

    def _derived(self, use: str) -> str:
        return hmac.new(self.key.encode(), use.encode(), hashlib.sha256).hexdigest()


class Refused(Exception):
    """The request is not answered; the message is for people."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Gate:
    """Passes a request on to the application if it may be asked."""

    def __init__(self, application: Application, options: Options) -> None:
        self._application, self._options = application, options
        self._names = {f"{name}:{options.port}" for name in ("localhost", "127.0.0.1", "[::1]")}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        keys = [value for name, value in _arguments(environ) if name == KEY]
        start = _with_headers(start_response, UNREFERRED if keys else HEADERS)
        try:
            self._check_name(environ)
            if keys and environ["REQUEST_METHOD"] in _SAFE:
                return self._let_in(environ, keys, start)
            self._check_site(environ)
            self._check_key(environ)
            self._check_method(environ)
        except Refused as refused:
            return _short_page(environ, start, refused.status, str(refused))
        return self._application(environ, start)

    def _check_name(self, environ: dict[str, Any]) -> None:
        if environ.get("HTTP_HOST", "").lower() not in self._names:
            raise Refused(421, f"this is the console at localhost:{self._options.port} and no other name")

    def _let_in(self, environ: dict[str, Any], keys: Iterable[str], start: Any) -> Iterable[bytes]:
        """Turns the key of the printed link into a cookie, and leads to the same address without it."""
        if not all(_same(each, self._options.key) for each in keys):
            raise Refused(401, "this key is not valid; use the link that the console printed when it started")
        place = _place(environ)
        cookie = dump_cookie(self._options.cookie, self._options.session, httponly=True, samesite="Strict")
        # whoever listened at this port before may have left a service worker, which would see all pages
        more = [("Set-Cookie", cookie), ("Clear-Site-Data", '"cache", "storage"')]
        if environ.get("HTTP_SEC_FETCH_SITE") in (None, *_OWN_SITES):
            return _short_page(environ, start, 303, "", [*more, ("Location", place)])
        # after a redirect, the browser would still see the site with the link as the one that asks
        return _short_page(environ, start, 200, "", [*more, ("Refresh", f"0; url={place}")])

    def _check_site(self, environ: dict[str, Any]) -> None:
        site = environ.get("HTTP_SEC_FETCH_SITE")
        if site not in (None, *_OWN_SITES):
            raise Refused(403, "another site led here")
        own = f"http://{environ['HTTP_HOST'].lower()}"
        origin, referer = environ.get("HTTP_ORIGIN"), environ.get("HTTP_REFERER")
        if origin is not None and origin.lower() != own:
            raise Refused(403, "another site asks")
        if environ["REQUEST_METHOD"] not in _SAFE and origin is None and _origin(referer) != own:
            raise Refused(403, "the browser does not say which site asks")

    def _check_key(self, environ: dict[str, Any]) -> None:
        cookies = parse_cookie(environ).getlist(self._options.cookie)
        if not any(_same(each, self._options.session) for each in cookies):
            raise Refused(401, "use the link that the console printed when it started")

    def _check_method(self, environ: dict[str, Any]) -> None:
        method = environ["REQUEST_METHOD"]
        if method not in (*_SAFE, "POST"):
            raise Refused(405, f"{method} is not used here")
        if method == "POST" and self._options.read_only:
            raise Refused(403, "the console was started with --read-only; nothing can be changed")


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def _origin(address: str | None) -> str | None:
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}".lower()


def _arguments(environ: dict[str, Any]) -> list[tuple[str, str]]:
    return parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True, encoding="utf-8", errors="replace")


def _place(environ: dict[str, Any]) -> str:
    """The address that is asked for, without a key: one slash at its beginning, since two begin the name of a host."""
    path = "/" + quote(environ["PATH_INFO"].encode("latin-1", "replace").lstrip(b"/\\"))
    arguments = [(name, value) for name, value in _arguments(environ) if name != KEY]
    return f"{path}?{urlencode(arguments)}" if arguments else path


def _with_headers(start_response: Any, own: Mapping[str, str]) -> Any:
    def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        kept = [(name, value) for name, value in headers if name.title() not in own]
        return start_response(status, [*kept, *own.items()], *more)

    return start


def _short_page(
    environ: dict[str, Any], start: Any, status: int, message: str, more: Iterable[tuple[str, str]] = ()
) -> list[bytes]:
    """A short page; whoever followed another site's link can go on from it."""
    go_on = f'<p><a href="{escape(_place(environ))}">Go on to the console</a>' if status in (200, 403) else ""
    text = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>smpipe studio</title><h1>smpipe studio</h1><p>{escape(message)}{go_on}\n"
    )
    body = text.encode()
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body))), *more]
    start(f"{status} {HTTPStatus(status).phrase}", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
