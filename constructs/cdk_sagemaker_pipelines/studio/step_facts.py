"""A step of an execution, with what can be asked about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from ..executions import lookup
from ..executions.arguments import Argument, arguments
from ..executions.decided import decided
from ..executions.execution import Execution
from ..executions.logs import shortened
from ..executions.lookup import NotFound
from ..executions.places import Place, places
from ..executions.refusals import Derived, environment_of, job_permissions
from ..executions.report import StepReport, of_step
from ..executions.resolved import Resolution
from ..executions.rows import Row
from ..executions.why import Branch, Cause, cause, decision, view_of
from ..language import StepView, choices, did_you_mean
from . import aws_console
from .current import account
from .watching import Watched, watched

MOST = 1000
"""Arguments that a page shows."""
LINES = 10
"""Of the log of a step that failed, next to its reason."""


class Job(NamedTuple):
    """What a step made, and what came of it."""

    report: StepReport
    described: Mapping[str, Any] | None
    read: Sequence[Place]
    written: Sequence[Place]
    address: str | None
    """In AWS's own console; None on a local AWS."""


class Role(NamedTuple):
    """The role of a job, and what the definition leads to for it."""

    arn: str | None
    needs: Sequence[Derived]


class Step:
    """A step of an execution. What is asked of AWS may fail one by one."""

    def __init__(self, found: Watched, name: str) -> None:
        self.watched, self.name = found, name
        self.seen = found.look()
        self.execution = self.seen.execution
        self.row = _row(self.execution, name)
        self.record = self.execution.step(name)
        definition = self.execution.definition
        self.view: StepView | None = None if definition is None else view_of(definition, name)
        self._resolution: Resolution | None = None

    @property
    def resolution(self) -> Resolution:
        """What its expressions came to."""
        if self._resolution is None:
            self._resolution = self.watched.resolution(self.execution)
        return self._resolution

    def cause(self) -> Cause | None:
        """Why it failed."""
        if self.record is None or self.row.status != "Failed":
            return None
        told = decided(account().sagemaker, self.execution.arn)
        decisions = (told and told.decisions) or ()
        return cause(self.resolution, account().logs, self.record, self.pipeline(), LINES, decisions)

    def decision(self) -> Branch | None:
        """What a condition compared."""
        return decision(self.resolution, self.view) if self.view and self.view.type == "Condition" else None

    def arguments(self) -> list[Argument]:
        """Its arguments, one by one: the first ``MOST`` and one more."""
        found = () if self.view is None else arguments(self.resolution, self.view)
        return [each._replace(value=each.value and shortened(each.value)) for each in islice(found, MOST + 1)]

    def job(self) -> Job:
        """What it made."""
        report = of_step(self.resolution, self.row, account().now())
        described = self.resolution.job(self.name)
        request = described or (self.resolution.partly(self.view, self.view.own_arguments)[0] if self.view else {})
        address = aws_console.of_resource(report.job) if account().is_real else None
        return Job(report, described, *places(request, report.outputs), address)

    def role(self) -> Role | None:
        """The role of its job."""
        described = self.resolution.job(self.name) or {}
        needs: Sequence[Derived] = ()
        if self.view is not None and self.execution.definition is not None:
            needs = job_permissions(self.view.name, self.execution.definition, environment_of(self.pipeline()))
        arn = described.get("RoleArn") or described.get("ExecutionRoleArn")
        return Role(arn, needs) if arn or needs else None

    def pipeline(self) -> Mapping[str, Any]:
        """The answer of ``DescribePipeline``."""
        name = self.watched.pipeline
        return account().shared(("pipeline", name), 60, lambda: lookup.describe_pipeline(account().sagemaker, name))

    def keep(self) -> None:
        """Keeps what does not change any more."""
        if self._resolution is not None:
            self.watched.keep(self._resolution)


def step_of(name: str, id: str, step: str) -> Step:
    """The step of an address. Raises ``Troubled`` where there is none."""
    found = watched(account(), name, id)
    return account().ask(lambda: Step(found, step))


def _row(execution: Execution, name: str) -> Row:
    for row in execution.rows:
        if row.name == name:
            return row
    view = execution.definition.find(name) if execution.definition else None
    if view is not None:  # a step of a body, of which there are items instead
        return Row(name, view.type)
    names = [row.name for row in execution.rows]
    hint = did_you_mean(name, names) or f"; it has {choices(names)}"
    raise NotFound(f"execution {execution.parts.short} has no step {name!r}{hint}")
