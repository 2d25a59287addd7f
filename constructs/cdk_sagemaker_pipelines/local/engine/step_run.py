"""One step from its start to its end: reuse, attempts, and the waits between them.

Nothing here waits: a step that has to goes on when its time has come, and what takes its time runs in another thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from ...language import StepView
from ...language.step_types import JOB_NAMES, STEP_TYPES, row_of
from ..endings import StepFailed, StepResult, StepStopped, StepTimedOut, StopSignal
from ..services import Services
from .cache import CachedStep, StepCache, cache_key
from .clock import Clock
from .for_each import Loop, read_loop
from .naming import Tokens, job_name
from .permissions import Permissions
from .record import ResultsOfItem, StepRecord
from .retries import Retries
from .runner import Runners, SimulatedRunner, StepContext
from .scripted import ScriptedRunner
from .values import Values, to_text
from .waits import Node

MAX_MESSAGE = 3072  # of a Fail step; also the limit of an execution's reason

MOST_PERMISSIONS = 100
MORE_PERMISSIONS = "more is not noted here: smpipe explain --used EXECUTION lists what was not allowed for sure"
_OWN_NAMES = {
    type_: tuple(name for name, types in JOB_NAMES.items() if type_ in types)
    for type_ in {type_ for types in JOB_NAMES.values() for type_ in types}
}

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")


@dataclass(frozen=True)
class Surroundings:
    """What all steps of an execution have in common."""

    pipeline_name: str
    execution_id: str
    execution_arn: str
    role_arn: str | None
    services: Services
    runners: Runners
    clock: Clock
    tokens: Tokens
    cache: StepCache | None
    permissions: Permissions | None = None
    """Who enforces IAM; None if nobody does."""


class Host(Protocol):
    """The execution, as its steps see it. Its methods take the lock themselves."""

    surroundings: Surroundings
    scripted: ScriptedRunner
    values: Values
    stopping: StopSignal
    abandoned: StopSignal

    def update(self, record: StepRecord, **members: Any) -> None:
        """Changes members of a record."""

    def submit(self, work: Callable[[], None]) -> None:
        """Does ``work`` in a thread for what takes its time."""

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Does ``work`` after this many seconds, or when the execution is asked to stop."""

    def open(self, run: StepRun, loop: Loop) -> None:
        """Starts the steps of a for-each; ``run.close`` is called when they have ended."""

    def close(self, run: StepRun, loop: Loop) -> StepResult:
        """The result of a for-each. Raises ``StepFailed`` or ``StepStopped``."""

    def end(self, run: StepRun, status: str, reason: str | None = None, result: StepResult | None = None) -> None:
        """Records the end of a step, and starts what waits for it."""


class StepRun:
    """A step that has started."""

    def __init__(self, host: Host, node: Node, record: StepRecord) -> None:
        self._host, self.node, self.record = host, node, record
        self._retries: Retries | None = None
        self._loop: Loop | None = None
        self._check_stop: Callable[[], None] = _nothing

    def begin(self) -> None:
        """Starts the step, which then ends by itself."""
        self._guarded(self._begin)

    def close(self) -> None:
        """Ends a for-each, once its steps have ended."""
        assert self._loop is not None
        loop = self._loop
        self._guarded(lambda: self._succeed(self._host.close(self, loop)))

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except StepStopped as error:
            self._check_stop()
            self._host.end(self, "Stopped", None, error.result)
        except StepFailed as error:
            failed = error  # Python forgets the name of an exception after its block
            self._guarded(lambda: self._failed(failed))
        except Exception as error:  # a bug here must not leave the execution hanging
            _logger.exception("step %s broke", self.node.name)
            self._host.end(self, "Failed", f"InternalServerError: {type(error).__name__}: {error}")

    def _begin(self) -> None:
        reused = self._reused()
        if reused is None:
            self._attempt()
            return
        _logger.info("step %s: reused from %s", self.node.name, reused.execution_arn)
        self._host.update(self.record, cache_source=reused.execution_arn)
        self._host.end(self, "Succeeded", None, reused.result)

    def _attempt(self) -> None:
        self._host.stopping.check()
        step = self.node.step
        if self.record.status == "Starting":
            self._host.update(self.record, status="Executing")
        if step.type == "Condition":
            self._succeed(self._condition(step))
        elif step.type == "Fail":
            self._fail(step)
        elif step.type == "ForEach":
            self._open(step)
        else:
            self._run(step)

    def _run(self, step: StepView) -> None:
        around = self._host.surroundings
        runner = around.runners.get(step.type)
        if runner is None:
            own = (row.name for row in STEP_TYPES.values() if row.family == "control")
            known = ", ".join(sorted({*around.runners, *own}))
            raise StepFailed(f"a step of type {step.type} cannot run locally yet; the supported types are {known}")
        name = job_name(step, around.execution_id, around.tokens.next(step.name))
        values = self._values(name)
        arguments = self._arguments(step, values)
        scripted = self._scripted
        if scripted is None and isinstance(runner, ScriptedRunner):
            scripted = runner
        outcome = None if scripted is None else scripted.begin(step, arguments)
        context = StepContext(
            services=around.services,
            pipeline_name=around.pipeline_name,
            execution_id=around.execution_id,
            execution_arn=around.execution_arn,
            job_name=name,
            stopping=self._host.stopping,
            abandoned=self._host.abandoned,
            report=lambda metadata: self._host.update(self.record, metadata=metadata),
            note=self._note,
            note_permission=self._note_permission,
            evaluate=values.evaluate,
            properties=values.properties,
            outcome=outcome,
            clock=around.clock,
            step_name=self.record.step.name,
            role_arn=around.role_arn or "",
            job_role=str(arguments.get(row_of(step.type).role or "") or ""),
        )
        simulated = outcome is not None or isinstance(runner, SimulatedRunner)
        if around.permissions is not None:
            self._check_stop = partial(around.permissions.check_stop, context, step, arguments)
            around.permissions.check(context, step, arguments, transfers=not simulated)
        if scripted is None or outcome is None:
            self._submit(lambda: runner.run(context, step, arguments))
        elif scripted is self._scripted and isinstance(runner, SimulatedRunner):
            run = partial(scripted.run_after, runner, context, step, arguments)
            self._after(outcome.seconds, arguments, lambda: self._submit(run))
        else:
            if scripted is self._scripted:
                context.note("scripted: it ended as the outcomes say, nothing ran")
            run = partial(scripted.run, context, step, arguments)
            self._after(outcome.seconds, arguments, lambda: self._succeed(run()))

    def _arguments(self, step: StepView, values: Values) -> dict[str, Any]:
        arguments = values.evaluate(step.own_arguments)
        assert isinstance(arguments, dict)
        row, role = row_of(step.type), self._host.surroundings.role_arn
        if row.role and row.has_default_role and role is not None and arguments.get(row.role) is None:
            arguments[row.role] = role
        return arguments

    def _submit(self, run: Callable[[], StepResult]) -> None:
        self._host.submit(lambda: self._guarded(lambda: self._succeed(run())))

    def _after(self, seconds: float, arguments: Mapping[str, Any], work: Callable[[], None]) -> None:
        """Does ``work`` when a scripted attempt has taken its time, unless its job would have taken too long."""
        request = row_of(self.node.step.type).job
        limit: Any = arguments
        for part in request.runtime.split(".") if seconds and request and request.runtime else ("",):
            limit = limit.get(part) if isinstance(limit, Mapping) else None
        if isinstance(limit, (int, float)) and seconds > limit:
            assert request is not None
            text = f"MaxRuntimeExceeded: the job ran longer than {limit:g} seconds ({request.runtime})"
            seconds, work = limit, partial(_raise, StepFailed(text))
        if seconds <= 0:
            work()
        else:
            self._host.later(seconds, lambda: self._guarded(lambda: self._unless_stopped(work)))

    def _unless_stopped(self, work: Callable[[], None]) -> None:
        self._host.stopping.check()
        work()

    def _succeed(self, result: StepResult) -> None:
        cache = self._host.surroundings.cache
        if cache is not None and self._scripted is None:
            key = cache_key(self.node.step, self._values().evaluate)
            if key is not None:
                around = self._host.surroundings
                cache.keep(self.node.written_name, CachedStep(key, result, around.execution_arn, around.clock.now()))
        self._host.end(self, "Succeeded", None, result)

    def _failed(self, error: StepFailed) -> None:
        if self._retries is None:
            self._retries = Retries(self.node.step.json.get("RetryPolicies") or [])
        seconds = self._retries.delay(error.exception, self._host.surroundings.clock.now())
        if seconds is None:
            self.record.timed_out = isinstance(error, StepTimedOut)
            self._host.end(self, "Failed", error.reason, error.result)
            return
        _logger.info("step %s failed (%s), next attempt in %g s", self.node.name, error.reason, seconds)
        self._host.later(seconds, lambda: self._guarded(lambda: self._unless_stopped(self._again)))

    def _again(self) -> None:
        self._host.update(self.record, attempts=self.record.attempts + 1)
        self._attempt()

    @property
    def _scripted(self) -> ScriptedRunner | None:
        """Who ends the step as a user told the execution, if one did."""
        scripted = self._host.scripted
        return scripted if scripted.tells(self.node.step) else None

    def _reused(self) -> CachedStep | None:
        """The result of an earlier execution, if there is one and the step may reuse it."""
        step, around = self.node.step, self._host.surroundings
        config = step.json.get("CacheConfig") or {}
        if around.cache is None or not config.get("Enabled") or self._scripted is not None:
            return None
        key = cache_key(step, self._values().evaluate)
        if key is None:
            return None
        return around.cache.find(self.node.written_name, key, config.get("ExpireAfter"), around.clock.now())

    def _values(self, own_job: str = "") -> Values:
        """What the expressions of the step can read; ``own_job`` is the name of its job."""
        values, node = self._host.values, self.node
        own_names = _OWN_NAMES.get(node.step.type)
        if own_names is not None:
            execution = {**values.execution, **dict.fromkeys(own_names, lambda: own_job)}
            values = replace(values, execution=execution)
        if node.loop is not None and node.step.parent is not None:
            properties = ResultsOfItem(values.properties, node.step.parent.body, node.index)
            values = replace(values, properties=properties, item=node.item)
        return values

    def _note(self, text: str) -> None:
        _logger.info("step %s: %s", self.node.name, text)
        self._host.update(self.record, note=text)

    def _note_permission(self, text: str) -> None:
        known = self.record.permissions
        if text not in known and len(known) <= MOST_PERMISSIONS:
            more = text if len(known) < MOST_PERMISSIONS else MORE_PERMISSIONS
            self._host.update(self.record, permissions=[*known, more])

    def _condition(self, step: StepView) -> StepResult:
        outcome = self._host.values.holds(step.arguments.get("Conditions") or [])
        return StepResult({"Outcome": outcome}, {"Condition": {"Outcome": str(outcome)}})

    def _fail(self, step: StepView) -> None:
        message = to_text(self._host.values.evaluate(step.arguments.get("ErrorMessage", "")))[:MAX_MESSAGE]
        self._host.update(self.record, metadata={"Fail": {"ErrorMessage": message}})
        raise StepFailed(message)

    def _open(self, step: StepView) -> None:
        arguments, body = step.own_arguments, [inner.name for inner in step.body]
        self._loop = read_loop(arguments, body, self._host.values.evaluate(arguments.get("IterableItems")))
        self._host.open(self, self._loop)


def _nothing() -> None:
    """Of a step that has started nothing that could be stopped."""


def _raise(error: StepFailed) -> None:
    raise error
