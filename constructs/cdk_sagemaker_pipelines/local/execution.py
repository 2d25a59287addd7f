"""One run of a pipeline definition: its steps in the order of their data, in threads of this process.

What is done as on AWS: a step starts when all that it waits for has succeeded; the steps of a branch only when it is
taken; what waits for a step that does not run does not run either. When a step has failed, running steps end and no
further step starts. What is not done here: step caching (every step runs, and no cache hit is reported), triggers other
than Completed in DependsOn (refused at the start), selective execution, and step types without a runner (it fails).
"""

from __future__ import annotations

import logging
import os
import secrets
import string
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..language import CycleError, Definition, Step, StepGraph
from .container.storage import read_object
from .errors import ParameterError, StartError, UnsupportedDefinitionError
from .jobs import RUNNERS
from .parameters import start_values
from .record import ENDED, StepRecord, now
from .retries import Retries
from .runner import Runners, StepContext, StepFailed, StepResult, StepStopped, StopSignal
from .services import Services
from .values import Values, to_text

__all__ = ["ParameterError", "PipelineExecution", "StartError", "UnsupportedDefinitionError"]

STEP_FAILURE = "Step failure: One or multiple steps failed."
MAX_JOB_NAME = 63
MAX_REASON = 3072  # of an execution; also the length of a Fail step's message

_NAME_SUFFIX = string.ascii_lowercase + string.digits

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")


def default_parallel_steps() -> int:
    """Steps that run at once when nothing else is said. The service has no limit of its own; this machine has."""
    return max(4, os.cpu_count() or 1)


class PipelineExecution:
    """One execution. Everything may be called from any thread; attributes are those of DescribePipelineExecution."""

    def __init__(
        self,
        definition: Definition,
        *,
        pipeline_name: str,
        pipeline_arn: str,
        execution_id: str,
        execution_arn: str,
        parameters: Mapping[str, str],
        max_parallel_steps: int | None,
        services: Services,
        runners: Runners | None = None,
    ) -> None:
        """Raises StartError (a ValueError): ParameterError for start values that StartPipelineExecution would refuse,
        UnsupportedDefinitionError for a definition of which a run here would be wrong."""
        _refuse_unsupported(definition)
        graph = StepGraph(definition)
        try:
            self._order = graph.order()
        except CycleError as error:
            raise UnsupportedDefinitionError(str(error)) from error
        if max_parallel_steps is not None and max_parallel_steps < 1:
            raise ParameterError(f"max_parallel_steps is {max_parallel_steps}; it must be at least 1")
        self.definition = definition
        self.pipeline_name = pipeline_name
        self.pipeline_arn = pipeline_arn
        self.execution_id = execution_id
        self.execution_arn = execution_arn
        self.start_time: datetime = now()
        self.last_modified_time: datetime = self.start_time
        self._predecessors = {name: graph.predecessors(name) for name in self._order}
        self._steps = {name: definition.step(name) for name in self._order}
        self._services = services
        self._runners: Runners = RUNNERS if runners is None else runners
        self._parallel = max_parallel_steps or default_parallel_steps()
        self._values = Values(
            definition=definition,
            parameters=start_values(definition, parameters),
            execution={
                "StartDateTime": lambda: _timestamp(self.start_time),
                "CurrentDateTime": lambda: _timestamp(now()),
                "PipelineName": lambda: pipeline_name,
                "PipelineArn": lambda: pipeline_arn,
                "PipelineExecutionId": lambda: execution_id,
                "PipelineExecutionArn": lambda: execution_arn,
            },
            read_object=lambda uri, what: read_object(services.client("s3"), uri, what),
        )
        self._status = "Executing"
        self._failure_reason: str | None = None
        self._changed = threading.Condition()
        self._records: dict[str, StepRecord] = {}
        self._never: set[str] = set()
        self._results: dict[str, StepResult] = {}
        self._running = 0
        self._started = False
        self._stopping = StopSignal()

    @property
    def status(self) -> str:
        """Executing, Stopping, Stopped, Failed or Succeeded."""
        with self._changed:
            return self._status

    @property
    def failure_reason(self) -> str | None:
        """Why the execution failed, in the service's words."""
        with self._changed:
            return self._failure_reason

    def start(self) -> None:
        """Begins the run and returns. Once."""
        with self._changed:
            if self._started:
                raise RuntimeError(f"the execution {self.execution_id} has been started already")
            self._started = True
            self._advance()

    def stop(self) -> None:
        """Asks the running steps to stop; no further step starts. Without effect on an execution that has ended."""
        with self._changed:
            if self._status != "Executing":
                return
            self._status = "Stopping"
            for record in self._records.values():
                if record.status not in ENDED:
                    record.status = "Stopping"
            self._touch()
        self._stopping.set()
        with self._changed:
            self._advance()

    def wait(self, timeout: float | None = None) -> str:
        """Waits for the end, at most timeout seconds, and returns the status."""
        with self._changed:
            self._changed.wait_for(lambda: self._status not in ("Executing", "Stopping"), timeout)
            return self._status

    def steps(self) -> list[dict[str, Any]]:
        """The steps that have started, newest first, each with the members of the API's PipelineExecutionStep."""
        with self._changed:
            records = sorted(self._records.values(), key=lambda record: record.number, reverse=True)
            return [record.describe() for record in records]

    # The methods below expect the lock to be held, unless they say otherwise.

    def _touch(self) -> None:
        self.last_modified_time = now()
        self._changed.notify_all()

    def _advance(self) -> None:
        """Starts what can start, and ends the execution when nothing runs and nothing can."""
        if self._status == "Executing" and not self._failed():
            for name in self._order:
                if name in self._records or name in self._never:
                    continue
                if self._excluded(name):
                    self._never.add(name)
                elif self._running < self._parallel and all(p in self._results for p in self._predecessors[name]):
                    self._begin(self._steps[name])
        if self._running == 0 and self._status in ("Executing", "Stopping"):
            self._finish()

    def _failed(self) -> bool:
        return any(record.status == "Failed" for record in self._records.values())

    def _excluded(self, name: str) -> bool:
        """Whether the step will never run: its branch is not taken, or what it waits for will not succeed."""
        step = self._steps[name]
        if any(predecessor in self._never for predecessor in self._predecessors[name]):
            return True
        if step.parent is None or step.parent.name not in self._results:
            return False
        if step.parent.type != "Condition":
            return True
        return step.branch != ("IfSteps" if self._results[step.parent.name].properties["Outcome"] else "ElseSteps")

    def _begin(self, step: Step) -> None:
        record = StepRecord(step, len(self._records))
        self._records[step.name] = record
        self._running += 1
        self._touch()
        thread = threading.Thread(target=self._run, args=(step, record), name=f"step {step.name}", daemon=True)
        thread.start()

    def _finish(self) -> None:
        if self._status == "Stopping":
            self._status = "Stopped"
        elif self._failed():
            self._status = "Failed"
            fails = [r.failure_reason for r in self._records.values() if r.status == "Failed" and r.step.type == "Fail"]
            self._failure_reason = (fails[0] if fails and fails[0] else STEP_FAILURE)[:MAX_REASON]
        else:
            self._status = "Succeeded"
        _logger.info("execution %s of %s: %s", self.execution_id, self.pipeline_name, self._status)
        self._touch()

    def _run(self, step: Step, record: StepRecord) -> None:
        """A step's thread. Takes the lock itself."""
        status, reason, result = "Succeeded", None, None
        try:
            result = self._attempts(step, record)
        except StepStopped:
            status = "Stopped"
        except StepFailed as error:
            status, reason = "Failed", error.reason
        except Exception as error:  # a defect here must not leave the execution hanging
            _logger.exception("step %s broke", step.name)
            status, reason = "Failed", f"InternalServerError: {type(error).__name__}: {error}"
        with self._changed:
            if result is not None:
                record.metadata = result.metadata
                self._results[step.name] = result
                # A new mapping: others may be evaluating over the old one.
                self._values.properties = {**self._values.properties, step.name: result.properties}
            record.end(status, reason)
            self._running -= 1
            self._touch()
            self._advance()

    def _attempts(self, step: Step, record: StepRecord) -> StepResult:
        retries = Retries(step.json.get("RetryPolicies") or [])
        while True:
            try:
                return self._attempt(step, record)
            except StepFailed as error:
                seconds = retries.delay(error.exception)
                if seconds is None:
                    raise
                _logger.info("step %s failed (%s), next attempt in %g s", step.name, error.reason, seconds)
                if self._stopping.wait(seconds):
                    raise StepStopped from error
                with self._changed:
                    record.attempts += 1
                    self._touch()

    def _attempt(self, step: Step, record: StepRecord) -> StepResult:
        self._stopping.check()
        with self._changed:
            if record.status == "Starting":
                record.status = "Executing"
                self._touch()
        if step.type == "Condition":
            return self._condition(step)
        if step.type == "Fail":
            return self._fail(step, record)
        runner = self._runners.get(step.type)
        if runner is None:
            known = ", ".join(sorted([*self._runners, "Condition", "Fail"]))
            raise StepFailed(f"a step of type {step.type} cannot run locally yet; the types that can are {known}")
        job_name = self._job_name(step)
        return runner.run(
            StepContext(
                services=self._services,
                pipeline_name=self.pipeline_name,
                execution_id=self.execution_id,
                execution_arn=self.execution_arn,
                job_name=job_name,
                stopping=self._stopping,
                report=lambda metadata: self._report(record, metadata),
            ),
            step,
            self._arguments(step, job_name),
        )

    def _report(self, record: StepRecord, metadata: dict[str, Any]) -> None:
        with self._changed:
            record.metadata = metadata
            self._touch()

    def _arguments(self, step: Step, job_name: str) -> dict[str, Any]:
        values = self._values
        own_name = {"Training": "TrainingJobName", "Processing": "ProcessingJobName"}.get(step.type)
        if own_name is not None:
            values = Values(
                values.definition,
                values.parameters,
                {**values.execution, own_name: lambda: job_name},
                values.read_object,
                values.properties,
            )
        arguments = values.evaluate(step.own_arguments)
        assert isinstance(arguments, dict)
        return arguments

    def _job_name(self, step: Step) -> str:
        """As the service makes it: pipelines-<execution id>-<step>-<token>, or a custom prefix with a token."""
        suffix = "".join(secrets.choice(_NAME_SUFFIX) for _ in range(10))
        prefix = step.arguments.get(_NAME_MEMBERS.get(step.type, ""))
        if not isinstance(prefix, str) or not prefix:
            name = step.name.lower() if step.type == "Model" else step.name[:20]
            prefix = f"pipelines-{self.execution_id[:12]}-{name.replace('_', '-').strip('-')}"
        return f"{prefix[: MAX_JOB_NAME - 11].rstrip('-')}-{suffix}"

    def _condition(self, step: Step) -> StepResult:
        outcome = self._values.holds(step.arguments.get("Conditions") or [])
        return StepResult({"Outcome": outcome}, {"Condition": {"Outcome": str(outcome)}})

    def _fail(self, step: Step, record: StepRecord) -> StepResult:
        message = to_text(self._values.evaluate(step.arguments.get("ErrorMessage", "")))[:MAX_REASON]
        self._report(record, {"Fail": {"ErrorMessage": message}})
        raise StepFailed(message)


_NAME_MEMBERS = {
    "Processing": "ProcessingJobName",
    "Training": "TrainingJobName",
    "Transform": "TransformJobName",
    "Model": "ModelName",
}


def _refuse_unsupported(definition: Definition) -> None:
    names = [step.name for step in definition.all_steps()]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise UnsupportedDefinitionError(
            f"several steps are named {', '.join(map(repr, doubled))}; names must be unique"
        )
    for step in definition.all_steps():
        for dependency in step.depends_on:
            if dependency.trigger != "Completed":
                raise UnsupportedDefinitionError(
                    f"step {step.name!r} depends on {dependency.step!r} with the trigger {dependency.trigger!r}; local "
                    "runs know 'Completed' only, so the step would run, or not, at the wrong time"
                )


def _timestamp(when: datetime) -> str:
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
