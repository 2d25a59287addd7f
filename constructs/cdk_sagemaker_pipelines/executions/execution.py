"""One execution as the service describes it at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from ..language import Definition, PipelineError
from ..local.endings import EXECUTION_ENDED
from .answers import ExecutionArn, code, execution_arn, pages, says_nothing, who
from .rows import Row, rows

STEPS = 100
"""How many steps an answer of ``ListPipelineExecutionSteps`` has at most."""


@dataclass(frozen=True)
class Execution:
    """What the service reported about an execution at one moment."""

    described: Mapping[str, Any]
    """The answer of ``DescribePipelineExecution``."""
    steps: Sequence[Mapping[str, Any]]
    """Those that have started, in the order of their starts, as ``ListPipelineExecutionSteps`` has them."""
    definition: Definition | None
    """What it runs; None if it cannot be read."""

    @property
    def arn(self) -> str:
        """Its ARN."""
        return str(self.described.get("PipelineExecutionArn", ""))

    @property
    def parts(self) -> ExecutionArn:
        """The parts of its ARN."""
        return execution_arn(self.arn) or ExecutionArn(str(self.described.get("PipelineArn", "")), self.arn)

    @property
    def status(self) -> str:
        """``PipelineExecutionStatus``."""
        return str(self.described.get("PipelineExecutionStatus", "Executing"))

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.status in EXECUTION_ENDED

    @cached_property
    def rows(self) -> list[Row]:
        """Every step of the definition, started or not."""
        return rows(self.definition, self.steps, over=self.over)

    @property
    def started_by(self) -> str:
        """The user profile, or else the identity, that started it; empty if the service does not say."""
        return who(self.described.get("CreatedBy"))

    @property
    def ended(self) -> datetime | None:
        """When its last step ended; None before its end."""
        if not self.over:
            return None
        # a new name is a modification, too, so the end is that of the last step
        ends = [record["EndTime"] for record in self.steps if record.get("EndTime")]
        return max(ends, default=self.described.get("LastModifiedTime"))

    def step(self, name: str) -> Mapping[str, Any] | None:
        """The record of a step; None if it has not started."""
        return self._by_name.get(name)

    @cached_property
    def _by_name(self) -> dict[str, Mapping[str, Any]]:
        return {str(record["StepName"]): record for record in reversed(self.steps)}

    def seconds(self, now: datetime) -> float | None:
        """How long it has taken."""
        started, ended = self.described.get("CreationTime"), self.ended if self.over else now
        return max((ended - started).total_seconds(), 0.0) if started and ended else None


def read(client: Any, arn: str, *, needed: bool = False) -> Execution:
    """The execution, with the definition that it runs, be it that this is ``needed``."""
    return look(client, arn, definition(client, arn, needed=needed))


def look(client: Any, arn: str, definition: Definition | None) -> Execution:
    """The execution as it is now."""
    described = client.describe_pipeline_execution(PipelineExecutionArn=arn)
    # after the status: so the steps of an execution that has ended are all there
    listed = pages(
        client, "list_pipeline_execution_steps", "PipelineExecutionSteps",
        PipelineExecutionArn=arn, SortOrder="Ascending", MaxResults=STEPS,
    )  # fmt: skip
    return Execution({"PipelineExecutionArn": arn, **described}, list(listed), definition)


def definition(client: Any, arn: str, *, needed: bool = False) -> Definition | None:
    """The definition that an execution runs; None if it cannot be read, so that steps yet to come are not known.

    Where it is ``needed``, the error is raised.
    """
    try:
        answer = client.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
        return Definition.parse(answer["PipelineDefinition"])
    except PipelineError:
        if needed:
            raise
        return None
    except client.exceptions.ClientError as error:
        if needed or code(error) in {"ResourceNotFound", "ValidationException"} or says_nothing(error):
            raise
        return None


def parameters(client: Any, arn: str) -> dict[str, str]:
    """The values of an execution's parameters, as far as the service lists them: perhaps only those given at start."""
    listed = pages(client, "list_pipeline_parameters_for_execution", "PipelineParameters", PipelineExecutionArn=arn)
    return {str(item["Name"]): str(item.get("Value", "")) for item in listed}
