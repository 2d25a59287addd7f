"""Runs a pipeline in memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ..language import Definition
from ..local.endings import StepFailed
from ..local.engine.assumptions import DEFAULT, Assumptions
from ..local.engine.cache import StepCache
from ..local.engine.clock import VirtualClock
from ..local.engine.execution import PipelineExecution
from ..local.engine.memory_account import MemoryAccount
from ..local.engine.record import StepRecord
from ..local.engine.selection import Selection, SelectionError, SourceMissingError
from ..local.engine.values import to_text
from .given import Telling
from .lacking import refuse_lacking
from .result import ByStep, Left, RanStep, Result
from .sources import Target, definition_of

EXECUTION_ID = "abcdefghijkl"
_OBJECT = re.compile("s3://[^/]+/.+", re.DOTALL)
_ARN = f"arn:aws:sagemaker:{MemoryAccount.region}:{MemoryAccount.account}:pipeline"


def run(
    target: Target,
    outcomes: Mapping[str, object] | None = None,
    *,
    parameters: Mapping[str, Any] | None = None,
    pipeline: str | None = None,
    max_parallel_steps: int | None = None,
    stop_after: float | None = None,
    objects: Mapping[str, bytes | str] | None = None,
    role_arn: str | None = None,
    clock: VirtualClock | None = None,
    seed: int = 0,
    assumptions: Assumptions | Iterable[str] = DEFAULT,
    previous: Result | None = None,
    only: Iterable[str] | None = None,
    resume: Result | None = None,
) -> Result:
    """Runs a pipeline in memory, whose steps end as a test says, and returns what happened.

    ```python
    FailStep(check.else_steps, "TooInaccurate", message=f"the mean squared error is {mse}")

    result = run(stack, {"Evaluate": {"report": {"mse": 9.0}}})
    assert result.states["TooInaccurate"] == "Failed"
    assert "9.0" in result.failure_reason
    ```

    The result is the same to the byte each time.

    Args:
        target: A stack, stage, app or pipeline of CDK, which is read once and must be complete by then; a definition
            (the object, its document or its JSON text); or the path of a definition, a template or a cdk.out.
        outcomes: How steps end, by step, or by step of a for-each's body, with ``-0``, ``-1``, ... for one item of it.
            Each is an object with members of ``Outcome``, contents by property file or its output, values by output
            parameter of a Lambda or callback step, and contents by ``<output>/<path>``; or an ``Outcome``; or a
            function of an ``Attempt`` that returns one of these. Other steps succeed at once and leave nothing.
        parameters: The start values by parameter. Default: those of the pipeline.
        pipeline: Which pipeline, if the target has several: its name, or its construct's path or id.
        max_parallel_steps: How many steps run at once. Default: no limit, as on AWS.
        stop_after: After how many seconds on the clock the run is stopped. Default: never.
        objects: What is in S3 already, by URI.
        role_arn: The pipeline's role, which jobs have that name none.
        clock: The clock of the run, on which its time begins and goes on. Default: one that begins in 2030.
        seed: A number that changes the names of jobs.
        assumptions: What is assumed where no source says what the service does, as ``Assumptions`` or as texts,
            ``["after_failure=finish"]``; see docs/local.md.
        previous: The result of an earlier run, after whose end this one begins. Its objects are in S3; steps with a
            ``CacheConfig`` reuse what it and those before it did.
        only: The steps of a selective execution; what they need of others comes from ``previous``.
        resume: The result of a run that failed or was stopped, and goes on as after RetryPipelineExecution, with the
            parameters and the selection that it has; ``outcomes`` are those of the steps that run again.

    Raises:
        DefinitionError: The target has not exactly one valid definition.
        OutcomesError: The outcomes do not fit the pipeline, or are of items that it does not have.
        ParameterError: The start values do not fit the parameters.
        SelectionError: The steps cannot be selected.
        RetryRefusedError: The run cannot go on.
    """
    definition = definition_of(target, pipeline)
    if resume is not None:
        _refuse_beside(resume, definition, parameters=parameters, previous=previous, only=only)
    before = resume or previous
    runner = Telling(definition, outcomes or {})
    time = clock or (VirtualClock() if before is None else VirtualClock(before.ended))
    if before is not None and time.now() < before.ended:
        raise ValueError(f"the clock is at {time.now()}, and the earlier run only ended at {before.ended}")
    if stop_after is not None and not stop_after >= 0:
        raise ValueError(f"stop_after is {stop_after}; it must be a number of seconds, 0 or more")
    for uri in objects or {}:
        if not _OBJECT.fullmatch(uri):
            raise ValueError(f"objects names {uri!r}; write the URI of an object, such as s3://bucket/key")
    given = {uri: body.encode() if isinstance(body, str) else body for uri, body in (objects or {}).items()}
    services = MemoryAccount(given if before is None else {**before.objects, **given})
    left = _left(resume, previous, parameters, only)
    selection = None if left.only is None else Selection(left.only, None if previous is None else previous.left.history)
    execution_id = EXECUTION_ID if left.number == 1 else f"{EXECUTION_ID[:8]}{left.number:04d}"
    with _asking_for_previous():
        execution = PipelineExecution(
            definition,
            pipeline_name="pipeline",
            pipeline_arn=f"{_ARN}/pipeline",
            execution_id=execution_id,
            execution_arn=f"{_ARN}/pipeline/execution/{execution_id}",
            parameters=left.parameters,
            max_parallel_steps=max_parallel_steps,
            services=services,
            runners=runner.for_all_types(),
            role_arn=role_arn,
            cache=left.cache,
            clock=time,
            seed=seed,
            assumptions=assumptions if isinstance(assumptions, Assumptions) else DEFAULT.assume(assumptions),
            selection=selection,
            history=None if resume is None else left.history,
        )
    if stop_after is not None:
        time.call_later(stop_after, execution.stop)
    if resume is None:
        execution.start()
    else:
        execution.retry(max_parallel_steps)
    if runner.error is not None:
        raise runner.error
    runner.refuse_missing_items(execution.records)
    refuse_lacking(definition, execution.records, runner.outcomes.get)
    return _result(execution, runner, services, replace(left, history=execution.history()))


@contextmanager
def _asking_for_previous() -> Iterator[None]:
    """Says in the words of ``run`` that a source is missing."""
    try:
        yield
    except SourceMissingError as error:
        raise SelectionError(f"{error}; give previous=, the result of a run in which they succeeded") from error


def _refuse_beside(resume: Result, definition: Definition, **given: Any) -> None:
    """Raises ``ValueError`` for what a run that goes on has already."""
    if definition.json != resume.definition.json:
        raise ValueError("a run goes on with the definition that it began with, and this one differs")
    named = [name for name, value in given.items() if value is not None]
    if named:
        raise ValueError(f"a run that goes on has its own parameters and selection; leave {', '.join(named)} out")


def _left(
    resume: Result | None,
    previous: Result | None,
    parameters: Mapping[str, Any] | None,
    only: Iterable[str] | None,
) -> Left:
    """What the run begins with."""
    before, cache = resume or previous, StepCache()
    for name, step in () if before is None else before.left.cache:
        cache.keep(name, step)
    if resume is not None:
        return replace(resume.left, cache=cache)
    return Left(
        cache=cache,
        parameters={name: to_text(value) for name, value in (parameters or {}).items()},
        only=None if only is None else (only,) if isinstance(only, str) else tuple(only),
        number=1 if previous is None else previous.left.number + 1,
    )


def _result(execution: PipelineExecution, runner: Telling, services: MemoryAccount, left: Left) -> Result:
    definition = execution.definition
    records = sorted(execution.records.values(), key=lambda record: record.number)
    steps = {record.step.name: _ran(execution, runner, record) for record in records}
    ran = {record.step.name for record in records} | {_written(record) for record in records}
    ended = max((step.ended for step in steps.values()), default=execution.start_time)
    return Result(
        status=execution.status,
        failure_reason=execution.failure_reason or "",
        steps=ByStep(steps, definition),
        not_run=tuple(name for name in definition.step_names if name not in ran),
        seconds=(ended - execution.start_time).total_seconds(),
        objects=services.objects,
        definition=definition,
        ended=max(ended, execution.last_modified_time),
        left=left,
    )


def _written(record: StepRecord) -> str:
    """The name in the definition."""
    return record.step.name if record.iteration is None else record.step.name.rpartition("-")[0]


def _ran(execution: PipelineExecution, runner: Telling, record: StepRecord) -> RanStep:
    step = record.step
    arguments = runner.arguments.get(step.name)
    if arguments is None:
        try:
            arguments = execution.values.evaluate(step.own_arguments)
        except StepFailed:
            arguments = {}
    return RanStep(
        name=step.name,
        type=step.type,
        state=record.status,
        reason=record.failure_reason or "",
        arguments=arguments,
        properties=record.properties or {},
        attempts=record.attempts,
        started=record.start_time,
        ended=record.end_time or record.start_time,
        reused="cache" if record.cache_source else "selection" if record.selective_source else "",
    )
