"""Mermaid and Graphviz."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from cdk_sagemaker_pipelines import review
from cdk_sagemaker_pipelines.language import Definition
from tests.review.definitions import ABALONE, definition, get, step

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
    assert review.mermaid(ABALONE) == (
        "flowchart TD\n"
        '  s0["Prepare<br/>Processing"]\n'
        '  s1["Train<br/>Training"]\n'
        '  s2["Evaluate<br/>Processing"]\n'
        '  s3{{"CheckMse<br/>Evaluate.report:metrics.mse #lt;= MaxMse"}}\n'
        '  s4["Register<br/>RegisterModel"]\n'
        '  s5[["TooInaccurate<br/>Fail"]]\n'
        '  s0 -- "train" --> s1\n'
        '  s1 -- "ModelArtifacts" --> s2\n'
        '  s0 -- "test" --> s2\n'
        '  s2 -- "report" --> s3\n'
        '  s1 -- "ModelArtifacts" --> s4\n'
        '  s3 -- "true" --> s4\n'
        '  s3 -- "false" --> s5\n'
    )


def test_mermaid_puts_the_body_of_a_loop_in_a_box() -> None:
    assert '  subgraph s0_body ["each of Each"]\n    s1["A<br/>Processing"]\n' in review.mermaid(LOOP)
    assert "  s1 --> s2\n" in review.mermaid(LOOP)


def test_mermaid_escapes() -> None:
    assert "a #92;" not in review.mermaid(NASTY)
    assert "#quot;a \\#quot;b\\#quot; \\\\ #lt;c#gt; #amp; #35;d #96;e#96;#quot; = X" in review.mermaid(NASTY)


def test_no_text_becomes_a_mermaid_directive() -> None:
    text = "%%{init: {'themeCSS': '.node {visibility: hidden}'}}%% 5%"
    condition = {"Type": "Equals", "LeftValue": get("Parameters.X"), "RightValue": text}
    steps = step("a%%b"), step("Check", "Condition", Conditions=[condition], IfSteps=[step("c%d")])
    drawn = review.mermaid(definition(*steps))
    assert "%" not in drawn
    assert "#37;#37;{init:" in drawn
    assert "5#37;" in drawn


def test_no_text_is_a_formula() -> None:
    """mermaid gives what is between two pairs of dollars to KaTeX, and draws nothing when that refuses it."""
    condition = {"Type": "Equals", "LeftValue": get("Parameters.X"), "RightValue": r"$$\foo$$"}
    steps = step(r"a$$\foo$$$b $1"), step("Check", "Condition", Conditions=[condition], IfSteps=[step("c")])
    drawn = review.mermaid(definition(*steps))
    assert "$$" not in drawn
    assert r'["a$#8203;$\foo$#8203;$#8203;$b $1<br/>' in drawn


def test_dot() -> None:
    drawn = review.dot(ABALONE, title="Abalone")
    assert '"Prepare" -> "Train" [label="train"];' in drawn
    assert '"CheckMse" -> "TooInaccurate" [label="false"];' in drawn
    assert 'label="Abalone"' in drawn


def test_dot_draws_mere_waiting_as_a_dashed_edge() -> None:
    assert '"A" -> "B" [style=dashed];' in review.dot(LOOP)


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("drawn", [ABALONE, NASTY, LOOP])
def test_graphviz_reads_it(drawn: Definition) -> None:
    result = subprocess.run(
        ["dot", "-Tsvg"],
        input=review.dot(drawn),
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
