"""The documentation site: what is on its pages, and where its links lead."""

from __future__ import annotations

import ast
import enum
import inspect
import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

import cdk_sagemaker_pipelines as library
from cdk_sagemaker_pipelines import testing
from cdk_sagemaker_pipelines.language.step_types import STEP_TYPES
from scripts.site import api, commands, findings, mends, messages, pages, permissions, rendered
from scripts.site.links import LINK, Links, parts
from scripts.site.markdown import block, code, plain, table
from tests.commands import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
PLANNED = re.compile(r"(?:start|guide)/[\w-]+\.md")
"""Pages that the navigation may name before they are written."""
OTHERS = {
    *("Any", "Callable", "Iterable", "Literal", "Mapping", "NoReturn", "None", "Path", "Sequence", "partial"),
    *("bool", "class", "float", "int", "list", "str", "tuple", "Construct", "Duration", "RemovalPolicy"),
}
"""Names in signatures that are Python's or CDK's; those with a dot are modules of CDK."""


CODES = {found.code: found for found in findings.codes()}
LIBRARY = Path(library.__file__).parent


# -- the API


def test_every_exported_name_is_on_one_page() -> None:
    shown = re.findall(r"^::: ([\w.]+)$", "\n".join(api.pages().values()), re.M)
    exported = [f"{library.__name__}.{name}" for name in library._HOME]
    tested = [f"{testing.__name__}.{name}" for name in testing.__all__]
    types = [path for path in shown if path not in exported + tested]
    assert [name for name, count in Counter(shown).items() if count > 1] == []
    assert set(exported + tested) - set(shown) == set(), "name the page in scripts/site/api.py"
    assert len(types) == sum(map(len, api.TYPES.values()))


def test_what_a_signature_names_is_on_a_page() -> None:
    known = {*library._HOME, *OTHERS, *(name for names in api.TYPES.values() for name in names)}
    unknown: dict[str, set[str]] = {}
    for name in library._HOME:
        value = getattr(library, name)
        if not isinstance(value, type) or issubclass(value, (Exception, enum.Enum)):
            continue
        for parameter in inspect.signature(value).parameters.values():
            annotation = re.sub(r"\"[^\"]*\"|'[^']*'|\b\w+\.\w+", "", str(parameter.annotation))
            for word in set(re.findall(r"[A-Za-z_]\w*", annotation)) - known:
                unknown.setdefault(word, set()).add(name)
    assert unknown == {}, "name it in TYPES of scripts/site/api.py"


def test_types_have_a_text() -> None:
    for module, names in api.TYPES.items():
        tree = ast.parse((LIBRARY / f"{module.replace('.', '/')}.py").read_text("utf-8"))
        told = {node.name for node in tree.body if isinstance(node, ast.ClassDef) and ast.get_docstring(node)}
        for node, below in pairwise(tree.body):
            if isinstance(node, ast.Assign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
                told.update(_names(node))
        assert set(names) - told == set(), module


# -- the reference


def test_every_code_has_a_mend() -> None:
    assert len(CODES) > 170
    assert set(CODES) == set(mends.MENDS), "write the mend into scripts/site/mends.py"


@pytest.mark.parametrize(
    ("name", "example"),
    [
        ("two-triggers", "step 'AbaloneProcess': DependsOn: it depends on 'OurJob' with the triggers 'Completed' and"),
        ("step-name", "Name: the name '' must have 1 to 64 letters, digits, '-' or '_' [step-name] "),
        ("tag", 'add("team", str(Parameter.string("Team"))) ``` ```text step \'Prepare\': Tags: the tag'),
    ],
    ids=["chosen", "given", "synth"],
)
def test_a_code_is_shown_with_what_the_rule_says(name: str, example: str) -> None:
    section = "\n".join(findings.section(CODES[name]))
    assert section.startswith(f"### `{name}` {{#{name}}}\n\n*error*: ")
    assert example in " ".join(section.split())


def test_messages_are_found_by_their_texts() -> None:
    made = messages.made_in([LIBRARY / "language/expressions.py", LIBRARY / "language/rules/structure.py"])
    refused = dict(messages.refusals(made, ("PipelineError",)))
    assert refused["parameter '…': enum_values must be a list of at least one text"] == "language/expressions"
    assert dict(messages.findings(made))["it names '…' … times; name it once"] == "duplicate-dependency"


def test_every_command_has_a_section() -> None:
    text = commands.page()
    sections = set(re.findall(r"^## `smpipe ([a-z]+)`$", text, re.M))
    assert sections == set(COMMANDS)
    assert "| `--state FOLDER` | keep everything in this folder" in text
    assert "| `{pull}`" in text or "| `action` | pull: ask for them now |" in text


def test_every_step_type_with_calls_has_a_section() -> None:
    sections = re.findall(r"^## (\w+)$", permissions.page(), re.M)
    assert sections[-1] == "Sources"
    assert set(STEP_TYPES) - set(sections) <= {"Fail", "ForEach", "AutoMLV2"}


# -- the documents


def test_every_page_is_in_the_navigation_once() -> None:
    generated = [*api.pages(), *(f"reference/{name}.md" for name in pages.REFERENCE)]
    there = [*(place for place in pages.documents().values() if place.endswith(".md")), *generated]
    named = pages.navigation()
    assert [name for name, count in Counter(named).items() if count > 1] == []
    assert set(there) - set(named) == set()
    without_names = {f"api/{file}.md" for file, family in api.FAMILIES.items() if not api.on_page(family)}
    assert [name for name in named if name not in {*there, *without_names} and not PLANNED.fullmatch(name)] == []


def test_the_site_asks_nobody_else() -> None:
    assert re.findall(r"!\[[^\]]*\]\(https?:", "\n".join(pages.written().values())) == []
    assert "font: false" in pages.CONFIG.read_text("utf-8")


def test_sections_without_pages_are_left_out() -> None:
    text = pages.configuration({"index.md": "", "guide/jobs.md": "", "about/security.md": ""})
    nav = text.partition("\nnav:\n")[2]
    guide = "  - Guide:\n      - Steps:\n          - guide/jobs.md\n"
    assert nav == f"  - Home: index.md\n{guide}  - About:\n      - about/security.md\n"


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


def test_what_the_pages_leave_out_exists() -> None:
    tree = ast.parse((ROOT / "scripts" / "site" / "fields.py").read_text("utf-8"))
    (named,) = (node.value for node in tree.body if isinstance(node, ast.Assign) and _names(node) == ["INTERNAL"])
    hidden = {str(node.value) for node in ast.walk(named) if isinstance(node, ast.Constant)}
    members = json.loads((ROOT / "tests" / "public_members.json").read_text("utf-8"))
    assert len(hidden) > 40
    assert hidden - {f"{name}.{member}" for name, listed in members.items() for member in listed} == set()


def _names(node: ast.Assign) -> list[str]:
    return [target.id for target in node.targets if isinstance(target, ast.Name)]
