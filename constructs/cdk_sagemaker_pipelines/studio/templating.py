"""What every template can use, be it of a page or of a document."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment

from ..executions.rows import duration, hours
from ..language import choices
from . import addresses, states
from .text import exact, finalize
from .times import absolute
from .trouble import Trouble

OPTIONS: dict[str, Any] = {"finalize": finalize, "trim_blocks": True, "lstrip_blocks": True}
"""How templates are read."""


def equip(environment: Environment) -> None:
    """Adds the filters, tests and names of all templates."""
    environment.filters.update(exact=exact, absolute=absolute, duration=duration, hours=hours, choices=choices)
    environment.filters.update(glyph=states.glyph, style=states.style)
    environment.tests["trouble"] = lambda value: isinstance(value, Trouble)
    environment.globals.update(addresses=addresses)
