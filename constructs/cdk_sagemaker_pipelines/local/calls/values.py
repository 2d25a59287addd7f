"""What the calls of an attempt name: its roles, and the values of the variables that are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from .attempt import Attempt, Use
from .of_calls import callback, lambda_
from .of_checks import check
from .of_emr import emr, emr_serverless
from .of_hosting import endpoint, endpoint_config, inference_component
from .of_jobs import auto_ml, job, processing, training, transform, tuning
from .of_models import model, register_model
from .of_records import cleanup, lineage

READERS: Mapping[str, Callable[[Attempt], Iterator[Use]]] = {
    "Processing": processing,
    "Training": training,
    "Tuning": tuning,
    "AutoML": auto_ml,
    "Transform": transform,
    "Job": job,
    "Model": model,
    "RegisterModel": register_model,
    "EndpointConfig": endpoint_config,
    "Endpoint": endpoint,
    "InferenceComponent": inference_component,
    "ClarifyCheck": check,
    "QualityCheck": check,
    "Callback": callback,
    "Lambda": lambda_,
    "EMR": emr,
    "EMRServerless": emr_serverless,
    "Lineage": lineage,
    "Cleanup": cleanup,
}
"""Of each type that the engine hands to a runner."""


def uses(attempt: Attempt) -> list[Use]:
    """What the step makes its calls with; none of a type that makes none."""
    of_type = READERS.get(attempt.type)
    return [] if of_type is None else list(of_type(attempt))
