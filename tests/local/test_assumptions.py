"""The choices of the engine that have a name."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from cdk_sagemaker_pipelines.local.engine.assumptions import AssumptionError, Assumptions

DOCS = Path(__file__).parent.parent.parent / "docs" / "local.md"


def test_choices_are_read_from_texts() -> None:
    assert Assumptions().assume(["after_failure=finish", " reused_steps = all "]) == Assumptions(
        after_failure="finish", reused_steps="all"
    )
    assert Assumptions(after_failure="finish").assume([]) == Assumptions(after_failure="finish")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("after_failure", "'after_failure' is not an assumption; write name=value"),
        ("after_failur=finish", "no assumption 'after_failur'; did you mean 'after_failure'"),
        ("x=y", "no assumption 'x'; allowed are 'after_failure'"),
        ("after_failure=finnish", "after_failure is 'finnish'; did you mean 'finish'"),
        ("after_failure=x", "after_failure is 'x'; allowed are 'continue', 'finish'"),
        ("after_failure=", "after_failure is ''; allowed are"),
    ],
)
def test_what_is_no_choice(text: str, reason: str) -> None:
    with pytest.raises(AssumptionError, match=reason):
        Assumptions().assume([text])


def test_the_documents_list_them() -> None:
    section = DOCS.read_text(encoding="utf-8").split("## What is assumed")[1].split("\n## ")[0]
    listed: dict[str, list[tuple[str, bool]]] = {}
    name = ""
    for given, value, default in re.findall(
        r"^\| (?:`(\w+)`)? ?\| `([\w-]+)`( \(default\))? \|", section, re.MULTILINE
    ):
        name = given or name
        listed.setdefault(name, []).append((value, bool(default)))
    assert {name: {value for value, _ in values} for name, values in listed.items()} == {
        name: set(get_args(kind)) for name, kind in get_type_hints(Assumptions).items()
    }
    defaults = {name: next(value for value, default in values if default) for name, values in listed.items()}
    assert defaults == asdict(Assumptions())
