"""The terminal of the commands that print with rich, safe from text that others wrote."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from ..language.errors import escaped_lines
from .output import text_width

WIDE = 4096


class Terminal(Console):
    """A console that shows text as it is: without markup, and with everything escaped that a terminal would obey."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Renders as any console does; everything printed, by a table or a live display, passes through here."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=escaped_lines(segment.text))

    def on_broken_pipe(self) -> NoReturn:
        """Leaves it to the command, like everything else that cannot be written; rich would end the program with 1."""
        self.quiet = True
        raise BrokenPipeError


def terminal(width: int | None = None) -> Terminal:
    """The terminal of this process; logs and errors of threads go to its standard error the same way."""
    if not logging.root.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(_Escaping("smpipe: %(message)s"))
        logging.root.addHandler(handler)
        threading.excepthook = _broken
    # a terminal's own width is asked for again whenever something is printed
    return Terminal(width=width or (WIDE if text_width() is None else None))


@contextmanager
def busy(doing: str) -> Iterator[None]:
    """Shows on a terminal that something may take a while, on standard error."""
    console = Terminal(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(Text(doing, style="dim")):
        yield


class _Escaping(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return escaped_lines(super().format(record))


def _broken(broken: threading.ExceptHookArgs) -> None:
    if broken.exc_value is not None and not isinstance(broken.exc_value, SystemExit):
        trace = (broken.exc_type, broken.exc_value, broken.exc_traceback)
        logging.getLogger(__name__).error("%s broke", broken.thread and broken.thread.name, exc_info=trace)
