"""Links of the documents, which point into the repository, as links of the site's pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from os.path import relpath
from posixpath import dirname, normpath

LINK = re.compile(r"(?P<before>\]\(|^\[[^\]\n]+\]: )(?P<target>[^)\s]+)", re.M)
CODE = re.compile(r"^(?P<fence>`{3,}|~{3,}).*?^(?P=fence)|(?P<ticks>`+).+?(?P=ticks)", re.M | re.S)


@dataclass(frozen=True)
class Links:
    """How the links of a document become those of its page."""

    repository: str
    """Where the repository is read on the web."""
    site: str
    """Where the site is, with a slash at the end."""
    places: Mapping[str, str]
    """The path in the site of each file that has one, by that in the repository."""
    exists: Callable[[str], bool]
    """Whether the repository has such a path."""

    def on_page(self, text: str, file: str) -> str:
        """The text of ``file`` as it is on its page."""

        def linked(match: re.Match[str]) -> str:
            return match["before"] + self._target(match["target"], file)

        return "".join(part if code else LINK.sub(linked, part) for part, code in parts(text))

    def _target(self, link: str, file: str) -> str:
        if link.startswith(self.site):
            return relpath(self._page(link.removeprefix(self.site)), dirname(self.places[file]) or ".")
        path, mark, anchor = re.sub(f"^{re.escape(self.repository)}/(?:blob|raw|tree)/main/", "/", link).partition("#")
        if not path or re.match(r"[a-z]+:", path):
            return link
        named = path[1:] if path.startswith("/") else normpath(f"{dirname(file)}/{path}").lstrip("/")
        if named in self.places:
            return relpath(self.places[named], dirname(self.places[file]) or ".") + mark + anchor
        if not self.exists(named):
            raise ValueError(f"{file}: the link {link!r} leads nowhere")
        return f"{self.repository}/tree/main/{named}{mark}{anchor}"

    def _page(self, address: str) -> str:
        """The page behind an address of the site, such as `api/`."""
        alone = address.rstrip("/") + ".md"
        return alone if alone in self.places.values() else f"{address}index.md"


def parts(text: str) -> Iterator[tuple[str, bool]]:
    """The text in parts, each with whether it is code."""
    place = 0
    for found in CODE.finditer(text):
        yield text[place : found.start()], False
        yield found[0], True
        place = found.end()
    yield text[place:], False
