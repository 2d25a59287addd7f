"""The terminal of the commands that print with rich: what others wrote does nothing to it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from ..language.errors import escaped_lines


class Terminal(Console):
    """A console that shows texts as they are: without markup, and with all that a terminal would obey escaped."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """As of every console; what is printed, be it by a table or by a live display, comes through here."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=escaped_lines(segment.text))


def terminal() -> Terminal:
    """The terminal of this process; what is logged, or breaks in a thread, goes to its standard error likewise."""
    if not logging.root.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(_Escaping("smpipe: %(message)s"))
        logging.root.addHandler(handler)
        threading.excepthook = _broken
    return Terminal()


class _Escaping(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return escaped_lines(super().format(record))


def _broken(broken: threading.ExceptHookArgs) -> None:
    if broken.exc_value is not None and not isinstance(broken.exc_value, SystemExit):
        trace = (broken.exc_type, broken.exc_value, broken.exc_traceback)
        logging.getLogger(__name__).error("%s broke", broken.thread and broken.thread.name, exc_info=trace)
