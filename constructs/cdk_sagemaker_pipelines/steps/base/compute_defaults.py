"""What a compute policy gives to jobs whose steps leave it open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...language.expressions import MISSING
from ...language.tokens import is_number_token
from .field_checks import seconds
from .fields import Fields
from .job_defaults import named_members


@dataclass(frozen=True)
class ComputeDefaults:
    """``max_runtime``: seconds. ``spot_wait``: how many seconds more a training waits for spot capacity."""

    max_runtime: int | None = None
    spot_wait: int | None = None


_NOT_WITH_SPOT = ("keep_alive_period", "warm_pool", "instance_preferences", "training_plan", "max_pending_time")
_NAMED_NOT_WITH_SPOT = (
    *("EnableManagedSpotTraining", "InstanceGroups", "InstancePreferences", "KeepAlivePeriodInSeconds"),
    *("MaxRuntimeInSeconds", "MaxWaitTimeInSeconds", "TrainingPlanArn"),
)


def apply_compute_defaults(given: Fields, defaults: ComputeDefaults, overrides: Any, *, spot: bool = True) -> None:
    """Fills the fields that neither the step nor its job defaults gave. ``spot``: whether the job may be on spot."""
    fields = given.__dict__
    if fields.get("max_runtime", MISSING) is None:
        fields["max_runtime"] = defaults.max_runtime
    if spot and defaults.spot_wait is not None and _may_be_spot(fields, overrides):
        run = seconds(fields["max_runtime"], "max_runtime")
        if isinstance(run, int) and not is_number_token(run):  # the sum of an expression cannot be written
            fields["max_wait"] = run + defaults.spot_wait


def _may_be_spot(fields: dict[str, Any], overrides: Any) -> bool:
    """Whether spot capacity is open to a training: it can go on from a checkpoint, and nothing excludes it."""
    open_to = fields.get("max_wait", MISSING) is None and fields.get("checkpoints") is not None
    otherwise = any(fields.get(name) is not None for name in _NOT_WITH_SPOT)
    named = any(True for name in _NAMED_NOT_WITH_SPOT for _ in named_members(overrides, name))
    return open_to and fields.get("max_runtime") is not None and not otherwise and not named
