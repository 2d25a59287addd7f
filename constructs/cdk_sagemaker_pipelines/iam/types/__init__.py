"""What each step type needs: of the pipeline's role, and of the roles that its jobs run with.

What the row of a type says is derived in `base/job`; what is special to it has a module of its own,
``<family>/<type>``: ``pipeline`` for the pipeline's role, ``jobs`` for the roles of its jobs.
Pure: from the rendered arguments alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ..needs import Needs, RoleNeeds
from ..permissions import Permission
from .base import job as shared
from .calls import callback, lambda_
from .checks import clarify_check, quality_check
from .emr import emr, emr_serverless
from .hosting import hosting
from .jobs import auto_ml, job, processing, training, transform, tuning
from .models import model, register_model
from .records import cleanup, lineage

PipelineNeeds = Callable[[Needs], Iterator[Permission]]
JobNeeds = Callable[[Needs], RoleNeeds]
"""Each permission with the ARN of the role that needs it."""

PIPELINE: Mapping[str, PipelineNeeds] = {
    "Callback": callback.pipeline,
    "ClarifyCheck": clarify_check.pipeline,
    "Cleanup": cleanup.pipeline,
    "EMR": emr.pipeline,
    "EMRServerless": emr_serverless.pipeline,
    "Endpoint": hosting.endpoint,
    "EndpointConfig": hosting.endpoint_config,
    "InferenceComponent": hosting.inference_component,
    "Job": job.pipeline,
    "Lambda": lambda_.pipeline,
    "Lineage": lineage.pipeline,
    "Model": model.pipeline,
    "Processing": processing.pipeline,
    "QualityCheck": quality_check.pipeline,
    "RegisterModel": register_model.pipeline,
    "Training": training.pipeline,
    "Tuning": tuning.pipeline,
}
"""What the pipeline's role needs that no row says, by the step's type."""

JOBS: Mapping[str, JobNeeds] = {
    "AutoML": auto_ml.jobs,
    "ClarifyCheck": clarify_check.jobs,
    "EMR": emr.jobs,
    "EMRServerless": emr_serverless.jobs,
    "Endpoint": hosting.endpoint_roles,
    "EndpointConfig": hosting.endpoint_config_roles,
    "InferenceComponent": hosting.inference_component_roles,
    "Job": job.jobs,
    "Model": model.jobs,
    "Processing": processing.jobs,
    "QualityCheck": quality_check.jobs,
    "RegisterModel": register_model.jobs,
    "Training": training.jobs,
    "Transform": transform.jobs,
    "Tuning": tuning.jobs,
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
