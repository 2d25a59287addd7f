"""What each step type needs, one module a type: of the pipeline's role, and of the roles that its jobs run with.

Pure: from the rendered arguments alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ..needs import Needs, RoleNeeds
from ..permissions import Permission
from .calls import callback, lambda_
from .checks import clarify_check, quality_check
from .emr import emr, emr_serverless
from .hosting import hosting
from .jobs import auto_ml, job, processing, training, transform, tuning
from .models import model, register_model
from .records import cleanup, lineage

PipelineNeeds = Callable[[Needs], Iterator[Permission]]
JobNeeds = Callable[[Needs], RoleNeeds]

PIPELINE: Mapping[str, PipelineNeeds] = {
    "AutoML": auto_ml.pipeline,
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
    "Transform": transform.pipeline,
    "Tuning": tuning.pipeline,
}
"""What the pipeline's role needs, by the step's type."""

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
"""What the roles of the jobs need, by the step's type."""
