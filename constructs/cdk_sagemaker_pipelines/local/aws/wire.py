"""Requests to the local AWS as they come over the wire."""

from __future__ import annotations

from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler

from ..listening import Handler
from .front.request import RAW_HEADERS


class RawHandler(Handler, MotoRequestHandler):
    """Keeps headers and target as they came, which is how they were signed. Who says nothing keeps no thread."""

    timeout = 60.0
    """Seconds of silence of the client; an answer may take as long as it takes."""

    def make_environ(self) -> dict[str, Any]:
        """Adds them to what WSGI has.

        (Python's handler removes one of two leading slashes; but the name of an object may begin with one.)
        """
        return {**super().make_environ(), RAW_HEADERS: self.headers.items(), "RAW_URI": self.requestline.split()[1]}
