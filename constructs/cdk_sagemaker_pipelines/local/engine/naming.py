"""The names that the service gives to jobs.

Seen in listings of AWS: pipelines-<execution id>-<step>-<token>; of tuning and AutoML jobs, whose names are short,
<execution id>-<step, 7 characters>-<token>. A name in the step's arguments is a prefix.
"""

from __future__ import annotations

import secrets
import string

from ...language import StepView

MAX_JOB_NAME = 63
MAX_SHORT_NAME = 32

_TOKEN = string.ascii_lowercase + string.digits

_NAME_MEMBERS = {
    "Processing": "ProcessingJobName",
    "Training": "TrainingJobName",
    "Transform": "TransformJobName",
    "Tuning": "HyperParameterTuningJobName",
    "AutoML": "AutoMLJobName",
    "Model": "ModelName",
}


def job_name(step: StepView, execution_id: str) -> str:
    """A new name for the step's job or resource."""
    token = "".join(secrets.choice(_TOKEN) for _ in range(10))
    short = step.type in ("Tuning", "AutoML")
    limit = MAX_SHORT_NAME if short else MAX_JOB_NAME
    prefix = step.arguments.get(_NAME_MEMBERS.get(step.type, ""))
    if not isinstance(prefix, str) or not prefix:
        name = step.name.lower() if step.type == "Model" else step.name[: 7 if short else 20]
        name = name.replace("_", "-").strip("-")
        prefix = f"{execution_id[:12]}-{name}" if short else f"pipelines-{execution_id[:12]}-{name}"
    return f"{prefix[: limit - 11].rstrip('-')}-{token}"
