"""Mermaid and Graphviz, and what all formats have in common."""

from __future__ import annotations

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
        '  s0["Prepare<br/>Processing"]\n'
        '  s1["Train<br/>Training"]\n'
        '  s2["Evaluate<br/>Processing"]\n'
        '  s3{{"CheckMse<br/>if Evaluate.report:metrics.mse #lt;= MaxMse"}}\n'
        '  subgraph s3_IfSteps ["if true"]\n'
        "    direction TB\n"
        '    s4[("Register<br/>RegisterModel")]\n'
        "  end\n"
        '  subgraph s3_ElseSteps ["if false"]\n'
        "    direction TB\n"
        '    s5[/"TooInaccurate<br/>Fail"\\]\n'
        "  end\n"
        "  s3 --> s3_IfSteps\n"
        "  s3 --> s3_ElseSteps\n"
        '  s0 -- "train" --> s1\n'
        '  s1 -- "ModelArtifacts" --> s2\n'
        '  s0 -- "test" --> s2\n'
        '  s2 -- "report" --> s3\n'
        '  s1 -- "ModelArtifacts" --> s4\n'
        "  classDef note fill:#ffffff,stroke:#8c959f,color:#1f2328,stroke-dasharray:2 3,text-align:left\n"
        "  class parameters note\n"
        "  classDef jobs fill:#ddf4ff,stroke:#0969da,color:#1f2328\n"
        "  class s0,s1,s2 jobs\n"
        "  classDef control fill:#f6f8fa,stroke:#32383f,color:#1f2328\n"
        "  class s3 control\n"
        "  classDef models fill:#f6edff,stroke:#8250df,color:#1f2328\n"
        "  class s4 models\n"
        "  classDef box fill:transparent,stroke:#8c959f\n"
        "  class s3_IfSteps,s3_ElseSteps box\n"
        "  classDef fail fill:#ffe4e1,stroke:#b42318,color:#1f2328\n"
        "  class s5 fail\n"
    )


def test_mermaid_puts_the_body_of_a_loop_in_a_box() -> None:
    drawn = review.mermaid(review.graph(LOOP))
    assert '  subgraph s0 ["Each · ForEach · for each of [1]"]\n    direction TB\n    s1["A<br/>Processing"]\n' in drawn
    assert "  s1 -.-> s2\n" in drawn, "mere order is dotted"
    assert '  s0 -- "InputItemCount" --> s3\n' in drawn
    assert "s0 --> s1" not in drawn, "a box has no arrow to what is inside it"


def test_the_same_link_with_another_trigger_is_dotted_and_says_so() -> None:
    failed = definition(step("Train"), step("Page", depends_on=[{"Step": "Train", "Trigger": "Failed"}]))
    assert '  s0 -. "on failed" .-> s1\n' in review.mermaid(review.graph(failed))


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
    places = [both.rindex(text) for text in ("First", "Prepare", "Second", "After")]
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
