"""The documentation site: what is on its pages, and where its links lead."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

import cdk_sagemaker_pipelines as library
from scripts.site import api, findings, pages, rendered
from scripts.site.links import LINK, Links, parts
from scripts.site.markdown import block, code, plain, table

ROOT = Path(__file__).resolve().parents[2]


CODES = {found.code: found for found in findings.codes()}


def test_every_page_is_in_the_navigation_once() -> None:
    generated = [*api.pages(), *(f"reference/{name}.md" for name in pages.REFERENCE)]
    there = [*(place for place in pages.documents().values() if place.endswith(".md")), *generated]
    named = pages.navigation()
    assert [name for name, count in Counter(named).items() if count > 1] == []
    assert sorted(named) == sorted(there), "write it into the navigation of mkdocs.yml"


def test_the_site_asks_nobody_else() -> None:
    assert re.findall(r"!\[[^\]]*\]\(https?:", "\n".join(pages.written().values())) == []
    assert "font: false" in pages.CONFIG.read_text("utf-8")


def anchors(text: str) -> set[str]:
    """The anchors of a page: GitHub's of its headings, or those that they say, and the names that it shows."""
    prose = "".join("" if fenced and "\n" in part else part for part, fenced in parts(text))
    found = set(re.findall(r"^::: ([\w.]+)$", prose, re.M))
    for heading in re.findall(r"^#+ (.+)$", prose, re.M):
        given = re.search(r"\{#([\w-]+)\}$", heading)
        found.add(given[1] if given else re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-"))
    return found


def broken(pages: dict[str, str]) -> list[str]:
    """The links between pages that have no page or no anchor."""
    found = []
    for name, text in pages.items():
        prose = "".join("" if fenced else part for part, fenced in parts(text))
        for link in LINK.finditer(prose):
            path, _, anchor = link["target"].partition("#")
            if re.match(r"[a-z]+:", path):
                continue
            place = (Path("/") / Path(name).parent / path).resolve().relative_to("/") if path else Path(name)
            target = pages.get(place.as_posix())
            if target is None or (anchor and anchor not in anchors(target)):
                found.append(f"{name}: {link['target']}")
    return found


def test_links_have_targets() -> None:
    """Those of all pages but the ones that take seconds to make, of which the codes are enough."""
    codes = "\n".join(f"### {name} {{#{name}}}" for name in CODES)
    made = {f"reference/{name}.md": pages.REFERENCE[name]() for name in ("commands", "permissions")}
    others = {"reference/findings.md": codes, "reference/messages.md": "", "reference/operations.md": ""}
    assert broken({**pages.written(), **api.pages(), **made, **others}) == []


@pytest.mark.long
def test_every_page_is_written(tmp_path: Path) -> None:
    pages.write(tmp_path)
    texts = {
        file.relative_to(tmp_path / "pages").as_posix(): file.read_text("utf-8")
        for file in (tmp_path / "pages").rglob("*.*")
    }
    assert broken(texts) == []
    found = texts["reference/findings.md"]
    assert re.findall(r"^### `([a-z\-]+)`", found, re.M) == list(CODES)
    assert found.count("```text") == len(CODES) - 2
    assert set(re.findall(r"findings\.md#([a-z\-]+)\)", texts["reference/messages.md"])) <= set(CODES)
    assert "| `CreateTrainingJob` | step | Training |" in texts["reference/operations.md"]
    assert "| `StartPipelineExecution` | done |  |" in texts["reference/operations.md"]
    for row in (
        "| AutoML | simulated |",
        "| Endpoint | recorded |",
        "| EndpointConfig | recorded |",
        "| Fail | done |",
    ):
        assert row in texts["reference/operations.md"]


def test_a_broken_link_is_found() -> None:
    text = "# A\n[b](../b.md) [c](../b.md#b-b) [d](#a)\n\n`[e](x.md)`\n```\n[f](y.md)\n```\n"
    assert broken({"x/a.md": text, "b.md": "# B `b`\n"}) == []
    assert broken({"x/a.md": text, "b.md": "# B\n```\n# B b\n```\n"}) == ["x/a.md: ../b.md#b-b"]
    assert broken({"x/a.md": text}) == ["x/a.md: ../b.md", "x/a.md: ../b.md#b-b"]


PLACES = {"README.md": "index.md", "docs/a.md": "a.md", "docs/b/c.md": "b/c.md", "NEWS.md": "about/news.md"}
LINKS = Links("https://host/us", "https://site/us/", PLACES, lambda path: path == "docs/code.py")


@pytest.mark.parametrize(
    ("file", "link", "turned"),
    [
        ("README.md", "https://host/us/blob/main/docs/a.md#x", "a.md#x"),
        ("README.md", "https://host/us/tree/main/docs/code.py", "https://host/us/tree/main/docs/code.py"),
        ("README.md", "https://site/us/api/", "api/index.md"),
        ("NEWS.md", "https://site/us/a/", "../a.md"),
        ("docs/b/c.md", "../../NEWS.md", "../about/news.md"),
        ("docs/b/c.md", "../code.py", "https://host/us/tree/main/docs/code.py"),
        ("docs/a.md", "#x", "#x"),
        ("docs/a.md", "https://elsewhere/", "https://elsewhere/"),
    ],
    ids=range(8),
)
def test_links_of_documents_become_those_of_pages(file: str, link: str, turned: str) -> None:
    assert LINKS.on_page(f"[text]({link}), `[code](x.md)`\n\n[x]: {link}\n", file) == (
        f"[text]({turned}), `[code](x.md)`\n\n[x]: {turned}\n"
    )


def test_a_link_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match=re.escape("docs/a.md: the link 'x.md' leads nowhere")):
        LINKS.on_page("[x](x.md)", "docs/a.md")


def test_hostile_texts_stay_texts() -> None:
    assert code("a `b` | c") == "``a `b` \\| c``"
    assert code("`") == "`` ` ``"
    assert plain("*a* <b> [c](d) | #") == r"\*a\* \<b\> \[c\](d) \| \#"
    assert block("```\nx") == ["````text", "```", "x", "````", ""]
    assert table(("a", "b"), [("1", "2")]) == ["| a | b |", "|---|---|", "| 1 | 2 |", ""]


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>Two: <code>a::b</code> and ::1.</p>", []),
        ("<p>As here::</p><pre>x</pre>", ["As here::…"]),
        ("<p>Of these:\n- one\n- two</p>", ["Of these:\n- one\n- two", "Of these:\n- one\n- two"]),
        ("<p>see [this](that.md)</p>", ["see [this](that.md)"]),
        ("<pre>key: IKey = field(init=False)</pre>", ["key: IKey = field(init=False)"]),
        ("<ul><li>one<br>**two**</li></ul>", ["one**two**", "one**two**"]),
    ],
    ids=["code", "colons", "list", "link", "field", "bold"],
)
def test_what_is_left_of_markdown_is_found(html: str, found: list[str]) -> None:
    assert list(rendered.left(f"<html><nav>a::</nav><article>{html}</article></html>")) == found


def test_old_names_are_listed() -> None:
    text = (ROOT / "docs" / "about" / "compatibility.md").read_text("utf-8")
    listed = re.findall(r"^\| `(\w+)` \| `(\w+)` \| 0\.2 \|$", text, re.M)
    assert dict(listed) == library._RENAMED


def test_the_site_is_deployed_for_a_release_only() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "docs.yml").read_text("utf-8"))
    jobs = workflow["jobs"]
    assert workflow["permissions"] == {}
    assert [step["run"] for name in ("build", "zensical") for step in jobs[name]["steps"] if "run" in step] == [
        "make docs",
        "make docs-zensical",
    ]
    assert {name: job["permissions"] for name, job in jobs.items()} == {
        "build": {"contents": "read"}, "zensical": {"contents": "read"},
        "deploy": {"id-token": "write", "pages": "write"},
    }  # fmt: skip
    home = pages.address("Repository").removeprefix("https://github.com/")
    assert jobs["deploy"]["if"] == f"github.repository == '{home}' && startsWith(github.ref, 'refs/tags/v')"
    assert jobs["deploy"]["needs"] == "build"


def test_the_site_is_where_its_configuration_says() -> None:
    text = pages.CONFIG.read_text("utf-8")
    said = dict(re.findall(r"^(site_url|repo_url): (.+)$", text, re.M))
    assert said == {"site_url": pages.address("Documentation"), "repo_url": pages.address("Repository")}
