"""What a step or a pipeline takes besides its arguments: cache, retries, parallelism, experiment, property files."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any, Protocol, runtime_checkable

from .errors import PipelineError, choices
from .expressions import Expression, has_placeholder, readable
from .no_value import NoValue


@runtime_checkable
class IsoDuration(Protocol):
    """A duration that has an ISO 8601 form, such as ``aws_cdk.Duration``."""

    def to_iso_string(self) -> str:
        """The ISO 8601 form, such as ``P30D`` or ``PT1H``."""
        ...


DurationLike = str | timedelta | IsoDuration
"""An ISO 8601 text (``"P30D"``), a ``datetime.timedelta`` or an ``aws_cdk.Duration``."""

ISO_DURATION = re.compile(r"P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?", re.ASCII)
_COUNTS = re.compile(
    r"(?i:P?)(?!$)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?",
    re.ASCII | re.IGNORECASE,
)
_UNITS = (timedelta(days=365), timedelta(days=30), timedelta(weeks=1), timedelta(days=1),
          timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1))  # fmt: skip


def age_of(text: str) -> timedelta | None:
    """The duration that a text such as ``P30D`` stands for, also without ``P`` and in lower case; None if it is none.

    The SDK's own examples are ``p30d`` and ``T12H``. Months without ``P`` are not understood: ``10m`` may be minutes.
    """
    match = _COUNTS.fullmatch(text)
    if match is None or (match[2] and text[0] not in "Pp"):
        return None
    try:
        return sum((unit * float(count or 0) for unit, count in zip(_UNITS, match.groups(), strict=True)), timedelta())
    except OverflowError:
        return timedelta.max


def iso_duration(value: DurationLike, what: str) -> str:
    """The duration as ISO 8601 text; raises ``PipelineError`` if it is not one. ``what``: the field that holds it."""
    if isinstance(value, Expression) or (isinstance(value, str) and has_placeholder(value)):
        found = repr(readable(value)) if isinstance(value, str) else repr(value)
        raise PipelineError(f"{what} {found} must be literal, the service substitutes no value there")
    if isinstance(value, timedelta):
        if value <= timedelta(0) or value.microseconds:
            raise PipelineError(f"{what} must be whole seconds, at least one, not {value}")
        return "P" + (f"{value.days}D" if value.days else "") + (f"T{value.seconds}S" if value.seconds else "")
    text = value.to_iso_string() if isinstance(value, IsoDuration) else value
    if not isinstance(text, str) or not ISO_DURATION.fullmatch(text):
        raise PipelineError(
            f"{what} {text!r} is not a duration; write ISO 8601 such as 'P30D' or 'PT12H', or Duration.days(30)"
        )
    if not re.search("[1-9]", text):
        raise PipelineError(f"{what} must be longer than zero, not {text!r}")
    return text


@dataclass(frozen=True)
class CacheConfig(NoValue):
    """Reuse the outputs of an earlier successful run of the step with the same key arguments.

    ``expire_after``: how old that run may be; needed when enabled, unless by ``CacheConfig.of_any_age()``.
    ``enabled=False`` turns the cache off for one step of a pipeline that has it on. Source: "Caching pipeline steps" of
    the developer guide.
    """

    expire_after: DurationLike | None = None
    enabled: bool = True

    @staticmethod
    def of_any_age() -> CacheConfig:
        """Reuses outputs however old they are, as the SDK can; the guide wants an age, so the synthesis warns."""
        cache = CacheConfig(enabled=False)
        object.__setattr__(cache, "enabled", True)
        return cache

    def __post_init__(self) -> None:
        if not isinstance(self.enabled, bool):
            raise PipelineError(f"cache: enabled must be True or False, not {self.enabled!r}")
        if self.enabled and self.expire_after is None:
            raise PipelineError(
                "cache: give expire_after, how old a result may be, such as CacheConfig(Duration.days(30))"
            )
        if self.expire_after is not None:
            object.__setattr__(self, "expire_after", iso_duration(self.expire_after, "cache: expire_after"))

    def to_json(self) -> dict[str, Any]:
        """The ``CacheConfig`` of a step."""
        rendered: dict[str, Any] = {"Enabled": self.enabled}
        if self.expire_after is not None:
            rendered["ExpireAfter"] = self.expire_after
        return rendered


class ExceptionType(str, Enum):
    """What a step may be retried for. Source: "Retry policy for pipeline steps" of the developer guide."""

    SERVICE_FAULT = "Step.SERVICE_FAULT"
    THROTTLING = "Step.THROTTLING"
    JOB_INTERNAL_ERROR = "SageMaker.JOB_INTERNAL_ERROR"
    CAPACITY_ERROR = "SageMaker.CAPACITY_ERROR"
    RESOURCE_LIMIT = "SageMaker.RESOURCE_LIMIT"


@dataclass(frozen=True)
class RetryPolicy(NoValue):
    """When and how often a failed step is tried again.

    ``exception_types``: at least one. ``interval_seconds``: 1 to 43200 before the first retry, default 1.
    ``backoff_rate``: the factor from one interval to the next, at least 1, default 2.0. Either ``max_attempts`` (0 to
    20) or ``expire_after_min`` (0 to 14400 minutes); with neither, the service's default of 5 attempts is written.
    """

    exception_types: Sequence[ExceptionType | str]
    interval_seconds: int = 1
    backoff_rate: float = 2.0
    max_attempts: int | None = None
    expire_after_min: int | None = None

    def __post_init__(self) -> None:
        allowed = [member.value for member in ExceptionType]
        if not isinstance(self.exception_types, (list, tuple)) or not self.exception_types:
            raise PipelineError("retry policy: exception_types must be a list of at least one ExceptionType")
        for exception in self.exception_types:
            if exception not in allowed:
                raise PipelineError(
                    f"retry policy: exception_types holds {exception!r}; allowed are {choices(allowed)}"
                )
        if self.max_attempts is not None and self.expire_after_min is not None:
            raise PipelineError("retry policy: give max_attempts or expire_after_min, not both")
        _within("interval_seconds", self.interval_seconds, 1, 43200)
        _within("max_attempts", self.max_attempts, 0, 20)
        _within("expire_after_min", self.expire_after_min, 0, 14400)
        if (
            isinstance(self.backoff_rate, bool)
            or not isinstance(self.backoff_rate, (int, float))
            or not 1 <= self.backoff_rate < math.inf
        ):
            raise PipelineError(f"retry policy: backoff_rate must be a number of at least 1, not {self.backoff_rate!r}")

    def to_json(self) -> dict[str, Any]:
        """One of a step's ``RetryPolicies``."""
        rendered: dict[str, Any] = {
            "ExceptionType": [ExceptionType(exception).value for exception in self.exception_types],
            "IntervalSeconds": self.interval_seconds,
            "BackoffRate": float(self.backoff_rate),
        }
        if self.expire_after_min is not None:
            rendered["ExpireAfterMin"] = self.expire_after_min
        else:
            rendered["MaxAttempts"] = 5 if self.max_attempts is None else self.max_attempts
        return rendered


def _within(name: str, value: int | None, least: int, most: int) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise PipelineError(f"retry policy: {name} must be a whole number from {least} to {most}, not {value!r}")


@dataclass(frozen=True)
class ParallelismConfig(NoValue):
    """How many steps of an execution may run at once: at least 1; a start can override it."""

    max_parallel_execution_steps: int

    def __post_init__(self) -> None:
        value = self.max_parallel_execution_steps
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise PipelineError(f"max_parallel_execution_steps must be a whole number of at least 1, not {value!r}")

    def to_json(self) -> dict[str, Any]:
        """The pipeline's ``ParallelismConfiguration``."""
        return {"MaxParallelExecutionSteps": self.max_parallel_execution_steps}


@dataclass(frozen=True)
class ExperimentConfig(NoValue):
    """The experiment and the trial under which executions appear; texts or expressions.

    A pipeline without one writes nothing, and the service makes no experiment.
    Source: "Amazon SageMaker Experiments integration" of the developer guide.
    """

    experiment_name: str | Expression[str]
    trial_name: str | Expression[str]

    def __post_init__(self) -> None:
        for what in ("experiment_name", "trial_name"):
            value = getattr(self, what)
            if not isinstance(value, (str, Expression)):
                raise PipelineError(f"experiment_config: {what} takes a text, not {value!r}")

    def to_json(self) -> dict[str, Any]:
        """The document's ``PipelineExperimentConfig``, yet to be rendered."""
        return {"ExperimentName": self.experiment_name, "TrialName": self.trial_name}


@dataclass(frozen=True)
class MlflowConfig(NoValue):
    """Where executions are recorded with MLflow.

    ``resource_arn``: the tracking server or MLflow app; ``experiment_name``: default: the service's choice. Both are
    texts or expressions. No permission follows from it, since no page says which role calls the server: grant the roles
    of the jobs what their code needs. Source: the SageMaker SDK 3, whose pipelines have an ``mlflow_config``.
    """

    resource_arn: str | Expression[str]
    experiment_name: str | Expression[str] | None = None

    def __post_init__(self) -> None:
        for what in ("resource_arn", "experiment_name"):
            value = getattr(self, what)
            if not isinstance(value, (str, Expression)) and not (value is None and what == "experiment_name"):
                raise PipelineError(f"mlflow_config: {what} takes a text, not {value!r}")

    def to_json(self) -> dict[str, Any]:
        """The document's ``MlflowConfig``, yet to be rendered."""
        name = {} if self.experiment_name is None else {"MlflowExperimentName": self.experiment_name}
        return {"MlflowResourceArn": self.resource_arn, **name}


@dataclass(frozen=True)
class PropertyFile(NoValue):
    """A JSON file in an output of a processing step that conditions and other steps can read.

    ``name`` is unique in its step, ``output_name`` is one of the step's outputs, ``path`` is relative to that output.
    """

    name: str
    output_name: str
    path: str

    def to_json(self) -> dict[str, Any]:
        """One of the step's ``PropertyFiles``."""
        return {"PropertyFileName": self.name, "OutputName": self.output_name, "FilePath": self.path}
