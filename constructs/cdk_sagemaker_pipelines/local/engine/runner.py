"""The interface between the engine and the runners of steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from ...language import StepView
from ..endings import StepResult, StopSignal
from ..origin import Origin
from ..services import Services
from .clock import REAL_CLOCK, Clock
from .outcomes import Outcome


@dataclass(frozen=True)
class StepContext:
    """What a runner may know about the execution of its step."""

    services: Services
    pipeline_name: str
    execution_id: str
    execution_arn: str
    job_name: str
    """Name for the job or resource of this attempt, unique within the account and region."""
    stopping: StopSignal
    abandoned: StopSignal = field(default_factory=StopSignal)
    """Set when this process is about to end: even what does not stop when asked must end now."""
    report: Callable[[dict[str, Any]], None] = field(default=lambda metadata: None)
    """Publishes the step's Metadata while it is still running."""
    note: Callable[[str], None] = field(default=lambda text: None)
    """Notes on the step that it did not run as on AWS, and how it ran instead."""
    note_permission: Callable[[str], None] = field(default=lambda text: None)
    """Notes on the step what AWS would refuse, or what could not be judged; a text that it has already only once."""
    evaluate: Callable[[Any], Any] = field(default=lambda value: value)
    """The value of a member besides the step's Arguments that may contain expressions. Raises ``StepFailed``."""
    properties: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The results of the steps before this one, by name."""
    outcome: Outcome | None = None
    """The scripted result of this step."""
    clock: Clock = REAL_CLOCK
    """The time of the execution."""
    step_name: str = ""
    role_arn: str = ""
    """The role of the pipeline, which creates what a step creates; empty without one."""
    job_role: str = ""
    """The role of the step's job; empty without one."""

    @property
    def s3(self) -> Any:
        """The client with which the step reads and writes S3: as its job's role, else as the pipeline's."""
        return self.client_as(self.job_role or self.role_arn, "s3")

    @property
    def origin(self) -> Origin:
        """The step, for whom its sessions ask."""
        return Origin(self.execution_arn, self.step_name, self.note_permission)

    def client_as(self, role: str, name: str) -> Any:
        """The client of a session of a role that the step has; of the account itself for no role."""
        return self.services.client_as(role, name, self.origin)

    @property
    def tags(self) -> list[dict[str, str]]:
        """The tags that the service gives to the jobs of a step."""
        tags = {"pipeline-execution-arn": self.execution_arn, "pipeline-step-name": self.step_name}
        return [{"Key": f"sagemaker:{key}", "Value": value} for key, value in tags.items()]

    def arn(self, kind: str, name: str) -> str:
        """The ARN of a SageMaker resource: ``arn("training-job", "my-job")``."""
        services = self.services
        return f"arn:{services.partition}:sagemaker:{services.region}:{services.account}:{kind}/{name}"


class StepRunner(Protocol):
    """Runs the steps of one type."""

    def run(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        """Runs ``step``, whose arguments contain no expressions. Raises ``StepFailed`` or ``StepStopped``."""


@runtime_checkable
class SimulatedRunner(StepRunner, Protocol):
    """Checks the input of a step and leaves placeholders, because its container or cluster cannot run here."""

    def simulate(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        """Does what can be done here. Raises ``StepFailed`` where the service would fail with the same input."""


Runners = Mapping[str, StepRunner]
"""Runners by step type."""
