"""Names of jobs and models, which the service makes.

Source: the SDK leaves them out, or with ``use_custom_job_prefix`` in as literal prefixes.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...expressions import is_expression_json
from ...findings import Finding
from ..place import Place, over

NAMES = {
    "Processing": "ProcessingJobName",
    "ClarifyCheck": "ProcessingJobName",
    "QualityCheck": "ProcessingJobName",
    "Training": "TrainingJobName",
    "Tuning": "HyperParameterTuningJobName",
    "AutoML": "AutoMLJobName",
    "Transform": "TransformJobName",
    "Model": "ModelName",
    "Job": "JobName",
}


@over(*NAMES)
def name_prefixes(arguments: Place) -> Iterator[Finding]:
    """A name is a prefix, to which the service adds; whether it takes an expression there is not known."""
    name = arguments.at(NAMES[arguments.step.type])
    if is_expression_json(name.value):
        text = "is the prefix of the names that the service makes; write a literal or leave it out"
        yield name.finding("name-prefix", text, "warning")
