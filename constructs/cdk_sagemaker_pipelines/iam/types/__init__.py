"""What each step type needs, one module a type: of the pipeline's role, and of the roles that its jobs run with.

Pure: from the rendered arguments alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...language import Definition, Step
from ..permissions import Permission
from ..places import Place
from . import (
    auto_ml,
    callback,
    clarify_check,
    emr,
    emr_serverless,
    lambda_,
    processing,
    quality_check,
    training,
    tuning,
)

PipelineNeeds = Callable[[Definition, Step, Place], Iterator[Permission]]
JobNeeds = Callable[[Definition, Step, Place], Iterator[tuple[Any, Permission]]]
"""Each permission with the ARN of the role that needs it."""

PIPELINE: Mapping[str, PipelineNeeds] = {
    "AutoML": auto_ml.pipeline,
    "Callback": callback.pipeline,
    "ClarifyCheck": clarify_check.pipeline,
    "EMR": emr.pipeline,
    "EMRServerless": emr_serverless.pipeline,
    "Lambda": lambda_.pipeline,
    "Processing": processing.pipeline,
    "QualityCheck": quality_check.pipeline,
    "Tuning": tuning.pipeline,
}
"""What the pipeline's role needs, by the step's type."""

JOBS: Mapping[str, JobNeeds] = {
    "AutoML": auto_ml.jobs,
    "ClarifyCheck": clarify_check.jobs,
    "EMR": emr.jobs,
    "EMRServerless": emr_serverless.jobs,
    "Processing": processing.jobs,
    "QualityCheck": quality_check.jobs,
    "Training": training.jobs,
    "Tuning": tuning.jobs,
}
"""What the roles of the jobs need, by the step's type."""
