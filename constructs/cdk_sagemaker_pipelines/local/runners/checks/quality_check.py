"""QualityCheck steps: simulated, because SageMaker Model Monitor only exists inside its image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ...engine.runner import StepContext
from ..base.simulation import leave
from .baseline_check import Baseline, CheckRunner


class QualityCheckRunner(CheckRunner):
    """Checks the dataset, and leaves an empty statistics.json and constraints.json."""

    type = "QualityCheck"
    what = "Model Monitor only runs in its own image; statistics.json and constraints.json are placeholders"
    registered: ClassVar[Mapping[str, Mapping[str, tuple[str, str]]]] = {
        "DATA_QUALITY": {
            "Statistics": ("ModelDataQuality", "Statistics"), "Constraints": ("ModelDataQuality", "Constraints"),
        },
        "MODEL_QUALITY": {
            "Statistics": ("ModelQuality", "Statistics"), "Constraints": ("ModelQuality", "Constraints"),
        },
    }  # fmt: skip

    def leave_baseline(self, context: StepContext, check: str, place: str) -> Baseline:
        common: dict[str, Any] = {"version": 0.0, "simulated": True}
        statistics = {**common, "dataset": {"item_count": 0}, "features": []}
        constraints = {**common, "features": []}
        return {
            "Statistics": leave(context, place, "statistics.json", statistics),
            "Constraints": leave(context, place, "constraints.json", constraints),
        }
