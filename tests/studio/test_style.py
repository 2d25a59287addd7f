"""The style sheet of the console: no selector has two rules, and each class is of a page."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from cdk_sagemaker_pipelines import studio
from cdk_sagemaker_pipelines.review.draw.states import SIGNS
from cdk_sagemaker_pipelines.studio.states import style

ROOM = Path(studio.__file__).parent
SHEET = re.sub(
    r"/\*.*?\*/|@media[^{]*\{.*?\}\s*\}", "", (ROOM / "static" / "studio.css").read_text("utf-8"), flags=re.S
)
"""Without comments, and without what is for some screens only."""
MADE = re.compile(r"d\d|o-[a-z-]+")
"""Classes that a template puts together, by the depth of a step and by what a start does with it."""


def selectors() -> list[str]:
    return [each.strip() for each in re.findall(r"([^{}]+)\{", SHEET)]


def test_no_selector_has_two_rules() -> None:
    assert [each for each, count in Counter(selectors()).items() if count > 1] == []


def test_each_class_is_of_a_page() -> None:
    files = [*(ROOM / "templates").glob("*.html"), ROOM / "static" / "studio.js"]
    used = {word for file in files for word in re.findall(r"[\w-]+", file.read_text("utf-8"))}
    used |= {name for state in SIGNS for name in style(state).split()}
    found = {name for each in selectors() for name in re.findall(r"\.([a-z][\w-]*)", each)}
    assert {name for name in found - used if not MADE.fullmatch(name)} == set()
