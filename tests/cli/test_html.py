"""``smpipe show EXECUTION --format html``: one file without a script and with nothing to fetch."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

from .abalone import DEFINITION, FIRST, SUCCEEDED, answers, step
from .conftest import Command
from .service import Refusal, in_pages

FETCHING = {"src", "srcset", "href", "data", "action", "poster", "ping", "background", "xlink:href"}
HOSTILE = "</style><script>window.pwned = 1</script><img src=x onerror=alert(1)>\u202e\x07"


class Found(HTMLParser):
    """What a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= set(attrs)


def shown(smpipe: Command) -> str:
    return smpipe("show", FIRST, "--format", "html")


def test_nothing_runs_and_nothing_is_fetched(smpipe: Command) -> None:
    smpipe.answers(**answers())
    found = Found(shown(smpipe))
    assert found.tags.isdisjoint({"script", "iframe", "object", "embed", "form", "img", "base"})
    assert {(name, value) for name, value in found.attributes if name in FETCHING} == {("href", "data:,")}
    assert not [name for name, _ in found.attributes if name.startswith("on") or name == "style"]
    page = shown(smpipe)
    assert not re.search(r"@import|url\(|expression\(", page)
    assert "default-src 'none'; style-src 'unsafe-inline'" in page


def test_the_page_says_what_the_command_prints(smpipe: Command) -> None:
    smpipe.answers(**answers())
    page = " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", shown(smpipe), flags=re.S).split())
    for text in (
        "nightly ✓ Succeeded in 1 h 01 min",
        "Train Training ✓ Succeeded 1 h 00 min",
        "Depth 7 given 5",
        "ModelArtifacts s3://b/models/train-1/output/model.tar.gz",
        "Train mse 4.5",
        "2.02 instance-hours, 8.00 GPU-hours.",
    ):
        assert text in page, text


def test_a_failed_execution_says_why_with_hostile_texts(smpipe: Command) -> None:
    failed = step("Train", "Failed", FailureReason=HOSTILE, Metadata={})
    definition = json.dumps(DEFINITION).replace("too inaccurate", "<i>")
    smpipe.answers(
        **answers(
            DescribePipelineDefinitionForExecution={"PipelineDefinition": definition},
            ListPipelineExecutionSteps=in_pages("PipelineExecutionSteps", [SUCCEEDED[-1], failed], 3),
        )
    )
    smpipe.answers("logs", GetLogEvents=Refusal("ResourceNotFoundException"))
    page = shown(smpipe)
    assert Found(page).tags.isdisjoint({"script", "img", "i"})
    assert "&lt;/style&gt;&lt;script&gt;window.pwned" in page
    assert "\\u202e" in page
    assert "<h2>Why it failed</h2>" in page


def test_what_has_no_page(smpipe: Command) -> None:
    smpipe.answers(**answers())
    assert "only an execution can be shown as HTML" in smpipe("show", "Abalone", "--format", "html", code=2)
    assert "--json cannot be used with --format" in smpipe("show", FIRST, "--format", "html", "--json", code=2)
