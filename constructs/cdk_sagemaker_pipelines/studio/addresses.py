"""The addresses of pages, for links from one module's pages to another's."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode


def pipeline(name: str, *below: str, **arguments: str) -> str:
    """Of a pipeline, or ``below`` it: ``pipeline("Nightly", "start", steps="Train")``."""
    return address("p", name, *below, **arguments)


def execution(name: str, id: str, *below: str, **arguments: str) -> str:
    """Of an execution of a pipeline, or below it: ``execution("Nightly", id, "s", "Train")`` is that of a step."""
    return address("p", name, "e", id, *below, **arguments)


def address(*parts: str, **arguments: str) -> str:
    """Of any page, by the parts of its path; arguments that are empty are left out."""
    return with_arguments("/" + "/".join(quote(part, safe="", errors="replace") for part in parts), arguments)


def with_arguments(path: str, arguments: Mapping[str, object]) -> str:
    """An address with the arguments that are not empty, in their order."""
    given = {name: value for name, value in arguments.items() if value not in ("", None)}
    return f"{path}?{urlencode(given, doseq=True, errors='replace')}" if given else path
