"""What a transform needs: it has no role of its own, the role of its model reads and writes the data of the job.

Here is what the model's role may do, from parts in ``base/job``. That the pipeline's role may create, describe, stop
and tag the job follows from the row of the type, with its ``actions``: ``base/job.created``. A type that needs
more has a line in ``PIPELINE`` of ``iam/types/__init__.py`` and a function ``pipeline``; a transform does not.
"""

from __future__ import annotations

from collections.abc import Iterator

from ....language.field import Field
from ....language.step_types import STEP_TYPES
from ...models import role_of_model
from ...needs import Needs, RoleNeeds
from ...permissions import Permission
from ..base import job


def jobs(need: Needs) -> RoleNeeds:
    """What the model's role needs: the data of the job."""
    role = role_of_model(need.definition, need.environment, need.arguments.at("ModelName"))
    yield from need.of(role, transform_job(need, need.arguments))


def transform_job(need: Needs, request: Field) -> Iterator[Permission]:
    """What one transform job needs, also one that tries a version out."""
    row = STEP_TYPES["Transform"]
    yield from job.inputs(need, request, row)
    yield from job.outputs(need, request, row)
    yield from need.output_key(request.at("DataCaptureConfig", "KmsKeyId"))
    yield from job.surroundings(need, request, row)
