"""One run of a pipeline definition, with its steps in the order of their data.

As on AWS, a step starts when everything that it waits for is there, and the steps of a branch only when it is taken;
whatever waits for a step that does not run does not run either. schedule.py has the rules of triggers, for_each.py
those of for-each steps, cache.py those of reuse, selection.py those of selective executions. A step type without a
runner fails. progress.py moves it on.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from ...language import Definition
from ..container.storage import read_object
from ..errors import ParameterError, StartError, UnsupportedDefinitionError
from ..origin import Origin
from ..services import Services
from .assumptions import DEFAULT, Assumptions
from .cache import StepCache
from .clock import REAL_CLOCK, Clock, VirtualClock
from .naming import Tokens
from .outcomes import Outcome
from .parameters import start_values
from .permissions import Permissions
from .progress import Progress
from .record import History, Observer, Results, StepRecord
from .resuming import refuse_retry, taken_over
from .runner import Runners
from .schedule import Schedule
from .scripted import ScriptedRunner
from .selection import Resolved, Selection
from .step_run import Surroundings
from .values import Values

__all__ = ["ParameterError", "PipelineExecution", "StartError", "UnsupportedDefinitionError"]

_ACTIVE = ("Executing", "Stopping")
_UNLIMITED = 1_000_000

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
        outcomes: Mapping[str, Outcome] | ScriptedRunner | None = None,
        cache: StepCache | None = None,
        role_arn: str | None = None,
        clock: Clock = REAL_CLOCK,
        seed: int | None = None,
        assumptions: Assumptions = DEFAULT,
        selection: Selection | None = None,
        history: History | None = None,
        observer: Observer | None = None,
        permissions: Permissions | None = None,
    ) -> None:
        """Prepares an execution.

        ``runners`` run the steps of each type but those of conditions, for-eachs and failures, which run here.
        ``outcomes`` holds scripted results of steps, by step name. ``cache`` holds results of earlier executions of
        this pipeline; without one no step is reused. ``role_arn`` is the pipeline's role, used by jobs that name none.
        ``clock``: with a ``VirtualClock``, ``start`` and ``retry`` return when the execution has ended, without having
        waited. ``seed`` determines the names of the jobs. With both, runs of scripted steps are equal to the byte.
        ``assumptions``: what to do where it is not known what the service does.
        ``selection``: the steps of a selective execution, and the execution whose results the others have.
        ``history``: what the execution did before this process, as ``history()`` returned it there. It has then ended:
        what was running is Failed, or Stopped if it was being stopped, and ``retry`` goes on with it; its ``selection``
        then needs no source.
        ``observer`` is told of every change. ``permissions``: who enforces IAM; None lets everything through.

        Raises ``StartError`` (a ``ValueError``): ``ParameterError`` for start values that StartPipelineExecution would
        refuse, ``UnsupportedDefinitionError`` for a definition that would run wrongly here, ``SelectionError`` for
        steps that cannot be selected.
        """
        self.definition = definition
        self.pipeline_name = pipeline_name
        self.pipeline_arn = pipeline_arn
        self.execution_id = execution_id
        self.execution_arn = execution_arn
        self.surroundings = Surroundings(
            pipeline_name,
            execution_id,
            execution_arn,
            role_arn,
            services,
            runners,
            clock,
            Tokens(execution_id, seed),
            cache,
            permissions,
        )
        self._assumptions = assumptions
        self._selected: Resolved | None = None
        if selection is not None and history is None:
            self._selected = selection.resolved(definition, assumptions, clock.now())
        elif selection is not None and history is not None:
            self._selected = selection.resumed(definition, assumptions, history)
        self._first = Schedule(definition, assumptions, *self._part())
        self._parallel = _checked(max_parallel_steps)
        self.start_time: datetime = clock.now()
        self.last_modified_time: datetime = self.start_time
        self.scripted = _scripted(outcomes)
        self.lock = threading.RLock()
        self.records: dict[str, StepRecord] = {}
        origin = Origin(execution_arn, "", lambda text: None)  # whatever step reads a property file
        self.values = Values(
            definition=definition,
            parameters=start_values(definition, parameters),
            execution={
                "StartDateTime": lambda: _timestamp(self.start_time),
                "CurrentDateTime": lambda: _timestamp(clock.now()),
                "PipelineName": lambda: pipeline_name,
                "PipelineArn": lambda: pipeline_arn,
                "PipelineExecutionId": lambda: execution_id,
                "PipelineExecutionArn": lambda: execution_arn,
            },
            read_object=lambda uri, what: read_object(services.client_as(role_arn or "", "s3", origin), uri, what),
            properties=Results(self.records),
        )
        self._ended = threading.Condition(self.lock)
        self._status = "Executing"
        self._failure_reason: str | None = None
        self._observer = observer
        self._progress: Progress | None = None
        if history is not None:
            self._take_over(history)

    @property
    def status(self) -> str:
        """Executing, Stopping, Stopped, Failed, CompletedWithFailures or Succeeded."""
        with self.lock:
            return self._status

    @property
    def failure_reason(self) -> str | None:
        """Why the execution failed, in the service's words."""
        with self.lock:
            return self._failure_reason

    @property
    def parallel(self) -> int:
        """The number of steps that may run at once."""
        if self._parallel is not None:
            return self._parallel
        return _UNLIMITED if isinstance(self.surroundings.clock, VirtualClock) else default_parallel_steps()

    def start(self) -> None:
        """Starts the run and returns; may be called once. With a virtual clock it returns when the run has ended."""
        with self.lock:
            if self._progress is not None or self._status not in _ACTIVE:
                raise RuntimeError(f"the execution {self.execution_id} has already been started")
            reused = {} if self._selected is None else self._selected.reused
            self.records.update(reused)
            self._begin(self._first, None)
            for record in reused.values():
                self.step_changed(record, None)
        self._go()

    def retry(
        self, max_parallel_steps: int | None = None, outcomes: Mapping[str, Outcome] | ScriptedRunner | None = None
    ) -> None:
        """Goes on with this execution after it has failed or was stopped, and returns as ``start`` does.

        Steps that succeeded keep their results and do not run again; those that failed or were stopped lose their
        records and run again under new job names, as do all that have not started. ``max_parallel_steps`` replaces the
        number that the execution has, ``outcomes`` its scripted results, whose attempts count anew if they differ.
        Raises ``RetryRefusedError``: while it runs, after success, and after a Fail step.
        """
        with self.lock:
            refuse_retry(self.execution_arn, self._status, self.records.values(), self._assumptions)
            self._parallel = _checked(max_parallel_steps) or self._parallel
            if outcomes is not None and outcomes != self.scripted.outcomes:
                self.scripted = _scripted(outcomes)
            for record in [record for record in self.records.values() if record.status != "Succeeded"]:
                del self.records[record.step.name]
            previous, self._status, self._failure_reason = self._status, "Executing", None
            self._begin(Schedule(self.definition, self._assumptions, *self._part()), previous)
        self._go()

    def update(self, *, max_parallel_steps: int) -> None:
        """Changes the number of steps that run at once; steps that run already are not ended."""
        with self.lock:
            self._parallel = _checked(max_parallel_steps)
            self._touch()
            progress = self._progress
        if progress is not None:
            progress.widen()

    def stop(self) -> None:
        """Asks the running steps to stop; no further step starts. Has no effect on an execution that has ended.

        As on AWS, a callback step continues until it is answered, and a Lambda step until its function ends.
        """
        with self.lock:
            if self._status != "Executing" or self._progress is None:
                return
            self._change("Stopping")
            progress = self._progress
        progress.stop()

    def abandon(self) -> None:
        """Stops without waiting for callbacks or functions, when this process is about to end."""
        if self._progress is not None:
            self._progress.abandoned.set()
        self.stop()

    def wait(self, timeout: float | None = None) -> str:
        """Waits for the end, at most ``timeout`` seconds, and returns the status."""
        with self._ended:
            self._ended.wait_for(lambda: self._status not in _ACTIVE, timeout)
            return self._status

    def steps(self) -> list[dict[str, Any]]:
        """The started steps, newest first, each as the members of the API's PipelineExecutionStep."""
        with self.lock:
            records = sorted(self.records.values(), key=lambda record: record.number, reverse=True)
            return [record.describe() for record in records]

    def history(self) -> History:
        """What the execution has done so far, as plain data."""
        with self.lock:
            records = sorted(self.records.values(), key=lambda record: record.number)
            return replace(self._summary(), steps=tuple(record.saved() for record in records))

    # What its progress asks for: see ``Owner``. The lock is held.

    def step_changed(self, record: StepRecord, previous: str | None) -> None:
        self._touch()
        if self._observer is not None:
            self._tell(partial(self._observer.step_changed, record, previous))

    def over(self, status: str, reason: str | None) -> None:
        self._failure_reason = reason
        self.surroundings.services.end_step(self.execution_arn, "")
        _logger.info("execution %s of %s: %s", self.execution_id, self.pipeline_name, status)
        self._change(status)
        self._ended.notify_all()

    def _change(self, status: str) -> None:
        previous, self._status = self._status, status
        self._touch()
        if self._observer is not None:
            self._tell(partial(self._observer.status_changed, self._summary(), previous))

    def _tell(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:  # it must not end the execution
            _logger.exception("execution %s: an observer broke", self.execution_id)

    def _touch(self) -> None:
        self.last_modified_time = self.surroundings.clock.now()

    def _begin(self, schedule: Schedule, previous: str | None) -> None:
        self._touch()
        self._progress = Progress(self, schedule, dict(self.records))
        if self._observer is not None:
            self._tell(partial(self._observer.status_changed, self._summary(), previous))

    def _go(self) -> None:
        assert self._progress is not None
        self._progress.start()

    def _part(self) -> tuple[Collection[str] | None, Collection[str]]:
        """The steps that take part, if not all do, and those of them that are given."""
        selected = self._selected
        return (None, ()) if selected is None else (selected.names, selected.reused)

    def _summary(self) -> History:
        return History(
            self.execution_arn,
            self._status,
            self.start_time,
            self.last_modified_time,
            self._failure_reason,
            max_parallel_steps=self._parallel,
        )

    def _take_over(self, history: History) -> None:
        """Is where another process was when it ended."""
        history, records = taken_over(history, self.definition, self.start_time)
        self.records.update({record.step.name: record for record in records})
        self.start_time, self.last_modified_time = history.start_time, history.last_modified_time
        self._status, self._failure_reason = history.status, history.failure_reason
        self._parallel = self._parallel or history.max_parallel_steps


def _checked(max_parallel_steps: int | None) -> int | None:
    if max_parallel_steps is not None and max_parallel_steps < 1:
        raise ParameterError(f"max_parallel_steps is {max_parallel_steps}; it must be at least 1")
    return max_parallel_steps


def _scripted(outcomes: Mapping[str, Outcome] | ScriptedRunner | None) -> ScriptedRunner:
    return outcomes if isinstance(outcomes, ScriptedRunner) else ScriptedRunner(outcomes, placeholders=True)


def _timestamp(when: datetime) -> str:
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
