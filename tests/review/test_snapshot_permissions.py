"""Roles as text and back: whatever is in a policy, nothing is lost and nothing is taken for something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_sagemaker_pipelines.language import DefinitionError
from cdk_sagemaker_pipelines.review.reviewed.values import Permission, ReviewedRole, Trust
from cdk_sagemaker_pipelines.review.snapshot.permissions import from_text, to_text

WORDS = st.sampled_from(
    [" if ", "on", " all but ", '"', "\\", "*", "${Data.Arn}", "trust: ", ",", "\n", " ", "  ", "é", "a"]
)
TEXTS = st.lists(WORDS, max_size=6).map("".join)
ACTIONS = st.sampled_from(["s3:GetObject", "s3:*", "*", "sts:AssumeRole", ""])
EFFECTS = st.sampled_from(["Allow", "Deny"])
CONDITIONS = st.lists(TEXTS, max_size=2).map(tuple)
INVERTED = st.sampled_from([(), ("NotAction",), ("NotResource",), ("NotAction", "NotResource")])
PERMISSIONS = st.builds(Permission, EFFECTS, ACTIONS, TEXTS, CONDITIONS, INVERTED)
TRUSTS = st.builds(Trust, EFFECTS, ACTIONS, TEXTS, CONDITIONS, st.sampled_from([(), ("NotPrincipal",), ("NotAction",)]))
ROLES = st.builds(
    ReviewedRole,
    st.dictionaries(PERMISSIONS, st.just(()), max_size=4),
    st.sets(TRUSTS, max_size=2).map(sorted).map(tuple),
    st.sets(TEXTS, max_size=2).map(sorted).map(tuple),
    st.none() | TEXTS,
)


@given(st.dictionaries(TEXTS, ROLES, max_size=3))
def test_roles_come_back_as_they_were(roles: dict[str, ReviewedRole]) -> None:
    text = to_text(roles)
    assert from_text(text) == roles
    assert list(from_text(text)) == list(roles)
    assert to_text(from_text(text)) == text


def test_the_lines() -> None:
    reading = [Permission("Allow", action, "arn:aws:s3:::data/*") for action in ("s3:ListBucket", "s3:GetObject")]
    denied = Permission("Deny", "iam:*", "*", ("aws:SourceAccount is <account>",), ("NotAction",))
    trust = Trust("Allow", "sts:AssumeRole", "sagemaker.amazonaws.com")
    role = ReviewedRole(dict.fromkeys([*reading, denied], ()), (trust,), ("arn:x",), "arn:y")
    assert to_text({"Pipeline/Role": role}).splitlines() == [
        "Pipeline/Role",
        "  trust: sts:AssumeRole by sagemaker.amazonaws.com",
        "  managed policy: arn:x",
        "  boundary: arn:y",
        "  Deny: all but iam:* on * if aws:SourceAccount is <account>",
        "  s3:GetObject, s3:ListBucket on arn:aws:s3:::data/*",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("  s3:* on *\n", "line 1 is not understood: it is not below a role"),
        ("Role\n  s3:* at *\n", "'s3:\\* at \\*' is not a permission"),
        ("Role\n  trust: s3:* on *\n", "'s3:\\* on \\*' is not a permission"),
        ('Role\n  boundary: "a\n', '"a is not a text in quotes'),
    ],
)
def test_other_text_is_refused(text: str, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        from_text(text)
