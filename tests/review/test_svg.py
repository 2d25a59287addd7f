"""The picture as SVG."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from cdk_sagemaker_pipelines import review
from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.review.draw.measure import broken, text_width
from cdk_sagemaker_pipelines.review.draw.palette import LOOKS, PAGE, TEXT
from cdk_sagemaker_pipelines.review.draw.states import said
from cdk_sagemaker_pipelines.review.draw.svg_boxes import face, width_of
from cdk_sagemaker_pipelines.review.draw.svg_style import QUIET, style

from .definitions import ABALONE, definition, get, step
from .shapes import SHAPES, mixed, nested

SVG = "{http://www.w3.org/2000/svg}"


def drawn(shown: Definition, **options: object) -> str:
    return review.svg(review.graph(shown, **options))  # type: ignore[arg-type]


def texts(svg: str) -> list[str]:
    """The texts that are shown without pointing at anything."""
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_the_example() -> None:
    shown = texts(drawn(ABALONE, title="Abalone"))
    assert shown[:2] == ["Abalone", "Parameters: MaxMse=6.0, Day"]
    for name in ABALONE.step_names:
        assert name in shown
    assert "if Evaluate.report:metrics.mse <=" in shown
    assert {"if true", "if false", "train", "test", "report", "ModelArtifacts"} <= set(shown)


def test_the_picture_of_the_documents(root: Path, snapshot: Any) -> None:
    """``pytest --snapshot-update tests/review`` draws it anew."""
    text = (root / "tests" / "stacks" / "snapshots" / "Diabetes.Pipeline" / "definition.json").read_text("utf-8")
    snapshot.snapshot_dir = root / "docs"
    snapshot.assert_match(drawn(Definition.parse(text), title="Diabetes"), "diabetes.svg")


@pytest.mark.parametrize("shape", SHAPES)
def test_every_name_is_in_the_picture(shape: str) -> None:
    shown = SHAPES[shape](60)
    assert set(shown.step_names) <= set(texts(drawn(shown)))


def test_what_is_folded_is_told_to_whom_points_at_it() -> None:
    hints = [element.text or "" for element in ElementTree.fromstring(drawn(SHAPES["fan"](100))).iter(f"{SVG}title")]
    assert any("Part0 ×10" in hint and "Part0-0, Part0-1" in hint for hint in hints)


HOSTILE = ["<b>&\"'", "]]>", "<script>alert(1)</script>", "{}", "a" * 500, "\u202e\x1b[31m", "日本"]
TYPES = ["Processing", "Model", "Endpoint", "Lambda", "EMR", "Lineage", "Condition", "Fail", "?"]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_texts_stay_texts(text: str) -> None:
    check = {"Type": "Equals", "LeftValue": text, "RightValue": get("Parameters.X")}
    hostile = definition(
        step(text, text, Input=get("Steps.A.ProcessingOutputConfig.Outputs['x']")),
        step("Check", "Condition", Conditions=[check], IfSteps=[step(text + "2")]),
        Parameters=[{"Name": text, "Type": "String", "DefaultValue": text}],
    )
    svg = drawn(hostile, title=text, states={text: said(text, text)})
    names = {element.tag for element in ElementTree.fromstring(svg).iter()}
    assert names == {SVG + name for name in ("svg", "title", "style", "rect", "g", "text", "path")}
    assert all(character.isprintable() for character in svg if character != "\n")


def test_it_is_alone() -> None:
    """No script, no reference to anything else, not even inside."""
    svg = drawn(ABALONE, title="Abalone")
    assert svg.count("http") == 1, "only the name space"
    assert not re.search(r"href|url\(|@import|<script|\son\w+=|<foreignObject|<image|<use", svg)
    assert ElementTree.fromstring(svg).tag == f"{SVG}svg"


def test_no_text_is_smaller_than_eleven_pixels() -> None:
    sizes = [float(size) for size in re.findall(r"font-size:([\d.]+)px", style())]
    assert sorted(sizes) == [11, 13, 16]
    assert "transform" not in drawn(ABALONE).replace('transform="translate', "")


def test_colors_can_be_read_on_light_and_dark_pages() -> None:
    for dark in (0, 1):
        fills = [colors[2 * dark] for colors in LOOKS.values()]
        for text, fill in itertools.product((TEXT[dark], QUIET[dark]), [*fills, PAGE[dark]]):
            assert contrast(text, fill) >= 4.5
        for colors in LOOKS.values():
            assert contrast(colors[2 * dark + 1], PAGE[dark]) >= 3
    assert "@media (prefers-color-scheme:dark)" in style()


def contrast(first: str, second: str) -> float:
    """As WCAG 2 defines it."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("type", TYPES, ids=range(len(TYPES)))
@pytest.mark.parametrize(
    "name", ["A", "Prepare", "W" * 64, "a-long_name-ThatIsBroken" * 3, "日本語" * 20], ids=range(5)
)
def test_texts_fit_their_boxes(type: str, name: str) -> None:
    (box,) = review.graph(definition(step(name, type))).boxes
    shown = face(box)
    assert all(width_of(text) <= shown.width for text in shown.texts)
    assert "".join(text.text for text in shown.texts if text.kind == "name") == name[: len(name)]


def test_names_are_broken_where_a_reader_would() -> None:
    assert broken("PrepareTheTrainingData-for_europe", 110, 13, 4, bold=True) == [
        "PrepareThe",
        "TrainingData-",
        "for_europe",
    ]
    assert broken("x" * 5000, 110, 13, 2) == ["x" * 14, "x" * 13 + "…"]
    assert text_width("WW", 10) > text_width("ii", 10)


def test_states_have_a_glyph_and_a_word() -> None:
    ends = ["Succeeded", "Failed", "Executing", "not run", "waiting", "Stopped"]
    states = {name: said(status, "1.0 s") for name, status in zip(ABALONE.step_names, ends, strict=True)}
    shown = texts(drawn(ABALONE, states=states))
    assert {"✓ Succeeded 1.0 s", "✗ Failed 1.0 s", "● Executing 1.0 s", "■ Stopped 1.0 s"} <= set(shown)
    assert {"not run 1.0 s", "· waiting 1.0 s"} <= set(shown)


def test_a_hundred_nested_conditions_are_drawn() -> None:
    deep = nested(300)
    for picture in (drawn(deep), review.mermaid(review.graph(deep)), review.text(review.folded(review.graph(deep)))):
        assert "Check7" in picture
    whole = review.svg(review.graph(deep), whole=True)
    assert {f"Check{i}" for i in range(100)} <= set(texts(whole))


def test_much_is_drawn_whole_when_asked() -> None:
    shown = mixed(300)
    assert set(shown.step_names) <= set(texts(review.svg(review.graph(shown), whole=True)))


def test_the_widest_picture_is_limited() -> None:
    thousands = definition(*(step(f"S{i}", f"T{i % 700}") for i in range(3000)))
    assert len(texts(drawn(thousands))) < 2000


def test_of_many_parameters_the_first_are_shown() -> None:
    many = [{"Name": f"Parameter{i}", "Type": "String", "DefaultValue": "x" * 30} for i in range(200)]
    shown = [text for text in texts(drawn(definition(step("A"), Parameters=many))) if "Parameter" in text]
    assert len(shown) <= 8
    last = re.search(r"Parameter(\d+)=x+ and (\d+) more$", shown[-1])
    assert last
    assert int(last[1]) + 1 + int(last[2]) == 200


def test_a_pipeline_without_steps_says_so() -> None:
    assert texts(drawn(definition(), title="Empty")) == ["Empty", "no steps"]
