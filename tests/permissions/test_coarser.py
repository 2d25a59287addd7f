"""A role that very many steps share: wider than one step, and not wider than its pipeline."""

from __future__ import annotations

from cdk_sagemaker_pipelines.iam.coarser import coarser
from cdk_sagemaker_pipelines.iam.permissions import Permission, document
from cdk_sagemaker_pipelines.iam.places import Place
from tests.permissions.calls import HERE
from tests.permissions.evaluator import Request, allowed

ROLE = f"arn:aws:iam::{HERE['a']}:role/Shared"
PLACE = Place("aws", HERE["r"], HERE["a"], "Orders")
BUCKET = "arn:aws:s3:::artifacts"
OF_STEPS = [
    Permission(("s3:GetObject", "s3:PutObject"), (f"{BUCKET}/Orders/*/{step}/output/*", "arn:aws:s3:::raw/orders/*"))
    for step in ("Prepare", "Train")
] + [
    Permission(("s3:ListBucket",), (BUCKET,), {"StringLike": {"s3:prefix": [f"Orders/*/{step}/output/*"]}})
    for step in ("Prepare", "Train")
]


def _allowed(*asked: tuple[str, str, str | None]) -> list[bool]:
    policy = document(coarser(OF_STEPS, PLACE))
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


def test_what_is_not_the_pipelines_stays_closed() -> None:
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
