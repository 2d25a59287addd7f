"""Mermaid and Graphviz, and what all formats have in common."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable

import pytest

from cdk_sagemaker_pipelines import review
from cdk_sagemaker_pipelines.language import Definition
from tests.review.definitions import ABALONE, definition, get, step
from tests.review.shapes import mixed, nested

NASTY = definition(
    step("end", "Fail", ErrorMessage='say "no" to <b> & \\n #1 `x`'),
    step(
        "Check",
        "Condition",
        Conditions=[{"Type": "Equals", "LeftValue": 'a "b" \\ <c> & #d `e`', "RightValue": get("Parameters.X")}],
        IfSteps=[step("graph")],
    ),
)
LOOP = definition(
    step("Each", "ForEach", IterableItems=[1], ForEachBody=[step("A"), step("B", depends_on=["A"])]),
    step("After", Count=get("Steps.Each.InputItemCount")),
)


def test_mermaid() -> None:
    assert review.mermaid(review.graph(ABALONE)) == (
        "flowchart TD\n"
        '  parameters["Parameters<br/>MaxMse=6.0<br/>Day"]\n'
        '  s_Prepare["Prepare<br/>Processing"]\n'
        '  s_Train["Train<br/>Training"]\n'
        '  s_Evaluate["Evaluate<br/>Processing"]\n'
        '  s_CheckMse{{"CheckMse<br/>if Evaluate.report:metrics.mse #lt;= MaxMse"}}\n'
        '  subgraph IfSteps_s_CheckMse ["if true"]\n'
        "    direction TB\n"
        '    s_Register[("Register<br/>RegisterModel")]\n'
        "  end\n"
        '  subgraph ElseSteps_s_CheckMse ["if false"]\n'
        "    direction TB\n"
        '    s_TooInaccurate[/"TooInaccurate<br/>Fail"\\]\n'
        "  end\n"
        "  s_CheckMse --> IfSteps_s_CheckMse\n"
        "  s_CheckMse --> ElseSteps_s_CheckMse\n"
        '  s_Prepare -- "train" --> s_Train\n'
        '  s_Train -- "ModelArtifacts" --> s_Evaluate\n'
        '  s_Prepare -- "test" --> s_Evaluate\n'
        '  s_Evaluate -- "report" --> s_CheckMse\n'
        '  s_Train -- "ModelArtifacts" --> s_Register\n'
        "  classDef note fill:#ffffff,stroke:#8c959f,color:#1f2328,stroke-dasharray:2 3,text-align:left\n"
        "  class parameters note\n"
        "  classDef jobs fill:#ddf4ff,stroke:#0969da,color:#1f2328\n"
        "  class s_Prepare,s_Train,s_Evaluate jobs\n"
        "  classDef control fill:#f6f8fa,stroke:#32383f,color:#1f2328\n"
        "  class s_CheckMse control\n"
        "  classDef models fill:#f6edff,stroke:#8250df,color:#1f2328\n"
        "  class s_Register models\n"
        "  classDef box fill:transparent,stroke:#8c959f\n"
        "  class IfSteps_s_CheckMse,ElseSteps_s_CheckMse box\n"
        "  classDef fail fill:#ffe4e1,stroke:#b42318,color:#1f2328\n"
        "  class s_TooInaccurate fail\n"
    )


def test_mermaid_puts_the_body_of_a_loop_in_a_box() -> None:
    drawn = review.mermaid(review.graph(LOOP))
    assert (
        '  subgraph s_Each ["Each · ForEach · for each of [1]"]\n    direction TB\n    s_A["A<br/>Processing"]\n'
        in drawn
    )
    assert "  s_A -.-> s_B\n" in drawn, "mere order is dotted"
    assert '  s_Each -- "InputItemCount" --> s_After\n' in drawn
    assert "s_Each --> s_A" not in drawn, "a box has no arrow to what is inside it"


def test_the_same_link_with_another_trigger_is_dotted_and_says_so() -> None:
    failed = definition(step("Train"), step("Page", depends_on=[{"Step": "Train", "Trigger": "Failed"}]))
    assert '  s_Train -. "on failed" .-> s_Page\n' in review.mermaid(review.graph(failed))


@pytest.mark.parametrize("front", [True, False], ids=["first", "last"])
def test_a_step_more_changes_no_other_line(front: bool) -> None:
    old = [step("Prepare"), step("Train", "Training", depends_on=["Prepare"])]
    more = step("Look", "Lambda")
    before = review.mermaid(review.graph(definition(*old))).splitlines()
    after = review.mermaid(review.graph(definition(*([more, *old] if front else [*old, more])))).splitlines()
    assert [line for line in before if line not in after] == []
    assert len(after) == len(before) + 3, "a box, and the class of its family"


ODD = (
    "end",
    "END",
    "graph",
    "style",
    "subgraph",
    "default",
    "click",
    "a-b",
    "a_b",
    "a_b_2",
    "a b",
    "",
    "é",
    "o--x",
    "end",
)


def test_boxes_are_called_apart_whatever_their_steps_are() -> None:
    inside = [step(name) for name in ODD[:3]]
    steps = [*(step(name) for name in ODD), step("x" * 99), step("x" * 98), step("c", "Condition", IfSteps=inside)]
    drawn = review.mermaid(review.graph(definition(*steps, Parameters=[{"Name": "P", "Type": "String"}])))
    ids = re.findall(r"^ *(?:subgraph )?(\w+)(?: ?\[|\{\{)", drawn, re.MULTILINE)
    assert len({*ids}) == len(ids) == len(steps) + len(inside) + 2
    assert all(each.startswith(("s_", "IfSteps_s_", "parameters")) for each in ids)


def test_boxes_are_numbered_where_their_names_have_no_room() -> None:
    steps = [
        step(f"{number}{'x' * 60}", depends_on=[f"{number - 1}{'x' * 60}"] if number else []) for number in range(200)
    ]
    drawn = review.mermaid(review.graph(definition(*steps)), whole=True)
    assert "  s0 -.-> s1\n" in drawn


def test_mermaid_escapes() -> None:
    assert "a #92;" not in review.mermaid(review.graph(NASTY))
    assert "#quot;a \\#quot;b\\#quot; \\\\ #lt;c#gt; #amp; #35;d #96;e#96;#quot; = X" in review.mermaid(
        review.graph(NASTY)
    )


def test_no_text_becomes_a_mermaid_directive() -> None:
    text = "%%{init: {'themeCSS': '.node {visibility: hidden}'}}%% 5%"
    condition = {"Type": "Equals", "LeftValue": get("Parameters.X"), "RightValue": text}
    steps = step("a%%b"), step("Check", "Condition", Conditions=[condition], IfSteps=[step("c%d")])
    drawn = review.mermaid(review.graph(definition(*steps)))
    assert "%" not in drawn
    assert "#37;#37;{init:" in drawn
    assert "5#37;" in drawn


def test_no_text_is_a_formula() -> None:
    """mermaid gives what is between two pairs of dollars to KaTeX, and draws nothing when that refuses it."""
    condition = {"Type": "Equals", "LeftValue": get("Parameters.X"), "RightValue": r"$$\foo$$"}
    steps = step(r"a$$\foo$$$b $1"), step("Check", "Condition", Conditions=[condition], IfSteps=[step("c")])
    drawn = review.mermaid(review.graph(definition(*steps)))
    assert "$$" not in drawn
    assert r'["a$#8203;$\foo$#8203;$#8203;$b $1<br/>' in drawn


def test_dot() -> None:
    drawn = review.dot(review.graph(ABALONE, title="Abalone"))
    assert '"s0" -> "s1" [label="train"];' in drawn
    assert '"s3" -> "s5" [label="false"];' in drawn
    assert '"s4" [label="Register\\nRegisterModel", shape=cylinder,' in drawn
    assert '  subgraph "cluster_s3_ElseSteps" {\n    label="if false";' in drawn
    assert '"parameters" [label="Parameters\\nMaxMse=6.0\\nDay"' in drawn
    assert 'label="Abalone"' in drawn


def test_dot_draws_mere_waiting_as_a_dotted_edge() -> None:
    assert '"s1" -> "s2" [style=dotted];' in review.dot(review.graph(LOOP))


@pytest.mark.parametrize("draw", [review.mermaid, review.svg, review.dot, review.text])
def test_several_pipelines_are_in_one_picture(draw: Callable[..., str]) -> None:
    both = draw(review.graph(ABALONE, title="First"), review.graph(LOOP, title="Second"))
    quote = '"' if draw is review.mermaid else ""  # its boxes are called after the steps, too
    places = [both.rindex(quote + text) for text in ("First", "Prepare", "Second", "After")]
    assert places == sorted(places)


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("drawn", [ABALONE, NASTY, LOOP, mixed(100), nested(100)])
def test_graphviz_reads_it(drawn: Definition) -> None:
    result = subprocess.run(
        ["dot", "-Tsvg"],
        input=review.dot(review.folded(review.graph(drawn, title="a"))),
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
