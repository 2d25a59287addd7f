"""How to reach this machine if the user has a proxy.

Clients send requests to ``http://localhost`` through the proxy of ``http_proxy`` unless ``no_proxy`` says otherwise;
the proxy would then look for the local AWS on its own machine.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

_HERE = ("localhost", ".localhost", "127.0.0.1", "::1")
"""The second is for clients that match a name without a dot only exactly: those of S3 put the bucket in front."""


def without_proxy(variables: Mapping[str, str]) -> dict[str, str]:
    """``no_proxy`` in both spellings, with this machine added to the existing value."""
    given = [name.strip() for key in ("no_proxy", "NO_PROXY") for name in variables.get(key, "").split(",")]
    if "*" in given:  # no proxy at all, which clients only understand on its own
        return {"no_proxy": "*", "NO_PROXY": "*"}
    names = ",".join(dict.fromkeys([name for name in given if name] + list(_HERE)))
    return {"no_proxy": names, "NO_PROXY": names}


def is_here(url: str) -> bool:
    """Whether a URL points to this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name, such as 127.example.com
        return host == "localhost" or host.endswith(".localhost")


def has_proxy(variables: Mapping[str, str]) -> bool:
    """Whether the variables name a proxy."""
    return any(value and name.lower() in ("http_proxy", "all_proxy") for name, value in variables.items())
