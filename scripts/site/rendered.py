"""Looks for Markdown that was not understood in pages that were built: ``python -m scripts.site.rendered FOLDER``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

CODE = {"code", "pre", "script", "style", "svg"}
VOID = {"br", "hr", "img", "input", "link", "meta", "source", "wbr"}
LEFT = re.compile(
    r"\w::(?!\w)|^::|\*\*|``|\]\(|\]\[|^\|.*\|$|\|---|^\s*[-*] \w|^\s*\d{1,2}\. \w|\bfield\(|^:param|\{#[\w-]+\}", re.M
)
"""What Markdown, or a docstring, leaves in a text when it was not understood."""
INTERNAL = re.compile(r"field\(\s*init=False")
"""What no signature may show."""


class _Texts(HTMLParser):
    """The texts of the article of a page: those that are code apart."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self.prose: list[str] = []
        self.code: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "article" in self._open:
            code = CODE & {*self._open}
            (self.code if code else self.prose).append(data)
            if code:
                self.prose.append("…")


def left(page: str) -> Iterator[str]:
    """What is left of Markdown in a page, with what stands around it."""
    texts = _Texts()
    texts.feed(page)
    for text, pattern in (("".join(texts.prose), LEFT), ("".join(texts.code), INTERNAL)):
        for found in pattern.finditer(text):
            yield text[max(0, found.start() - 40) : found.end() + 40]


def main(folder: Path) -> int:
    """Prints what is left in the pages below a folder; 1 if there is something."""
    pages = sorted(folder.rglob("*.html"))
    found = [f"{file.relative_to(folder)}: {text!r}" for file in pages for text in left(file.read_text("utf-8"))]
    print("\n".join(found) if found else f"{len(pages)} pages")
    return 1 if found or not pages else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
