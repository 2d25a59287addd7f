"""The examples of the documents run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from cdk_sagemaker_pipelines.cli.arguments.files import FORMATS, SUFFIXES
from tests.commands import COMMANDS
from tests.docs.pages import blocks
from tests.docs.test_guides import PAGES

ROOT = Path(__file__).resolve().parent.parent
FRONT = [ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY")]
DOCUMENTS = [*FRONT, *sorted((ROOT / "docs").glob("**/*.md")), *sorted((ROOT / "tests").glob("**/*.md"))]
SHOWN = {"environments.json": "json", "pipeline.yaml": "yaml"}
"""Files that an example reads and its page shows, and the language of their block."""
ABALONE = {"Version": "2020-12-01", "Steps": [{"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}]}
PYTHON = re.compile(r"^( *)```python\n(.*?)^\1```$", re.M | re.S)
EXAMPLES = [
    pytest.param(dedent(block[2]), document, id=f"{document.relative_to(ROOT)}-{number}")
    for document in DOCUMENTS
    if document not in [ROOT / "docs" / f"{page}.md" for page in PAGES]  # their examples continue each other
    for number, block in enumerate(PYTHON.finditer(document.read_text("utf-8")), 1)
]
LINK = re.compile(r"(?:\]\(|^\[[^\]]+\]: )([^)\s]+)", re.M)


@pytest.mark.parametrize(("example", "document"), EXAMPLES)
def test_examples_run(example: str, document: Path, tmp_path: Path) -> None:
    (tmp_path / "abalone.json").write_text(json.dumps(ABALONE))
    scripts = re.findall(r"Script\(\"([^\"]+)\"\)", example)
    for file, language in SHOWN.items():
        if file in example:
            (shown, *_) = re.findall(rf"^```{language}\n(.*?)^```", document.read_text("utf-8"), re.M | re.S)
            (tmp_path / file).write_text(shown)
            scripts += re.findall(r"script: (.+)", shown)
    for script in scripts:
        (tmp_path / script).parent.mkdir(exist_ok=True)
        (tmp_path / script).write_text("print('hello')\n")
    for folder, script in re.findall(r"SourceDir\(\"([^\"]+)\", entry_point=\"([^\"]+)\"\)", example):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / script).write_text("print('hello')\n")
    (tmp_path / "example.py").write_text(example)
    result = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT / 'constructs')!r}); import example"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr


def test_no_example_is_left_out() -> None:
    """A block of Python has no other name, by which it would not run."""
    guides = [ROOT / "docs" / f"{page}.md" for page in PAGES]
    continued = sum(block.language == "python" for guide in guides for block in blocks(guide))
    begun = [re.findall(r"^ *[`~]{3,} *\{?\.?py", each.read_text("utf-8"), re.M | re.I) for each in DOCUMENTS]
    assert sum(map(len, begun)) == len(EXAMPLES) + continued


def test_every_place_to_look_exists() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    table = text.partition("## Where to look")[2].partition("\n| to find")[2].partition("\n## ")[0]
    places = re.findall(r"`([a-z_]+/[\w<>/.]*)`", table)
    library = ROOT / "constructs" / "cdk_sagemaker_pipelines"
    assert len(places) > 10
    for place in places:
        assert list(library.glob(re.sub(r"<\w+>", "*", place))), place


def repository() -> str:
    """Where this repository is read on the web, as the project's metadata says."""
    found = re.search(r'^Repository = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    assert found
    return found[1]


def anchors(document: Path) -> set[str]:
    """What GitHub makes of a document's headings, to be linked to."""
    headings = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_links_have_targets(document: Path) -> None:
    of_ours = re.escape(repository()) + r"/(?:blob|raw|tree)/main/"
    broken = []
    for link in LINK.findall(document.read_text("utf-8")):
        path, _, anchor = re.sub(f"^{of_ours}", "/", link).partition("#")
        if path.startswith("http"):
            continue
        target = ROOT / path[1:] if path.startswith("/") else document.parent / path if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


def test_the_readme_can_be_read_on_pypi() -> None:
    """PyPI shows it without the files beside it."""
    links = LINK.findall((ROOT / "README.md").read_text("utf-8"))
    assert sum(link.startswith(repository()) for link in links) > 10
    assert [link for link in links if not link.startswith(("https://", "#"))] == []


def test_every_reference_of_the_readme_is_defined_and_used() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    defined = re.findall(r"^\[([^\]]+)\]: ", text, re.M)
    prose = re.sub(r"^\[[^\]]+\]: .*|^```.*?^```", "", text, flags=re.M | re.S)
    used = {second or first for first, second in re.findall(r"\[([^\[\]]+)\](?:\[([^\]]+)\])?(?!\()", prose)}
    assert sorted(defined) == sorted(used - {"local"})  # the extra


def test_the_readme_stays_short() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.splitlines()) <= 170
    assert len(text.split()) <= 900
    assert len(re.findall(r"^\[!\[", text, re.M)) <= 4, "badges"
    screen = "\n".join(text.splitlines()[:45])
    for needed in ("pip install", "](#compared)", ".svg", "**no part has run on a real AWS account yet**"):
        assert needed in screen


def test_every_command_is_on_the_page_of_smpipe() -> None:
    rows = re.findall(r"^\| (`.+?`) \|", (ROOT / "docs" / "smpipe.md").read_text("utf-8"), re.M)
    listed = {name for row in rows for name in re.findall(r"smpipe ([a-z]+)", row)}
    assert listed == set(COMMANDS)


def test_every_public_step_is_in_the_table_of_steps() -> None:
    listed = set(re.findall(r"^\| `(\w+Step)` \|", (ROOT / "docs" / "steps.md").read_text("utf-8"), re.M))
    exports = (ROOT / "constructs/cdk_sagemaker_pipelines/__init__.py").read_text("utf-8")
    assert listed == set(re.findall(r"import (\w+Step) as", exports))


def test_the_page_of_pictures_has_every_format() -> None:
    rows = re.findall(r"^\| `(\.\w+)` \| `([\w-]+)` \|", (ROOT / "docs" / "pictures.md").read_text("utf-8"), re.M)
    assert {suffix: format.removeprefix("--") for suffix, format in rows} == SUFFIXES
    assert {*FORMATS, "json"} == set(SUFFIXES.values())
