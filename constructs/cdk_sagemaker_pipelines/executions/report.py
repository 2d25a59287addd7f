"""An execution with all that its jobs tell: outputs, metrics, and how long instances ran."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from . import execution, jobs
from .execution import Execution
from .resolved import Resolution
from .rows import Row
from .search import as_text
from .usage import Used, used


@dataclass(frozen=True)
class StepReport:
    """A step of an execution."""

    row: Row
    record: Mapping[str, Any] | None
    """Its ``PipelineExecutionStep``; None if it has not started."""
    job: str | None
    """The ARN of what it created."""
    used: Used | None
    """The instances that ran; None if it has none, or has the result of another execution."""
    outputs: Mapping[str, str]
    """What others can use of it: places in S3, models, outputs of functions."""
    metrics: Mapping[str, float]

    @property
    def outcome(self) -> str | None:
        """``true`` or ``false`` for a condition that has been evaluated."""
        found = (((self.record or {}).get("Metadata") or {}).get("Condition") or {}).get("Outcome")
        return str(found).lower() if found else None

    @property
    def source(self) -> str | None:
        """The ARN of the execution whose result it has, if it did not run itself."""
        for member in ("CacheHitResult", "SelectiveExecutionResult"):
            found = ((self.record or {}).get(member) or {}).get("SourcePipelineExecutionArn")
            if found:
                return str(found)
        return None


@dataclass(frozen=True)
class ParameterReport:
    """A parameter of an execution. ``value``: None if it has none."""

    name: str
    value: str | None
    default: str | None


@dataclass(frozen=True)
class Report:
    """An execution."""

    execution: Execution
    steps: Sequence[StepReport]
    parameters: Sequence[ParameterReport]
    resolution: Resolution
    """What its expressions came to."""

    @property
    def instance_hours(self) -> float:
        """Hours of instances of the jobs that ran in this execution, as far as that is known."""
        return sum((step.used.instance_hours for step in self.steps if step.used), 0.0)

    @property
    def gpu_hours(self) -> float | None:
        """Hours of GPUs; None if the instances of a job are not known here."""
        found = [step.used.gpu_hours for step in self.steps if step.used]
        return None if None in found else sum((hours for hours in found if hours is not None), 0.0)

    @property
    def unmeasured(self) -> list[str]:
        """The steps of which not all is known that ran."""
        return [step.row.name for step in self.steps if step.used and not step.used.complete]


def report(client: Any, arn: str, now: datetime) -> Report:
    """The report of an execution, with a question for each of its jobs."""
    found = execution.read(client, arn)
    given = execution.parameters(client, arn)
    resolution = Resolution(client, found, given)
    return Report(found, [of_step(resolution, row, now) for row in found.rows], parameters(found, given), resolution)


def parameters(found: Execution, given: Mapping[str, str]) -> list[ParameterReport]:
    """The declared parameters with what they were in the execution, then others that the service lists."""
    declared = found.definition.parameters if found.definition else {}
    told = []
    for name, parameter in declared.items():
        default = as_text(parameter.default) if parameter.has_default else None
        told.append(ParameterReport(name, given.get(name, default), default))
    return [*told, *(ParameterReport(name, value, None) for name, value in given.items() if name not in declared)]


def of_step(resolution: Resolution, row: Row, now: datetime) -> StepReport:
    """The report of a step, with a question for its job."""
    record = resolution.execution.step(row.name)
    if record is None:
        return StepReport(row, None, None, None, {}, {})
    job = resolution.job(row.name)
    told = StepReport(row, record, jobs.arn_of(record), None, _outputs(record, job), jobs.metrics(job))
    # the instances of a reused job ran in another execution
    return told if told.source else replace(told, used=used(resolution.client, told.job, job, now))


def _outputs(record: Mapping[str, Any], job: Mapping[str, Any] | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for told in (record.get("Metadata") or {}).values():
        for item in (told.get("OutputParameters") or []) if isinstance(told, Mapping) else []:
            found[str(item["Name"])] = str(item["Value"])
    job = job or {}
    for output in (job.get("ProcessingOutputConfig") or {}).get("Outputs", []):
        found[str(output["OutputName"])] = str((output.get("S3Output") or {}).get("S3Uri", ""))
    places = {
        "ModelArtifacts": (job.get("ModelArtifacts") or {}).get("S3ModelArtifacts"),
        "TransformOutput": (job.get("TransformOutput") or {}).get("S3OutputPath"),
        "BestTrainingJob": (job.get("BestTrainingJob") or {}).get("TrainingJobName"),
        **{name: job.get(name) for name in ("ModelPackageArn", "EndpointName")},
    }
    found |= {name: str(value) for name, value in places.items() if value}
    return found


def as_json(told: Report) -> dict[str, Any]:
    """What ``smpipe show EXECUTION --json`` prints; docs/executions.md lists the members."""
    return {
        "execution": {key: value for key, value in told.execution.described.items() if key != "ResponseMetadata"},
        "parameters": [{"name": each.name, "value": each.value, "default": each.default} for each in told.parameters],
        "steps": [
            {
                "name": step.row.name,
                "type": step.row.type,
                "state": step.row.status,
                "started": step.row.started,
                "ended": step.row.ended,
                "attempts": (step.record or {}).get("AttemptCount"),
                "reason": step.row.reason or None,
                "permissions": list(step.row.permissions),
                "reusedFrom": step.source,
                "job": step.job,
                "outputs": dict(step.outputs),
                "metrics": dict(step.metrics),
                "instanceTypes": step.used.types if step.used else [],
                "instanceHours": step.used.instance_hours if step.used else None,
                "gpuHours": step.used.gpu_hours if step.used else None,
            }
            for step in told.steps
        ],
        "instanceHours": told.instance_hours,
        "gpuHours": told.gpu_hours,
        "unmeasured": told.unmeasured,
    }
