"""Where a server of ours listens: at every address of ``localhost``, so that nobody else can listen at one of them.

Many clients of ``localhost`` try the IPv6 address first. Another user of the machine who listened there on our port
would receive what is meant for us, and their answers would be trusted: the script of a job, for instance.
"""

from __future__ import annotations

import errno
import logging
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from http import HTTPStatus
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from ..language.errors import escaped

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")

_NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT)
"""The errors of a machine without an address; nobody can listen there."""
_ATTEMPTS = 50
_BACKLOG = 128
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
"""A WSGI application."""


class Handler(WSGIRequestHandler):
    """Reads requests and logs none."""

    def handle(self) -> None:
        """Answers the request of one connection.

        (For errors before the application is called, such as a target that is not a URL, Python would print a traceback
        on the terminal and send no answer.)
        """
        try:
            super().handle()
        except Exception:
            _logger.debug("a request could not be read", exc_info=True)
            with suppress(Exception):
                self.send_error(HTTPStatus.BAD_REQUEST)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Logs nothing: users do not need the log of a development server, and any client could write into it."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Logs nothing either; werkzeug's method would parse the target once more."""


class Listener:
    """The sockets of one port, and the threads that serve them."""

    def __init__(self, port: int) -> None:
        """Binds the port, 0 for one that is free at every address. Raises ``OSError`` if it is taken at one of them."""
        self._sockets = _bound(port)
        self.port: int = self._sockets[0].getsockname()[1]
        self._servers: list[BaseWSGIServer] = []
        self._threads: list[threading.Thread] = []

    def serve(self, application: Application, handler: type[Handler] = Handler, name: str = "server") -> None:
        """Starts answering requests, in threads of this name."""
        for taken in self._sockets:
            with taken:
                host = taken.getsockname()[0]
                server: Any = make_server(
                    host, self.port, application, threaded=True, request_handler=handler, fd=taken.fileno()
                )
            server.log = _log
            arguments = {"poll_interval": 0.05}
            thread = threading.Thread(target=server.serve_forever, kwargs=arguments, name=f"{name} {host}", daemon=True)
            self._servers.append(server)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """Frees the port."""
        for server in self._servers:
            server.shutdown()
        for thread in self._threads:
            thread.join()
        for server in self._servers:
            server.server_close()
        for taken in self._sockets:
            taken.close()


def _log(type: str, message: str, *args: Any) -> None:
    """What werkzeug would print on the terminal: the traceback of an answer that broke off, with texts of others."""
    _logger.debug("%s", escaped(message % args if args else message))


def _bound(port: int) -> list[socket.socket]:
    for _ in range(1 if port else _ATTEMPTS):
        with ExitStack() as undo:
            first = undo.enter_context(_listening("127.0.0.1", port, socket.AF_INET))
            sockets = [first]
            try:
                second = _listening("::1", first.getsockname()[1], socket.AF_INET6)
                sockets.append(undo.enter_context(second))
            except OSError as error:
                if error.errno == errno.EADDRINUSE and not port:
                    continue
                if error.errno not in _NOT_HERE:
                    raise
            undo.pop_all()
            return sockets
    raise OSError(errno.EADDRINUSE, "no port is free")


def _listening(host: str, port: int, family: int) -> socket.socket:
    """A listening socket, created here because werkzeug would end the process if the port is taken."""
    try:
        if family == socket.AF_INET6 and not socket.has_ipv6:
            raise OSError(errno.EAFNOSUPPORT, "there is no IPv6")
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise OSError(error.errno, f"cannot listen on port {port} ({error.strerror}); choose another") from error
