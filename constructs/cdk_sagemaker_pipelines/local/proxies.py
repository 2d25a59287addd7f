"""How to speak to this machine where a proxy stands between it and the world.

Clients send requests to `http://localhost` through the proxy of `http_proxy` unless `no_proxy` says otherwise: the
proxy then looks for the local AWS on its own machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

_HERE = ("localhost", ".localhost", "127.0.0.1", "::1")
"""The second for clients that take a name without a dot for itself alone: S3's put the bucket in front."""


def without_proxy(variables: Mapping[str, str]) -> dict[str, str]:
    """`no_proxy` in both spellings, with this machine added to what the variables have of it."""
    given = [name.strip() for key in ("no_proxy", "NO_PROXY") for name in variables.get(key, "").split(",")]
    if "*" in given:  # no proxy at all, which clients understand when it stands alone
        return {"no_proxy": "*", "NO_PROXY": "*"}
    names = ",".join(dict.fromkeys([name for name in given if name] + list(_HERE)))
    return {"no_proxy": names, "NO_PROXY": names}


def is_here(url: str) -> bool:
    """Whether a URL leads to this machine."""
    host = urlsplit(url).hostname or ""
    return host in _HERE or host.endswith(".localhost") or host.startswith("127.")


def has_proxy(variables: Mapping[str, str]) -> bool:
    """Whether the variables name a proxy."""
    return any(value and name.lower() in ("http_proxy", "all_proxy") for name, value in variables.items())
