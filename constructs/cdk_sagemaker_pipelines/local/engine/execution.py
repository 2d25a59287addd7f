"""One run of a pipeline definition, with its steps in the order of their data, in threads of this process.

As on AWS, a step starts when everything that it waits for is there, and the steps of a branch only when it is taken;
whatever waits for a step that does not run does not run either. When a step has failed and no other step handles that,
running steps finish and no further step starts. schedule.py has the rules of triggers, for_each.py those of for-each
steps, cache.py those of reuse. Not supported: selective execution, and step types without a runner (such steps fail).
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ...language import Definition, StepView
from ...language.step_types import JOB_NAMES, STEP_TYPES, row_of
from ..container.storage import read_object
from ..endings import StepFailed, StepResult, StepStopped, StepTimedOut, StopSignal
from ..errors import ParameterError, StartError, UnsupportedDefinitionError
from ..services import Services
from .cache import CachedStep, StepCache, cache_key
from .for_each import read_loop
from .naming import job_name
from .outcomes import Outcome
from .parameters import start_values
from .record import ENDED, StepRecord, now
from .retries import Retries
from .runner import Runners, SimulatedRunner, StepContext, StepRunner
from .schedule import Node, Schedule
from .scripted import ScriptedRunner
from .values import Values, to_text

__all__ = ["ParameterError", "PipelineExecution", "StartError", "UnsupportedDefinitionError"]

STEP_FAILURE = "Step failure: One or multiple steps failed."
MAX_REASON = 3072  # of an execution; also the limit of a Fail step's message

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")


def default_parallel_steps() -> int:
    """The default number of steps that run at once; the service has no limit, but this machine does."""
    return max(4, os.cpu_count() or 1)


class PipelineExecution:
    """One execution; thread-safe. Its attributes are those of DescribePipelineExecution."""

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
        runners: Runners,
        outcomes: Mapping[str, Outcome] | None = None,
        cache: StepCache | None = None,
        role_arn: str | None = None,
    ) -> None:
        """Prepares an execution.

        ``runners`` run the steps of each type but those of conditions, for-eachs and failures, which run here.
        ``outcomes`` holds scripted results of steps, by step name. ``cache`` holds results of earlier executions of
        this pipeline; without one no step is reused. ``role_arn`` is the pipeline's role, used by jobs that name none.

        Raises ``StartError`` (a ``ValueError``): ``ParameterError`` for start values that StartPipelineExecution would
        refuse, ``UnsupportedDefinitionError`` for a definition that would run wrongly here.
        """
        self._schedule = Schedule(definition)
        if max_parallel_steps is not None and max_parallel_steps < 1:
            raise ParameterError(f"max_parallel_steps is {max_parallel_steps}; it must be at least 1")
        self.definition = definition
        self.pipeline_name = pipeline_name
        self.pipeline_arn = pipeline_arn
        self.execution_id = execution_id
        self.execution_arn = execution_arn
        self.start_time: datetime = now()
        self.last_modified_time: datetime = self.start_time
        self._services = services
        self._runners: Runners = runners
        self._scripted = ScriptedRunner(outcomes)
        self._cache = cache
        self._role_arn = role_arn
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
        self._running = 0
        self._busy = 0
        self._started = False
        self._stopping = StopSignal()
        self._abandoned = StopSignal()

    @property
    def status(self) -> str:
        """Executing, Stopping, Stopped, Failed, CompletedWithFailures or Succeeded."""
        with self._changed:
            return self._status

    @property
    def failure_reason(self) -> str | None:
        """Why the execution failed, in the service's words."""
        with self._changed:
            return self._failure_reason

    def start(self) -> None:
        """Starts the run and returns; may be called once."""
        with self._changed:
            if self._started:
                raise RuntimeError(f"the execution {self.execution_id} has already been started")
            self._started = True
            self._advance()

    def stop(self) -> None:
        """Asks the running steps to stop; no further step starts. Has no effect on an execution that has ended.

        As on AWS, a callback step continues until it is answered, and a Lambda step until its function ends.
        """
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

    def abandon(self) -> None:
        """Stops without waiting for callbacks or functions, when this process is about to end."""
        self._abandoned.set()
        self.stop()

    def wait(self, timeout: float | None = None) -> str:
        """Waits for the end, at most ``timeout`` seconds, and returns the status."""
        with self._changed:
            self._changed.wait_for(lambda: self._status not in ("Executing", "Stopping"), timeout)
            return self._status

    def steps(self) -> list[dict[str, Any]]:
        """The started steps, newest first, each as the members of the API's PipelineExecutionStep."""
        with self._changed:
            records = sorted(self._records.values(), key=lambda record: record.number, reverse=True)
            return [record.describe() for record in records]

    # The methods below expect the lock to be held, unless they say otherwise.

    def _touch(self) -> None:
        self.last_modified_time = now()
        self._changed.notify_all()

    def _advance(self) -> None:
        """Starts what can start, and ends the execution when nothing is running and nothing can start."""
        if self._status == "Executing":
            for node in self._schedule.ready():
                # A for-each only waits for the steps of its items; if it counted, it could keep them from running.
                if node.step.type == "ForEach" or self._busy < self._parallel:
                    self._begin(node)
        if self._running == 0 and self._status in ("Executing", "Stopping"):
            self._finish()

    def _begin(self, node: Node) -> None:
        iteration = None
        if node.loop is not None:
            iteration = {"ParentStepName": node.loop, "Index": node.index, "Item": to_text(node.item)}
        record = StepRecord(node.step, len(self._records), iteration)
        self._records[node.name] = record
        self._schedule.start(node.name)
        self._running += 1
        self._busy += node.step.type != "ForEach"
        self._touch()
        thread = threading.Thread(target=self._run, args=(node, record), name=f"step {node.name}", daemon=True)
        thread.start()

    def _finish(self) -> None:
        failed, schedule = self._schedule.unhandled("Failed"), self._schedule
        if self._status == "Stopping":
            self._status = "Failed" if any(record.timed_out for record in self._records.values()) else "Stopped"
        elif failed:
            self._status = "Failed"
        elif schedule.unhandled("Stopped"):
            self._status = "Stopped"
        elif schedule.count("Failed") or schedule.count("Stopped"):
            self._status = "CompletedWithFailures"
        else:
            self._status = "Succeeded"
        if self._status == "Failed":
            fails = [self._records[name] for name in failed if self._records[name].step.type == "Fail"]
            reason = fails[0].failure_reason if fails else None
            self._failure_reason = (reason or STEP_FAILURE)[:MAX_REASON]
        _logger.info("execution %s of %s: %s", self.execution_id, self.pipeline_name, self._status)
        self._touch()

    def _run(self, node: Node, record: StepRecord) -> None:
        """The thread of a step. Takes the lock itself, as do all methods below."""
        status, reason, result = "Succeeded", None, None
        try:
            result = self._reused(node, record) or self._attempts(node, record)
        except StepStopped as error:
            status, result = "Stopped", error.result
        except StepFailed as error:
            status, reason, result = "Failed", error.reason, error.result
            record.timed_out = isinstance(error, StepTimedOut)
        except Exception as error:  # a bug here must not leave the execution hanging
            _logger.exception("step %s broke", node.name)
            status, reason = "Failed", f"InternalServerError: {type(error).__name__}: {error}"
        with self._changed:
            branch = None
            if result is not None:
                record.metadata = result.metadata
                # A new mapping: other threads may be evaluating with the old one.
                self._values.properties = {**self._values.properties, node.name: result.properties}
                if node.step.type == "Condition":
                    branch = "IfSteps" if result.properties["Outcome"] else "ElseSteps"
            record.end(status, reason)
            self._schedule.end(node.name, status, branch)
            self._running -= 1
            self._busy -= node.step.type != "ForEach"
            self._touch()
            self._advance()

    def _reused(self, node: Node, record: StepRecord) -> StepResult | None:
        """The result of an earlier execution, if there is one and the step may reuse it."""
        config = node.step.json.get("CacheConfig") or {}
        if self._cache is None or not config.get("Enabled") or self._scripted.outcome(node.step) is not None:
            return None
        key = cache_key(node.step, self._values_of(node).evaluate)
        found = key and self._cache.find(node.written_name, key, config.get("ExpireAfter"), now())
        if not found:
            return None
        _logger.info("step %s: reused from %s", node.name, found.execution_arn)
        with self._changed:
            record.cache_source = found.execution_arn
        return found.result

    def _attempts(self, node: Node, record: StepRecord) -> StepResult:
        retries = Retries(node.step.json.get("RetryPolicies") or [])
        while True:
            try:
                result = self._attempt(node, record)
            except StepFailed as error:
                seconds = retries.delay(error.exception)
                if seconds is None:
                    raise
                _logger.info("step %s failed (%s), next attempt in %g s", node.name, error.reason, seconds)
                if self._stopping.wait(seconds):
                    raise StepStopped from error
                with self._changed:
                    record.attempts += 1
                    self._touch()
                continue
            if self._cache is not None and self._scripted.outcome(node.step) is None:
                key = cache_key(node.step, self._values_of(node).evaluate)
                if key is not None:
                    self._cache.keep(node.written_name, CachedStep(key, result, self.execution_arn, now()))
            return result

    def _attempt(self, node: Node, record: StepRecord) -> StepResult:
        self._stopping.check()
        step = node.step
        with self._changed:
            if record.status == "Starting":
                record.status = "Executing"
                self._touch()
        if step.type == "Condition":
            return self._condition(step)
        if step.type == "Fail":
            return self._fail(step, record)
        if step.type == "ForEach":
            return self._for_each(node)
        runner = self._runners.get(step.type)
        if runner is None:
            own = (row.name for row in STEP_TYPES.values() if row.family == "control")
            known = ", ".join(sorted({*self._runners, *own}))
            raise StepFailed(f"a step of type {step.type} cannot run locally yet; the supported types are {known}")
        name = job_name(step, self.execution_id)
        values = self._values_of(node, name)
        context = StepContext(
            services=self._services,
            pipeline_name=self.pipeline_name,
            execution_id=self.execution_id,
            execution_arn=self.execution_arn,
            job_name=name,
            stopping=self._stopping,
            abandoned=self._abandoned,
            report=lambda metadata: self._report(record, metadata),
            note=lambda text: self._note(record, text),
            evaluate=values.evaluate,
            properties=values.properties,
            outcome=self._scripted.outcome(step),
        )
        arguments = values.evaluate(step.own_arguments)
        assert isinstance(arguments, dict)
        row = row_of(step.type)
        if row.role and row.has_default_role and self._role_arn is not None and arguments.get(row.role) is None:
            arguments = {**arguments, row.role: self._role_arn}
        return self._with_outcome(runner, context, step, arguments)

    def _with_outcome(
        self, runner: StepRunner, context: StepContext, step: StepView, arguments: dict[str, Any]
    ) -> StepResult:
        if context.outcome is None:
            return runner.run(context, step, arguments)
        if isinstance(runner, SimulatedRunner):
            return self._scripted.run_after(runner, context, step, arguments)
        context.note("scripted: it ended as told, nothing ran")
        return self._scripted.run(context, step, arguments)

    def _report(self, record: StepRecord, metadata: dict[str, Any]) -> None:
        with self._changed:
            record.metadata = metadata
            self._touch()

    def _note(self, record: StepRecord, text: str) -> None:
        _logger.info("step %s: %s", record.step.name, text)
        with self._changed:
            record.note = text
            self._touch()

    def _values_of(self, node: Node, own_job: str = "") -> Values:
        """What the expressions of the step can read; ``own_job`` is the name of its job."""
        values = self._values
        own_names = [name for name, types in JOB_NAMES.items() if node.step.type in types]
        execution = {**values.execution, **dict.fromkeys(own_names, lambda: own_job)}
        properties = values.properties
        if node.loop is not None and node.step.parent is not None:
            own = {step.name: f"{step.name}-{node.index}" for step in node.step.parent.body}
            inside = {name: properties[of_item] for name, of_item in own.items() if of_item in properties}
            properties = {**properties, **inside}
        return replace(values, execution=execution, properties=properties, item=node.item)

    def _condition(self, step: StepView) -> StepResult:
        outcome = self._values.holds(step.arguments.get("Conditions") or [])
        return StepResult({"Outcome": outcome}, {"Condition": {"Outcome": str(outcome)}})

    def _fail(self, step: StepView, record: StepRecord) -> StepResult:
        message = to_text(self._values.evaluate(step.arguments.get("ErrorMessage", "")))[:MAX_REASON]
        self._report(record, {"Fail": {"ErrorMessage": message}})
        raise StepFailed(message)

    def _for_each(self, node: Node) -> StepResult:
        arguments, body = node.step.own_arguments, [step.name for step in node.step.body]
        loop = read_loop(arguments, body, self._values.evaluate(arguments.get("IterableItems")))
        with self._changed:
            schedule = self._schedule
            schedule.open(node.name, loop.items, loop.concurrency)
            self._advance()
            self._changed.wait_for(lambda: schedule.is_over(node.name, stopping=self._status != "Executing"))
            return loop.result(
                self._values.properties,
                {status: schedule.count(status, node.name) for status in sorted(ENDED)},
                failed=schedule.unhandled("Failed", node.name),
                stopped=self._status != "Executing" or bool(schedule.unhandled("Stopped", node.name)),
            )


def _timestamp(when: datetime) -> str:
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
