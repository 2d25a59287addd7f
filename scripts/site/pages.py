"""All pages of the site by their paths in it: the documents, with their links turned, and what is generated."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from . import api, commands, findings, messages, operations, permissions
from .links import Links

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "mkdocs.yml"
FRONT = {
    "README.md": "index.md",
    "CHANGELOG.md": "about/changelog.md",
    "CONTRIBUTING.md": "about/contributing.md",
    "SECURITY.md": "about/security.md",
}
"""The documents outside of docs/, and where they are in the site."""
REFERENCE: Mapping[str, Callable[[], str]] = {
    "commands": commands.page,
    "findings": findings.page,
    "messages": messages.page,
    "operations": operations.page,
    "permissions": permissions.page,
}
"""The pages of the reference, which are generated from the code."""
BADGE = re.compile(r"^\[!\[.*\n", re.M)
"""A line of README that asks others for a picture, which the site does not."""
ENTRY = re.compile(r"^ +- (?:[^:\n]+: )?([\w/-]+\.md)$", re.M)


def documents() -> dict[str, str]:
    """The place in the site of each file of the repository that has one."""
    files = sorted(path for path in (ROOT / "docs").rglob("*") if path.suffix in (".css", ".md", ".svg"))
    return {
        **FRONT,
        **{path.relative_to(ROOT).as_posix(): path.relative_to(ROOT / "docs").as_posix() for path in files},
    }


def written() -> dict[str, str]:
    """The text of each document, as it is in the site."""
    places = documents()
    links = Links(address("Repository"), address("Documentation"), places, lambda path: (ROOT / path).exists())
    texts = {file: (ROOT / file).read_text("utf-8") for file in places}
    texts["README.md"] = BADGE.sub("", texts["README.md"])
    return {places[file]: links.on_page(text, file) if file.endswith(".md") else text for file, text in texts.items()}


def navigation() -> list[str]:
    """The pages in the navigation, in its order."""
    return ENTRY.findall(CONFIG.read_text("utf-8").partition("\nnav:\n")[2])


def address(label: str) -> str:
    """An address of the project, as its metadata has it."""
    found = re.search(rf'^{label} = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    assert found is not None
    return found[1]


def write(folder: Path) -> None:
    """Writes the configuration and all pages into a folder."""
    generated = {f"reference/{name}.md": page() for name, page in REFERENCE.items()}
    pages = {**written(), **api.pages(), **generated}
    for name, text in pages.items():
        file = folder / "pages" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (folder / "mkdocs.yml").write_text(CONFIG.read_text("utf-8"), encoding="utf-8")
