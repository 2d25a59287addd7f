"""What each step type needs: of the pipeline's role, and of the roles that its jobs run with.

What the row of a type says is derived in `base/job`; what is special to it has a module of its own,
``<family>/<type>``: ``pipeline`` for the pipeline's role, ``jobs`` for the roles of its jobs.
Pure: from the rendered arguments alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...language.later import later_function
from ..needs import Needs, RoleNeeds
from ..permissions import Permission
from .base import job as shared

PipelineNeeds = Callable[[Needs], Iterator[Permission]]
JobNeeds = Callable[[Needs], RoleNeeds]
"""Each permission with the ARN of the role that needs it."""


def _in(module: str, name: str) -> Callable[[Needs], Iterator[Any]]:
    """A function of a module here, which is loaded for the first step of a type that needs it."""
    return later_function(f"{__name__}.{module}", name)


PIPELINE: Mapping[str, PipelineNeeds] = {
    "Callback": _in("calls.callback", "pipeline"),
    "ClarifyCheck": _in("checks.clarify_check", "pipeline"),
    "Cleanup": _in("records.cleanup", "pipeline"),
    "EMR": _in("emr.emr", "pipeline"),
    "EMRServerless": _in("emr.emr_serverless", "pipeline"),
    "Endpoint": _in("hosting.hosting", "endpoint"),
    "EndpointConfig": _in("hosting.hosting", "endpoint_config"),
    "InferenceComponent": _in("hosting.hosting", "inference_component"),
    "Job": _in("jobs.job", "pipeline"),
    "Lambda": _in("calls.lambda_", "pipeline"),
    "Lineage": _in("records.lineage", "pipeline"),
    "Model": _in("models.model", "pipeline"),
    "Processing": _in("jobs.processing", "pipeline"),
    "QualityCheck": _in("checks.quality_check", "pipeline"),
    "RegisterModel": _in("models.register_model", "pipeline"),
    "Training": _in("jobs.training", "pipeline"),
    "Tuning": _in("jobs.tuning", "pipeline"),
}
"""What the pipeline's role needs that no row says, by the step's type."""

JOBS: Mapping[str, JobNeeds] = {
    "AutoML": _in("jobs.auto_ml", "jobs"),
    "Callback": _in("calls.callback", "jobs"),
    "ClarifyCheck": _in("checks.clarify_check", "jobs"),
    "EMR": _in("emr.emr", "jobs"),
    "EMRServerless": _in("emr.emr_serverless", "jobs"),
    "Endpoint": _in("hosting.hosting", "endpoint_roles"),
    "EndpointConfig": _in("hosting.hosting", "endpoint_config_roles"),
    "InferenceComponent": _in("hosting.hosting", "inference_component_roles"),
    "Job": _in("jobs.job", "jobs"),
    "Model": _in("models.model", "jobs"),
    "Processing": _in("jobs.processing", "jobs"),
    "QualityCheck": _in("checks.quality_check", "jobs"),
    "RegisterModel": _in("models.register_model", "jobs"),
    "Training": _in("jobs.training", "jobs"),
    "Transform": _in("jobs.transform", "jobs"),
    "Tuning": _in("jobs.tuning", "jobs"),
}
"""What the roles of the jobs need, by the step's type, where the row does not say all."""


def of_pipeline(need: Needs) -> Iterator[Permission]:
    """What the pipeline's role needs for a step."""
    yield from shared.created(need)
    special = PIPELINE.get(need.step.type)
    yield from special(need) if special is not None else ()


def of_jobs(need: Needs) -> RoleNeeds:
    """What the roles of a step's jobs need, but for the data that the step itself names."""
    yield from JOBS.get(need.step.type, shared.jobs)(need)
