"""What each step type needs: of the pipeline's role, and of the roles that its jobs run with.

What the row of a type says is derived in `base/job`; what is special to it has a module of its own, which is loaded
with the first step of the type. Pure: from the rendered arguments alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from ..needs import Needs, RoleNeeds
from ..permissions import Permission
from .base import job as shared

PIPELINE: Mapping[str, str] = {
    "Callback": "calls.callback.pipeline",
    "ClarifyCheck": "checks.clarify_check.pipeline",
    "Cleanup": "records.cleanup.pipeline",
    "EMR": "emr.emr.pipeline",
    "EMRServerless": "emr.emr_serverless.pipeline",
    "Endpoint": "hosting.hosting.endpoint",
    "EndpointConfig": "hosting.hosting.endpoint_config",
    "InferenceComponent": "hosting.hosting.inference_component",
    "Job": "jobs.job.pipeline",
    "Lambda": "calls.lambda_.pipeline",
    "Lineage": "records.lineage.pipeline",
    "Model": "models.model.pipeline",
    "Processing": "jobs.processing.pipeline",
    "QualityCheck": "checks.quality_check.pipeline",
    "RegisterModel": "models.register_model.pipeline",
    "Training": "jobs.training.pipeline",
    "Tuning": "jobs.tuning.pipeline",
}
"""By the step's type: the function for what the pipeline's role needs that no row says; permissions."""

JOBS: Mapping[str, str] = {
    "AutoML": "jobs.auto_ml.jobs",
    "ClarifyCheck": "checks.clarify_check.jobs",
    "EMR": "emr.emr.jobs",
    "EMRServerless": "emr.emr_serverless.jobs",
    "Endpoint": "hosting.hosting.endpoint_roles",
    "EndpointConfig": "hosting.hosting.endpoint_config_roles",
    "InferenceComponent": "hosting.hosting.inference_component_roles",
    "Job": "jobs.job.jobs",
    "Model": "models.model.jobs",
    "Processing": "jobs.processing.jobs",
    "QualityCheck": "checks.quality_check.jobs",
    "RegisterModel": "models.register_model.jobs",
    "Training": "jobs.training.jobs",
    "Transform": "jobs.transform.jobs",
    "Tuning": "jobs.tuning.jobs",
}
"""By the step's type: the function for what the roles of the jobs need, where the row does not say all; permissions,
each with the ARN of the role that needs it.
"""


@cache
def function(path: str) -> Any:
    """The function at a path below this room."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(f".{module}", __name__), name)


def of_pipeline(need: Needs) -> Iterator[Permission]:
    """What the pipeline's role needs for a step."""
    yield from shared.created(need)
    special = PIPELINE.get(need.step.type)
    yield from function(special)(need) if special is not None else ()


def of_jobs(need: Needs) -> RoleNeeds:
    """What the roles of a step's jobs need, but for the data that the step itself names."""
    special = JOBS.get(need.step.type)
    yield from shared.jobs(need) if special is None else function(special)(need)
