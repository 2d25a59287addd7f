"""An execution as one file of HTML, without a script and with nothing to fetch: for an artifact of CI, or a mail."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from ..executions.picture import picture
from ..executions.report import Report
from ..executions.why import Why
from ..review import svg
from ..review.draw.svg_style import style
from .lines import lines
from .templating import OPTIONS, equip

_HERE = Path(__file__).parent


def document(told: Report, why: Why, now: datetime) -> str:
    """The page of an execution as it is ``now``."""
    environment = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True, **OPTIONS)
    equip(environment)
    drawn = picture(told.execution)
    return environment.get_template("document.html").render(
        told=told,
        execution=told.execution,
        why=why,
        now=now,
        # nobody else writes the style sheets, and all texts of a picture are escaped where it is drawn
        style=Markup((_HERE / "static" / "studio.css").read_text("utf-8") + style()),
        graph=drawn and Markup(svg(drawn, whole=True, styled=False)),
        lines=lines(told.execution, now),
        given=told.resolution.given,
        seconds=told.execution.seconds(now),
    )
