"""The addresses of pages, for links from one module's pages to another's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, urlencode

from ..executions.answers import execution_arn


class Linked(NamedTuple):
    """An execution that a page leads to."""

    id: str
    address: str


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


def linked(arn: str) -> Linked | None:
    """The execution of an ARN; None for what is not the ARN of one."""
    parts = execution_arn(arn)
    return parts and Linked(parts.id, execution(parts.name, parts.id))


def number(arguments: Mapping[str, str], name: str) -> int:
    """A number among the arguments of an address; 0 for what is not a number of at most nine digits."""
    text = arguments.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
