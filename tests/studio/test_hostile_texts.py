"""Texts that others wrote: none becomes markup, changes the direction of a page, or is cut without a way to it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from markupsafe import Markup

from cdk_sagemaker_pipelines import studio
from cdk_sagemaker_pipelines.studio.text import exact, finalize
from tests.cli.service import Answer, Refusal
from tests.studio.console import OWN, Console, Scripted
from tests.studio.test_pipelines_page import ran, record, searched

HOSTILE = (
    "</script><script>window.pwned=1</script>", '"><img src=x onerror=window.pwned=1>', "' onmouseover='pwned()",
    "{{ options.key }}{% raw %}", "javascript:pwned()", "\u202etxt.exe\u2066", "\x00\x1b[31m\x07\r\n\t\x7f", "<!-- ",
    "&lt;b&gt;", "x" * 3072, "\ud800",
)  # fmt: skip
INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


class Shape(HTMLParser):
    """The elements of a page with the names of their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, ...]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, *(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


class Answering:
    """A console whose service answers anew for every page."""

    def __init__(self) -> None:
        self._scripted = Scripted()
        self._console = Console(self._scripted.account)

    def page(self, address: str, query: dict[str, str] | None = None, **answers: Answer) -> str:
        answering = self._scripted.services["sagemaker"]
        answering.answers.clear()
        answering.answers.update(answers)
        self._scripted.account.forget()
        return self._console.browser.get(address, base_url=OWN, query_string=query).text


@pytest.fixture(scope="module")
def console() -> Answering:
    return Answering()


def told(text: str) -> dict[str, Any]:
    """A pipeline whose every text is this one."""
    found = {**record(text, text), "PipelineDisplayName": f"{text}!", "PipelineArn": text}
    return {**found, "Tags": [{"Key": text, "Value": text}]}


@pytest.mark.parametrize("text", HOSTILE)
def test_the_list_of_pipelines(console: Answering, text: str) -> None:
    def page(text: str) -> str:
        return console.page("/?runs=1", Search=searched(told(text)), ListPipelineExecutions=ran(text, text))

    hostile = page(text)
    shape = Shape(hostile)
    assert shape.found == Shape(page("y" * len(text))).found
    assert not INVISIBLE.search(hostile)
    assert str(finalize(text)) in shape.text


@pytest.mark.parametrize("text", HOSTILE[:-1])
def test_what_was_asked_for(console: Answering, text: str) -> None:
    def page(text: str) -> str:
        return console.page("/", {"q": text, "state": text, "after": text}, Search=searched())

    assert Shape(page(text)).found == Shape(page("y")).found


@pytest.mark.parametrize("text", HOSTILE)
def test_what_aws_refuses(console: Answering, text: str) -> None:
    def page(text: str) -> str:
        denied = f"x is not authorized to perform: sagemaker:Search on resource: {text}"
        return console.page("/", Search=Refusal("AccessDenied", denied), ListPipelines=Refusal(text, text))

    assert Shape(page(text)).found == Shape(page("y" * 9)).found
    assert not INVISIBLE.search(page(text))


@pytest.mark.parametrize("text", HOSTILE[:-1])
def test_a_page_that_does_not_exist(console: Answering, text: str) -> None:
    assert Shape(console.page(f"/nowhere/{quote(text)}")).found == Shape(console.page("/nowhere")).found


def test_json_is_not_a_page() -> None:
    answer = Console(Scripted(ListPipelineExecutions=ran(HOSTILE[0])).account).browser.get("/runs?p=A", base_url=OWN)
    assert answer.content_type == "application/json"
    assert json.loads(answer.text)["runs"]["A"][0]["state"] == HOSTILE[0]


def test_a_value_of_a_field_comes_back_as_it_is() -> None:
    assert exact('a\n\u202e"<') == Markup("a\n\u202e&#34;&lt;")
    assert [finalize(value) for value in ("a\u202e\x00", "a\nb", None, 7, Markup("<b>"))] == [
        "a\\u202e\\x00", "a\nb", "", "7", "<b>",
    ]  # fmt: skip


def test_only_attributes_that_come_back_have_texts_as_they_are() -> None:
    """What is read from them is a value or an address; all others, such as titles, are shown to people."""
    templates = Path(studio.__file__).parent / "templates"
    used = {
        found[1]
        for file in templates.glob("*.html")
        for found in re.finditer(r"""([\w-]+)="[^"]*\|exact""", file.read_text("utf-8"))
    }
    taken = {name for name in used if not name.startswith("data-")}
    assert taken <= {"action", "aria-describedby", "for", "href", "id", "name", "value"}
    assert not any("|safe" in file.read_text("utf-8") for file in templates.glob("*.html"))


def test_no_template_has_what_the_policy_forbids() -> None:
    """But in a file of its own, which no server sends, the style is inside."""
    texts = {file.name: file.read_text("utf-8") for file in (Path(studio.__file__).parent / "templates").glob("*.html")}
    text = "".join(text for name, text in texts.items() if name != "document.html")
    assert not re.findall(r"<script(?! type=\"module\" src=)|<style|\sstyle=|\son\w+=|https?://", text)


def test_every_form_that_changes_something_has_a_token() -> None:
    texts = [file.read_text("utf-8") for file in (Path(studio.__file__).parent / "templates").glob("*.html")]
    forms = [form for text in texts for form in re.findall(r"<form\b.*?</form>", text, re.S) if 'method="post"' in form]
    assert len(forms) >= 2
    assert [form for form in forms if "token()" not in form] == []
