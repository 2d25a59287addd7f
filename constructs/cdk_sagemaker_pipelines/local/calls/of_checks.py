"""The values of checks: those of their processing job, and what they compare with."""

from __future__ import annotations

from collections.abc import Iterator

from .attempt import Attempt, Use
from .named import cased
from .of_jobs import processing
from .places import file, is_place


def check(attempt: Attempt) -> Iterator[Use]:
    """A check of data or of a model."""
    yield from processing(attempt)
    role = attempt.role_arn(attempt.text("RoleArn"))
    group = attempt.said.get("ModelPackageGroupName")
    if isinstance(group, str) and group:
        yield attempt.use(cased(group=group.rpartition("/")[2]))
    for what in ("constraints", "statistics"):
        uri = attempt.said.get(f"SuppliedBaseline{what.title()}")
        if isinstance(uri, str) and is_place(uri):
            yield attempt.use(file(attempt, what, uri), job=role)
    model = attempt.said.get("ModelName")
    if isinstance(model, str) and model:
        # the endpoint that it makes for itself gets a name of its own
        yield attempt.use({"run": "1700000000-1a2b", "model_step": model}, "predictor", job=role)
