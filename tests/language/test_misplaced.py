"""What is left of an expression's placeholder after a text was cut is found; what only looks like it is not."""

from __future__ import annotations

import pytest

from cdk_sagemaker_pipelines.language import Expression, Join, Parameter, StepReference
from cdk_sagemaker_pipelines.language.misplaced import PLACEHOLDER, problem

SIZE = Parameter.string("InstanceType", default="ml.m5.large")
MODEL = StepReference[str]("Train", ["ModelArtifacts", "S3ModelArtifacts"])
EXPRESSIONS = [SIZE, MODEL, Parameter.integer("N", default=5), Join("/", ["s3:/", Parameter.string("Bucket"), "x"])]


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=lambda expression: str(type(expression).__name__))
def test_a_text_that_was_cut_at_one_end_is_found(expression: Expression[str]) -> None:
    """But for the first two characters, which any text may end with, and for the last few of the code inside."""
    whole = f"{expression}"
    assert [whole[:end] for end in range(3, len(whole)) if problem(whole[:end]) is None] == []
    assert [whole[begin:] for begin in range(1, len(whole) - 16) if problem(whole[begin:]) is None] == []
    assert problem(f"x-{whole[:10]}-y") == problem(whole.strip("${}")) == ("broken-placeholder", PLACEHOLDER)


def test_what_is_between_is_found() -> None:
    assert [(begin, end) for begin in range(1, 12) for end in (40, -1) if problem(f"{SIZE}"[begin:end]) is None] == []
    assert [(begin, end) for begin in range(1, 13) for end in (40, -1) if problem(f"{MODEL}"[begin:end]) is None] == []


@pytest.mark.parametrize(
    "text",
    [
        "${STAGE}", "${Sage}", "${S:-x}/${SM_CHANNEL_TRAINING}", "${SAGEMAKER_SUBMIT_DIRECTORY_OF_OURS}", "$S", "${",
        "Bearer:eyJhbGciOiJIUzI1NiJ9", "eyJOYW1lIjoieCIsIlR5cGUiOiJTdHJpbmcifQ==", '{"digest": "ZGlnZXN0LW9mLXh5eg"}',
    ],
)  # fmt: skip
def test_what_shells_and_others_write_is_not_a_placeholder(text: str) -> None:
    assert problem(text) is None
