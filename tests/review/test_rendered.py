"""Pictures in a real browser: SVG in Chromium, Mermaid by mermaid-cli. Only run with ``-m pictures``.

Needs a browser and mermaid-cli (tests/README.md says how to get them). The pictures are left in the folder that
``SMPIPE_PICTURES`` names, to be looked at.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines import review
from cdk_sagemaker_pipelines.review.draw.graph import Graph
from cdk_sagemaker_pipelines.review.draw.palette import PAGE
from cdk_sagemaker_pipelines.review.draw.states import SIGNS, said
from tests.browsers import BROWSER, NO_BROWSER

from .definitions import ABALONE, definition, get, step
from .shapes import SHAPES, job

pytestmark = pytest.mark.pictures

TOOLS = Path(__file__).resolve().parents[2] / "build" / "mermaid" / "node_modules" / ".bin"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=5000")
SIZES = (5, 30, 100, 300)
NAMES = ["W" * 64, "<b>&\"'`#;%%{", "a-long_nameThatIsBroken" * 3, "$$\\foo$$", "end", "日本語", "i" * 64, "graph TD"]
TYPES = ["Processing", "Model", "Endpoint", "QualityCheck", "Lambda", "EMR", "Lineage", "Fail"]
CHECKS = """
const problems = [], inside = (a, b) => a.left >= b.left - 1.5 && a.right <= b.right + 1.5 && a.top >= b.top - 1.5 &&
  a.bottom <= b.bottom + 1.5, rect = node => node.getBoundingClientRect();
let texts = 0;
for (const svg of document.querySelectorAll("svg")) {
  const tell = (what, node) => problems.push([svg.parentNode.id, what, node.textContent.slice(0, 80)]);
  for (const text of svg.querySelectorAll("text")) {
    texts += 1;
    if (parseFloat(getComputedStyle(text).fontSize) < 11) tell("is small", text);
    if (!inside(rect(text), rect(svg))) tell("is outside of the picture", text);
  }
  const boxes = [];
  for (const group of svg.querySelectorAll("g")) {
    const paths = [...group.children].filter(node => node.tagName == "path");
    const written = [...group.children].filter(node => node.tagName == "text");
    if (!paths.length || !written.length || group.hasAttribute("transform")) continue;
    const edge = rect(paths[paths.length - 1]);
    for (const text of written) if (!inside(rect(text), edge)) tell("is outside of its box", text);
    for (const [other, of] of boxes)
      if (edge.left < other.right && other.left < edge.right && edge.top < other.bottom && other.top < edge.bottom)
        tell("overlaps " + of, group);
    boxes.push([edge, group.textContent.slice(0, 40)]);
  }
}
const page = getComputedStyle(document.querySelector(".page")).fill;
const told = document.createElement("pre");
told.textContent = JSON.stringify({problems, texts, page});
document.body.replaceChildren(told);
"""


def odd() -> Graph:
    """A pipeline of hostile names, of all families, with parameters and all states."""
    check = {"Type": "Equals", "LeftValue": 'a "b" `c` $$d$$ %%e <script>', "RightValue": get("Parameters.X")}
    steps = [step(name, type, depends_on=NAMES[:i]) for i, (name, type) in enumerate(zip(NAMES, TYPES, strict=True))]
    branch = step("Check", "Condition", Conditions=[check], IfSteps=[job("Yes", "W" * 64)], ElseSteps=[job("No")])
    loop = step("Each", "ForEach", IterableItems=["a"], ForEachBody=[job("One"), job("Two", "One")])
    parameters = [{"Name": f"P{i}", "Type": "String", "DefaultValue": NAMES[i % 8]} for i in range(30)]
    drawn = definition(*steps, branch, loop, job("After", "Each"), Parameters=parameters)
    statuses = [*SIGNS, "not run", "waiting"]
    states = {name: said(statuses[i % len(statuses)], "1 h 00 min") for i, name in enumerate(drawn.step_names)}
    return review.graph(drawn, title=NAMES[1], states=states)


def graphs() -> Iterator[tuple[str, Graph]]:
    yield "odd", odd()
    yield "abalone", review.graph(ABALONE, title="Abalone")
    for shape, make in SHAPES.items():
        for size in SIZES:
            yield f"{shape}-{size}", review.graph(make(size), title=f"{shape} of {size}")


@pytest.fixture(scope="module")
def browser() -> str:
    assert BROWSER is not None, NO_BROWSER
    return BROWSER


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the pictures are left."""
    found = Path(os.environ.get("SMPIPE_PICTURES", tmp_path))
    found.mkdir(parents=True, exist_ok=True)
    return found.resolve()


def opened(browser: str, page: Path, dark: bool) -> dict[str, Any]:
    """What a page tells when its script is through."""
    scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    command = [browser, *FLAGS, scheme, "--window-size=4000,3000", "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    told = re.search(r"<pre>(.*?)</pre>", done.stdout, re.DOTALL)
    assert told, done.stdout[-2000:] + done.stderr[-2000:]
    answer: dict[str, Any] = json.loads(unescape(told[1]))
    return answer


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_svg(browser: str, folder: Path, dark: bool) -> None:
    """Every text is inside of its box, no box overlaps another, and the page has the color that was asked for."""
    parts = []
    for name, graph in graphs():
        for kind, whole in (("", False), ("-whole", True)):
            svg = review.svg(graph, whole=whole)
            (folder / f"{name}{kind}.svg").write_text(svg, encoding="utf-8")
            parts.append(f'<div id="{name}{kind}">{svg}</div>')
    page = folder / "all.html"
    body = "\n".join(parts)
    page.write_text(f'<!doctype html><meta charset="utf-8"><body>{body}<script>{CHECKS}</script>', encoding="utf-8")
    told = opened(browser, page, dark)
    assert told["problems"] == []
    assert told["texts"] > 3000
    channels = [int(PAGE[dark][i : i + 2], 16) for i in (1, 3, 5)]
    assert told["page"] == f"rgb({', '.join(map(str, channels))})"


def test_what_the_page_looks_for_is_found(browser: str, tmp_path: Path) -> None:
    """A text that leaves its box, small text and overlapping boxes are told, or the test above would prove nothing."""
    box = '<g><path d="M{x} 10h40v20h-40Z"/><text x="{x}" y="25" font-size="{size}">{text}</text></g>'
    boxes = [box.format(x=10, size=10, text="a"), box.format(x=30, size=12, text="much too long"), '<g class="page"/>']
    page = tmp_path / "bad.html"
    svg = f'<svg width="90" height="90">{"".join(boxes)}</svg>'
    page.write_text(f'<body><div id="bad">{svg}</div><script>{CHECKS}</script>')
    told = {problem[1] for problem in opened(browser, page, False)["problems"]}
    assert told == {"is small", "is outside of its box", "is outside of the picture", "overlaps a"}


def test_mermaid(browser: str, folder: Path) -> None:
    """mermaid-cli draws all of them, with all boxes; it refuses what is too large or what it cannot read."""
    mmdc = shutil.which("mmdc", path=os.pathsep.join([str(TOOLS), os.environ["PATH"]]))
    assert mmdc is not None, "mermaid-cli is not installed; tests/README.md says how"
    drawn = {name: review.mermaid(graph) for name, graph in graphs()}
    for name, text in drawn.items():
        (folder / f"{name}.mmd").write_text(text, encoding="utf-8")
    (folder / "all.md").write_text("\n".join(f"```mermaid\n{text}```\n" for text in drawn.values()), encoding="utf-8")
    settings = folder / "puppeteer.json"
    settings.write_text(json.dumps({"executablePath": browser, "args": ["--no-sandbox", "--disable-gpu"]}))
    files = ["--puppeteerConfigFile", str(settings), "--input", str(folder / "all.md")]
    command = [mmdc, *files, "--output", str(folder / "mermaid.md")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    for number, (name, text) in enumerate(drawn.items(), 1):
        svg = (folder / f"mermaid-{number}.svg").read_text(encoding="utf-8")
        assert "Syntax error" not in svg, name
        shown = set(re.findall(r'id="[\w-]*flowchart-(\w+)-\d+"', svg))
        assert shown == set(re.findall(r"^ *(\w+)(?:\[|\(|\{|>)", text, re.MULTILINE)), name
