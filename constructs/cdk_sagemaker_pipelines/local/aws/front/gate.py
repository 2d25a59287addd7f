"""Who may speak to the server at all.

Every page that a browser of this machine shows can send requests to its ports, and every name that its author owns can
be made to lead here. A browser says of each such request where it comes from, and no program does:

- the `Host` is a name of this machine with our port, whatever a foreign name was made to lead to;
- an `Origin` comes from a page, and a `Sec-Fetch-Site` that is neither a person's own doing (`none`) nor of a page that
  was served from here (`same-origin`) from a foreign one;
- there is no way in that needs no signature: what moto has for its own dashboard, and the keys that an instance would
  find at its metadata service, are closed.

https://fetch.spec.whatwg.org/#origin-header and https://www.w3.org/TR/fetch-metadata/
"""

from __future__ import annotations

import re

from .refusal import Refused
from .request import HttpRequest

_NAME = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\]|(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+localhost):(\d+)")
_OWN_SITES = ("none", "same-origin")
CLOSED = ("/moto-api", "/latest/meta-data/", "/latest/api/", "/favicon.ico")
"""Beginnings of paths that moto answers itself, whoever asks."""


def check(request: HttpRequest, port: int) -> None:
    """Raises Refused for what no client of AWS on this machine sends."""
    name = _NAME.fullmatch(request.host)
    if name is None or name.group(1) != str(port):
        raise Refused(421, "MisdirectedRequest", f"this is the local AWS of localhost:{port} and of no other name")
    if request.has("origin") or request.header("sec-fetch-site") not in (None, *_OWN_SITES):
        raise Refused(403, "AccessDenied", "the local AWS serves no web page")
    if not request.target.startswith("/") or "#" in request.target:
        raise Refused(400, "InvalidRequest", "the request's target is not a path")
    if request.path_info.startswith(CLOSED):
        raise Refused(403, "AccessDenied", "there is nothing at this path")
