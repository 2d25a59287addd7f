"""What a step or a pipeline takes besides its arguments: cache, retries, parallelism, experiment, property files."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any, Protocol, runtime_checkable

from .documentation import documented
from .errors import PipelineError, choices
from .expressions import Expression, has_placeholder, readable
from .later import later_pattern
from .no_value import NoValue


@runtime_checkable
class IsoDuration(Protocol):
    """A duration that has an ISO 8601 form, such as ``aws_cdk.Duration``."""

    def to_iso_string(self) -> str:
        """The ISO 8601 form, such as ``P30D`` or ``PT1H``."""
        ...


DurationLike = str | timedelta | IsoDuration
"""An ISO 8601 text (``"P30D"``), a ``datetime.timedelta`` or an ``aws_cdk.Duration``."""

ISO_DURATION = later_pattern(
    r"P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?", re.ASCII
)
_COUNTS = later_pattern(
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


@documented
@dataclass(frozen=True)
class CacheConfig(NoValue):
    """Reuses the outputs of an earlier successful run of the step with the same key arguments.

    ```python
    Pipeline(stack, "Nightly", cache=CacheConfig(Duration.days(30)))
    CacheConfig("PT12H")
    CacheConfig(enabled=False)  # for one step of a pipeline that has it on
    ```

    Raises:
        PipelineError: A duration that is not one, or none where it is needed.

    Source: [Caching pipeline steps](https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching.html).
    """

    expire_after: DurationLike | None = None
    """How old the earlier run may be: a ``Duration``, a ``timedelta`` or ISO 8601 text such as "P30D". Needed when
    enabled, unless by ``CacheConfig.of_any_age()``."""
    enabled: bool = True
    """Whether outputs are reused at all."""

    @staticmethod
    def of_any_age() -> CacheConfig:
        """Reuses outputs however old they are, as the SageMaker Python SDK can.

        The developer guide wants an age, so the synthesis warns.
        """
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
    """A kind of failure after which a step may be tried again.

    ```python
    RetryPolicy([ExceptionType.THROTTLING, ExceptionType.SERVICE_FAULT], max_attempts=3)
    ```

    Source: [Retry policy for pipeline steps](https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html).
    """

    SERVICE_FAULT = "Step.SERVICE_FAULT"
    """An internal error of a service that the step calls, when the request is sent."""
    THROTTLING = "Step.THROTTLING"
    """Too many requests to a service that the step calls."""
    JOB_INTERNAL_ERROR = "SageMaker.JOB_INTERNAL_ERROR"
    """An internal error of SageMaker while the job runs."""
    CAPACITY_ERROR = "SageMaker.CAPACITY_ERROR"
    """SageMaker has no instances of the type at the moment."""
    RESOURCE_LIMIT = "SageMaker.RESOURCE_LIMIT"
    """The account's quota for the instances is used up."""


@documented
@dataclass(frozen=True)
class RetryPolicy(NoValue):
    """When and how often a failed step is tried again.

    ```python
    RetryPolicy([ExceptionType.CAPACITY_ERROR], interval_seconds=60, backoff_rate=1.5, expire_after_min=120)
    ```

    Raises:
        PipelineError: A value outside of its limits, or both ``max_attempts`` and ``expire_after_min``.

    Source: [Retry policy for pipeline steps](https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html).
    """

    exception_types: Sequence[ExceptionType | str]
    """The kinds of failure that are retried, at least one ``ExceptionType`` or its text."""
    interval_seconds: int = 1
    """The seconds before the first retry, 1 to 43200."""
    backoff_rate: float = 2.0
    """The factor from one interval to the next, at least 1."""
    max_attempts: int | None = None
    """How often the step is tried again, 0 to 20. Without it and ``expire_after_min``, 5 is written, the service's
    default."""
    expire_after_min: int | None = None
    """The minutes after which it is not tried again, 0 to 14400, instead of ``max_attempts``."""

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


@documented
@dataclass(frozen=True)
class ParallelismConfig(NoValue):
    """How many steps of an execution may run at once; a start can override it.

    ```python
    Pipeline(stack, "Nightly", parallelism=ParallelismConfig(4))
    ```

    Raises:
        PipelineError: Not a whole number of at least 1.
    """

    max_parallel_execution_steps: int
    """The number of steps that may run at the same time, at least 1."""

    def __post_init__(self) -> None:
        value = self.max_parallel_execution_steps
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise PipelineError(f"max_parallel_execution_steps must be a whole number of at least 1, not {value!r}")

    def to_json(self) -> dict[str, Any]:
        """The pipeline's ``ParallelismConfiguration``."""
        return {"MaxParallelExecutionSteps": self.max_parallel_execution_steps}


@documented
@dataclass(frozen=True)
class ExperimentConfig(NoValue):
    """The experiment and the trial under which executions appear.

    ```python
    Pipeline(stack, "Nightly", experiment_config=ExperimentConfig("abalone", ExecutionVariables.PIPELINE_EXECUTION_ID))
    ```

    A pipeline without one writes nothing, and the service makes no experiment.

    Raises:
        PipelineError: A name that is not a text or an expression.

    Source: [Amazon SageMaker Experiments integration](https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-experiments.html).
    """

    experiment_name: str | Expression[str]
    """The name of the experiment, a text or an expression."""
    trial_name: str | Expression[str]
    """The name of the trial, a text or an expression."""

    def __post_init__(self) -> None:
        for what in ("experiment_name", "trial_name"):
            value = getattr(self, what)
            if not isinstance(value, (str, Expression)):
                raise PipelineError(f"experiment_config: {what} takes a text, not {value!r}")

    def to_json(self) -> dict[str, Any]:
        """The document's ``PipelineExperimentConfig``, yet to be rendered."""
        return {"ExperimentName": self.experiment_name, "TrialName": self.trial_name}


@documented
@dataclass(frozen=True)
class MlflowConfig(NoValue):
    """Where executions are recorded with MLflow.

    ```python
    server = "arn:aws:sagemaker:eu-west-1:111122223333:mlflow-tracking-server/team"
    Pipeline(stack, "Nightly", mlflow_config=MlflowConfig(server, "abalone"))
    ```

    No permission follows from it, since no page says which role calls the server: grant the roles of the jobs what
    their code needs.

    Raises:
        PipelineError: A value that is not a text or an expression.

    Source: [SageMaker Python SDK](https://github.com/aws/sagemaker-python-sdk) 3, whose pipelines have an
    ``mlflow_config``.
    """

    resource_arn: str | Expression[str]
    """The ARN of the tracking server or MLflow app, a text or an expression."""
    experiment_name: str | Expression[str] | None = None
    """The name of the experiment, a text or an expression. Default: the service's choice."""

    def __post_init__(self) -> None:
        for what in ("resource_arn", "experiment_name"):
            value = getattr(self, what)
            if not isinstance(value, (str, Expression)) and not (value is None and what == "experiment_name"):
                raise PipelineError(f"mlflow_config: {what} takes a text, not {value!r}")

    def to_json(self) -> dict[str, Any]:
        """The document's ``MlflowConfig``, yet to be rendered."""
        name = {} if self.experiment_name is None else {"MlflowExperimentName": self.experiment_name}
        return {"MlflowResourceArn": self.resource_arn, **name}


@documented
@dataclass(frozen=True)
class PropertyFile(NoValue):
    """A JSON file in an output of a processing step that conditions and other steps can read.

    ```python
    ProcessingStep(
        pipeline, "Judge", image=Image.sklearn("1.2-1"), script=Script("jobs/count.py"), instance_type="ml.m5.large",
        outputs=["report"], property_files=[PropertyFile("Report", "report", "evaluation.json")],
    )
    ```

    ``step.property_file("report", "evaluation.json")`` declares one, too, and reads values of it.
    """

    name: str
    """The name of the property file, unique in its step."""
    output_name: str
    """The name of the step's output that has the file."""
    path: str
    """The path of the file, relative to that output."""

    def to_json(self) -> dict[str, Any]:
        """One of the step's ``PropertyFiles``."""
        return {"PropertyFileName": self.name, "OutputName": self.output_name, "FilePath": self.path}
