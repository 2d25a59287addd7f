"""Names of jobs and models, which the service makes, and the experiment, which is the pipeline's.

Source: the SDK leaves names out, or with ``use_custom_job_prefix`` in as literal prefixes; of a job's ExperimentConfig
it leaves in the name for people only.
"""

from __future__ import annotations

from collections.abc import Iterator

from ....expressions import is_expression_json
from ....field import Field
from ....findings import Finding
from ....step_types import STEP_TYPES, row_of
from ...over import over


@over(*(row.name for row in STEP_TYPES.values() if row.name_prefix))
def name_prefixes(arguments: Field) -> Iterator[Finding]:
    """A name is a prefix, to which the service adds; whether it takes an expression there is not known."""
    name = arguments.at(str(row_of(arguments.step.type).name_prefix))
    if is_expression_json(name.value):
        text = "is the prefix of the names that the service makes; write a literal or leave it out"
        yield name.finding("name-prefix", text, "warning")


@over("Processing", "Training", "Transform", "ClarifyCheck", "QualityCheck")
def experiments(arguments: Field) -> Iterator[Finding]:
    """A job belongs to the experiment of its pipeline."""
    for name in ("ExperimentName", "TrialName", "RunName"):
        member = arguments.at("ExperimentConfig", name)
        if member.given:
            text = "is the pipeline's to say, in PipelineExperimentConfig; the SDK leaves it out of a step"
            yield member.finding("step-experiment", text, "warning")
