"""What time it is in the local AWS, in a header of each answer: its clock may be ahead of the client's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..aws_time import HEADER
from .front.application import Application, Environ
from .repeating import clock


class Dated:
    """An application whose answers say so. ``Date`` stays the machine's, by which clients correct their own clocks."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [*headers, (HEADER, clock().now().isoformat())], *more)

        return self._application(environ, start)
