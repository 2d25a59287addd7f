"""What overrides cannot say of a training job that waits in a pool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...language import PipelineError
from ...language.expressions import MISSING

_FIELDS = {
    ("RoleArn",): "only a job with the step's role counts; give role=",
    ("TrainingJobName",): "AWS Batch names the job",
    ("ResourceConfig", "InstanceType"): "the pool counts by it; give instance_type=",
    ("ResourceConfig", "InstanceCount"): "the pool counts by it; give instance_count=",
    ("ResourceConfig", "InstanceGroups"): "the pool counts instances of one type",
    ("ResourceConfig", "InstancePreferences"): "the pool counts instances of one type",
    ("ResourceConfig", "KeepAlivePeriodInSeconds"): "instances that are kept would be held from the other teams",
}


def refuse_overrides(overrides: Mapping[str, Any], *, can_be_preempted: bool) -> None:
    """Raises ``PipelineError`` for members that the pool, or the function that submits, has to know."""
    for path, why in _FIELDS.items():
        if _at(overrides, path) is not MISSING:
            raise PipelineError(f"overrides: {'.'.join(path)!r} cannot be said so: {why}")
    if can_be_preempted and None in (
        _at(overrides, ("CheckpointConfig",)),
        _at(overrides, ("CheckpointConfig", "S3Uri")),
    ):
        raise PipelineError("overrides: without 'CheckpointConfig' a job that is stopped for another begins anew")


def _at(value: Any, path: tuple[str, ...]) -> Any:
    """A member of a member; None where it, or what it is in, is taken out."""
    for name in path:
        value = value.get(name, MISSING) if isinstance(value, Mapping) else None if value is None else MISSING
    return value
