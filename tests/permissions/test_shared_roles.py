"""A role that very many steps share: wider than one step, and not wider than its pipeline."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cdk_sagemaker_pipelines.iam.environment import Code, Environment, Location
from cdk_sagemaker_pipelines.iam.permissions import Permission, document
from cdk_sagemaker_pipelines.iam.shared_roles import coarser
from tests.permissions.calls import HERE
from tests.permissions.evaluator import Request, allowed

ROLE = f"arn:aws:iam::{HERE['a']}:role/Shared"
PLACE = Environment("aws", HERE["r"], HERE["a"], "Orders")
OUTPUTS = Location("artifacts", "Orders")
BUCKET = "arn:aws:s3:::artifacts"
OF_STEPS = [
    Permission(("s3:GetObject", "s3:PutObject"), (f"{BUCKET}/Orders/*/{step}/output/*", "arn:aws:s3:::raw/orders/*"))
    for step in ("Prepare", "Train")
] + [
    Permission(("s3:ListBucket",), (BUCKET,), {"StringLike": {"s3:prefix": [f"Orders/*/{step}/output/*"]}})
    for step in ("Prepare", "Train")
]


def _allowed(*asked: tuple[str, str, str | None]) -> list[bool]:
    policy = document(coarser(OF_STEPS, PLACE, OUTPUTS))
    requests = []
    for action, resource, prefix in asked:
        context = {} if prefix is None else {"s3:prefix": prefix}
        requests.append(Request(ROLE, f"s3:{action}", resource, context, (policy,)))
    return allowed(requests)


def test_what_each_step_needs_is_allowed() -> None:
    needed = [
        *(("PutObject", f"{BUCKET}/Orders/l040/{step}/output/a.csv", None) for step in ("Prepare", "Train")),
        *(("ListBucket", BUCKET, f"Orders/l040/{step}/output/") for step in ("Prepare", "Train")),
        ("GetObject", "arn:aws:s3:::raw/orders/a.csv", None),
    ]
    assert all(_allowed(*needed))


def test_what_is_not_the_pipelines_stays_denied() -> None:
    near = [
        ("PutObject", f"{BUCKET}/Orders-other/l040/Train/output/a.csv", None),
        ("PutObject", f"{BUCKET}/Others/l040/Train/output/a.csv", None),
        ("PutObject", f"{BUCKET}/history.csv", None),
        ("PutObject", "arn:aws:s3:::artifacts-other/Orders/l040/Train/output/a.csv", None),
        ("GetObject", "arn:aws:s3:::raw/elsewhere/a.csv", None),
        ("ListBucket", BUCKET, "Others/"),
        ("ListBucket", BUCKET, None),
    ]
    assert not any(_allowed(*near))


ELSEWHERE = [
    f"{BUCKET}/teams/Orders/*/Train/output/*",
    "arn:aws:s3:::raw/Orders/*/only-this/*",
    "arn:aws:s3:::artifacts-other/Orders/*/Train/output/*",
    f"{BUCKET}/Orders/${{*}}/Train/output/*",
    f"{BUCKET}/Orders/*.py",
]
"""What looks like an output of the executions, and is none."""


@pytest.mark.parametrize("arn", ELSEWHERE)
def test_what_only_looks_like_an_output_is_not_widened(arn: str) -> None:
    read = Permission(("s3:GetObject",), (arn, f"{BUCKET}/Orders/*/Train/output/*"))
    assert set(coarser([read], PLACE, OUTPUTS)[0].resources) == {arn, f"{BUCKET}/Orders/*"}


def test_listing_is_only_widened_in_the_bucket_of_the_outputs() -> None:
    prefixes = {"StringLike": {"s3:prefix": ["Orders/*/Train/*"]}}
    listing = Permission(("s3:ListBucket",), (BUCKET, "arn:aws:s3:::raw"), prefixes)
    assert [
        (each.resources, each.conditions["StringLike"]["s3:prefix"]) for each in coarser([listing], PLACE, OUTPUTS)
    ] == [
        (("arn:aws:s3:::raw",), ["Orders/*/Train/*"]),
        ((BUCKET,), ["Orders/*"]),
    ]


def test_nothing_is_widened_without_default_outputs() -> None:
    assert coarser(OF_STEPS, PLACE, None) == OF_STEPS


@pytest.mark.parametrize(
    ("code", "wider"), [("Orders/*.py", False), ("Orders/*/analysis_config.json", False), ("Orders/Check/*.py", True)]
)
def test_nothing_is_widened_over_files_of_other_apps(code: str, wider: bool) -> None:
    """With the bucket of CDK's assets for artifacts, templates may lie beside the code."""
    own = replace(PLACE, code={"Train": [Code("artifacts", code)]})
    assert (coarser(OF_STEPS, own, OUTPUTS) != OF_STEPS) is wider
