"""Names of jobs and models, which the service generates, and the experiment, which belongs to the pipeline.

Source: the SDK omits names or, with ``use_custom_job_prefix``, keeps them as literal prefixes; of a job's
ExperimentConfig it only keeps the display name.
"""

from __future__ import annotations

from collections.abc import Iterator

from ....field import Field
from ....findings import Finding
from ....references import is_expression_json
from ....step_types import STEP_TYPES, row_of
from ...over import over


@over(*(row.name for row in STEP_TYPES.values() if row.name_prefix))
def name_prefixes(arguments: Field) -> Iterator[Finding]:
    """A name is a prefix that the service extends; whether it can be an expression is not known."""
    name = arguments.at(str(row_of(arguments.step.type).name_prefix))
    if is_expression_json(name.value):
        text = "is the prefix of the names that the service generates; write a literal or leave it out"
        yield name.finding("name-prefix", text, "warning")


@over("Processing", "Training", "Transform", "ClarifyCheck", "QualityCheck")
def experiments(arguments: Field) -> Iterator[Finding]:
    """A job belongs to its pipeline's experiment."""
    for name in ("ExperimentName", "TrialName", "RunName"):
        for member in arguments.every("ExperimentConfig", name):
            text = "belongs to the pipeline, in PipelineExperimentConfig; the SDK omits it from steps"
            yield member.finding("step-experiment", text, "warning")
