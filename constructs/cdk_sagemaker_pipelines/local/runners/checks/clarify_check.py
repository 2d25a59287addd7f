"""ClarifyCheck steps: simulated, because SageMaker Clarify only exists inside its image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ....language import StepView
from ...engine.runner import StepContext
from ..base.request import invoke
from ..base.simulation import leave
from .baseline_check import Baseline, CheckRunner


class ClarifyCheckRunner(CheckRunner):
    """Checks dataset, configuration and model, and leaves an empty analysis.json."""

    type = "ClarifyCheck"
    what = "Clarify only runs in its own image; analysis.json is a placeholder"
    registered: ClassVar[Mapping[str, Mapping[str, tuple[str, str]]]] = {
        "DATA_BIAS": {"Constraints": ("Bias", "PreTrainingConstraints")},
        "MODEL_BIAS": {"Constraints": ("Bias", "PostTrainingConstraints")},
        "MODEL_EXPLAINABILITY": {"Constraints": ("Explainability", "Constraints")},
    }

    def look_further(self, context: StepContext, step: StepView) -> None:
        model = context.evaluate(step.json.get("ModelName"))
        if model:
            invoke(context.services.client("sagemaker"), "DescribeModel", {"ModelName": model})

    def leave_baseline(self, context: StepContext, check: str, place: str) -> Baseline:
        member = {
            "DATA_BIAS": "pre_training_bias_metrics",
            "MODEL_BIAS": "post_training_bias_metrics",
            "MODEL_EXPLAINABILITY": "explanations",
        }[check]
        analysis: dict[str, Any] = {"version": "1.0", member: {}, "simulated": True}
        return {"Constraints": leave(context, place, "analysis.json", analysis)}
