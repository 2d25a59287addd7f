"""Who may talk to the server at all.

Every web page in a browser on this machine can send requests to its ports, and its author can make any name that they
own resolve to it. A browser says where each such request comes from; other programs do not:

- the ``Host`` must be a name of this machine with our port, whatever a foreign name resolves to;
- an ``Origin`` comes from a page; a ``Sec-Fetch-Site`` that is neither a person's own action (``none``) nor a page
  served from here (``same-origin``) comes from a foreign one;
- no way in bypasses the signature: moto's own dashboard, and the keys that an instance would find at its metadata
  service, are closed.

https://fetch.spec.whatwg.org/#origin-header and https://www.w3.org/TR/fetch-metadata/
"""

from __future__ import annotations

import re

from .refusal import Refused
from .request import HttpRequest

_NAME = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\]|(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+localhost):(\d+)")
_OWN_SITES = ("none", "same-origin")
CLOSED = ("/moto-api", "/latest/meta-data/", "/latest/api/", "/favicon.ico")
"""Prefixes of paths that moto answers itself, for anybody."""


def check(request: HttpRequest, port: int) -> None:
    """Raises ``Refused`` for requests that no AWS client on this machine sends."""
    name = _NAME.fullmatch(request.host)
    if name is None or name.group(1) != str(port):
        raise Refused(421, "MisdirectedRequest", f"this is the local AWS at localhost:{port} and no other name")
    if request.has("origin") or request.header("sec-fetch-site") not in (None, *_OWN_SITES):
        raise Refused(403, "AccessDenied", "the local AWS does not serve web pages")
    if not request.target.startswith("/") or "#" in request.target:
        raise Refused(400, "InvalidRequest", "the request's target is not a path")
    if request.path_info.startswith(CLOSED):
        raise Refused(403, "AccessDenied", "there is nothing at this path")
