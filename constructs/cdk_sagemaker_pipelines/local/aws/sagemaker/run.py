"""An execution: what was asked for when it started, and what runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from ....language import Definition
from ...engine.cache import StepCache
from ...engine.permissions import Permissions
from ...engine.record import History, Observer
from ...engine.selection import Selection
from .pipelines import Pipeline
from .versions import Version


class Execution(Protocol):
    """One run of a definition, as ``engine.execution.PipelineExecution`` offers it."""

    @property
    def status(self) -> str: ...

    @property
    def failure_reason(self) -> str | None: ...

    @property
    def start_time(self) -> datetime: ...

    @property
    def last_modified_time(self) -> datetime: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def abandon(self) -> None: ...

    def wait(self, timeout: float | None = None) -> str: ...

    def steps(self) -> list[dict[str, Any]]: ...

    def history(self) -> History: ...

    def retry(self, max_parallel_steps: int | None = None) -> None: ...

    def update(self, *, max_parallel_steps: int) -> None: ...


class ExecutionFactory(Protocol):
    """Creates an execution; raises ``ValueError`` for start parameters that do not match the definition."""

    def __call__(
        self,
        definition: Definition,
        *,
        pipeline_name: str,
        pipeline_arn: str,
        execution_id: str,
        execution_arn: str,
        parameters: Mapping[str, str],
        max_parallel_steps: int | None,
        services: Any,
        cache: StepCache,
        role_arn: str,
        selection: Selection | None,
        observer: Observer,
        history: History | None,
        permissions: Permissions | None,
    ) -> Execution: ...


@dataclass
class Record:
    """What the requests for an execution said."""

    arn: str
    parameters: list[dict[str, str]]
    """All parameters of the definition with their values, also those left at their defaults."""
    experiment: dict[str, str] | None
    """The PipelineExperimentConfig."""
    display_name: str
    description: str | None
    parallelism: dict[str, int] | None
    selection: dict[str, Any] | None
    """The SelectiveExecutionConfig."""
    modified: datetime | None = None
    """When a request changed it last."""

    @property
    def max_parallel_steps(self) -> int | None:
        return (self.parallelism or {}).get("MaxParallelExecutionSteps")


class Run(NamedTuple):
    """An execution: what was asked for, of which version, and what runs it."""

    record: Record
    pipeline: Pipeline
    version: Version
    execution: Execution

    def summary(self) -> dict[str, Any]:
        """The members of the API's ``PipelineExecutionSummary``."""
        return {
            "PipelineExecutionArn": self.record.arn,
            "StartTime": self.execution.start_time,
            "PipelineExecutionStatus": self.execution.status,
            "PipelineExecutionDescription": self.record.description,
            "PipelineExecutionDisplayName": self.record.display_name,
            "PipelineExecutionFailureReason": self.execution.failure_reason,
            "PipelineVersionAliases": list(self.version.aliases) or None,
        }

    def searched(self) -> dict[str, Any]:
        """The members of the API's ``PipelineExecution``, which Search answers with."""
        return {
            **self.described(),
            "PipelineParameters": self.record.parameters,
            "PipelineVersionDisplayName": self.version.display_name,
        }

    def described(self) -> dict[str, Any]:
        """The members of the API's ``DescribePipelineExecutionResponse``."""
        return {
            "PipelineArn": self.pipeline.arn,
            "PipelineExecutionArn": self.record.arn,
            "PipelineExecutionDisplayName": self.record.display_name,
            "PipelineExecutionStatus": self.execution.status,
            "PipelineExecutionDescription": self.record.description,
            "PipelineExperimentConfig": self.record.experiment,
            "FailureReason": self.execution.failure_reason,
            "CreationTime": self.execution.start_time,
            "LastModifiedTime": max(
                self.execution.last_modified_time, self.record.modified or self.execution.start_time
            ),
            "CreatedBy": {},
            "LastModifiedBy": {},
            "ParallelismConfiguration": self.record.parallelism,
            "SelectiveExecutionConfig": self.record.selection,
            "PipelineVersionId": self.version.number,
            "PipelineVersionAliases": list(self.version.aliases) or None,
        }
